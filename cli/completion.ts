import tab from '@bomb.sh/tab/commander';
import type { Command } from '@commander-js/extra-typings';

/** Adds `complete <shell>`, which prints the script of a shell; `complete -- words…` is what those scripts ask. */
export function addCompletion(program: Command, print: (text: string) => void): void {
  tab(program as unknown as Parameters<typeof tab>[0]);
  const complete = program.commands.find((each) => each.name() === 'complete');
  complete
    ?.description('Print what completes commands: zsh, bash, fish, powershell')
    .hook('preAction', ({ args: [shell] }) => {
      if (shell === 'bash' && !process.argv.includes('--')) print(wordsWithoutPackage);
    });
}

/** The library's script asks a function of the package bash-completion for the words, and says so at each Tab where that is not there. */
const wordsWithoutPackage = `declare -F _get_comp_words_by_ref > /dev/null || _get_comp_words_by_ref() {
    cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD
}`;

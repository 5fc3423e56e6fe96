import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { createProgram } from '../../cli/program.ts';

/** docs/commands.md, from the help of each command. */
export function renderCommandsPage(): string {
  const program: CommandUnknownOpts = createProgram(process);
  return `# Commands

\`npx starrocks-sink <command>\` where the package is installed; in a clone \`npm run -s cli -- <command>\`. Options that are not known, words
that are too many and values that are none are refused, with what was probably meant. \`starrocks-sink complete bash\`, \`zsh\`,
\`fish\` or \`powershell\` prints what completes them.

What a command found goes to standard output, with \`--json\` for programs; what goes wrong, and bars, to standard error. Bars are drawn on a terminal only.
\`init\` asks on a terminal only.

| exit code | says |
| --- | --- |
| 0 | All is done, or well. |
| 1 | Something is not: what was not sent, or waits for a person, or could not be reached. |
| 2 | The command, or an option of the sink, was not understood, and nothing was begun. |
| 130, 143 | A signal ended it: Ctrl-C, SIGTERM. \`dev\`, \`console\`, \`follow\` and \`status --watch\` end in order then, with 0; \`follow\` with 130 where S3 does not answer for five seconds. |
| 141 | Whoever read its output went away. |

${program.commands.flatMap((each) => sectionsOf(each, [])).join('\n\n')}
`;
}

/** A command, or those within it. */
function sectionsOf(command: CommandUnknownOpts, within: readonly string[]): readonly string[] {
  const name = [...within, command.name()];
  if (command.commands.length > 0) return command.commands.flatMap((each) => sectionsOf(each, name));
  if (within.length === 0 && command.name() === 'complete') return [];
  return [`## ${name.join(' ')}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\``];
}

function helpOf(command: CommandUnknownOpts): string {
  let help = '';
  command.configureOutput({
    writeOut: (text) => {
      help += text;
    },
  });
  command.outputHelp();
  return help.trimEnd();
}

/** A command of a page: typed behind `$ `, and what it prints as the page shows it. */
export interface Command {
  readonly kind: 'command';
  readonly command: string;
  readonly expected: string;
  /** In a terminal of its own, where it stays until the page ends. */
  readonly stays: boolean;
}

/** A file that the page tells the reader to save. */
export interface SavedFile {
  readonly kind: 'file';
  readonly name: string;
  readonly text: string;
}

export type Step = Command | SavedFile;

/**
 * The steps of a tutorial, in the order of the page.
 *
 * What is run stands in fences of `sh` whose first line begins with `$ `; a command goes on behind a `\` at the end of a line. What
 * it prints stands below it, with `…` for what differs. ` ```sh terminal=2 ` is a command that stays; ` ```json file=rows.json `
 * a file. Other fences are for the reader alone.
 */
export function stepsOf(markdown: string): readonly Step[] {
  return [...markdown.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].flatMap(([, info = '', body = '']): readonly Step[] => {
    const name = /\bfile=(\S+)/.exec(info)?.[1];
    if (name !== undefined) return [{ kind: 'file', name, text: body }];
    if (!info.startsWith('sh') || !body.startsWith('$ ')) return [];
    return body
      .split(/^\$ /m)
      .slice(1)
      .map((text) => commandOf(text, info.includes('terminal=')));
  });
}

function commandOf(text: string, stays: boolean): Command {
  const [, command = '', expected = ''] = /^((?:.*\\\n)*.*)\n?([\s\S]*)$/.exec(text) ?? [];
  return { kind: 'command', command, expected, stays };
}

/** Whether a command printed what its page shows: `…` stands for anything within a line, and alone on a line for any lines. */
export function printsAs(expected: string, printed: string): boolean {
  const pattern = tidy(expected)
    .split('\n')
    .map((line) => (line === '…' ? '[\\s\\S]*' : line.split('…').map(escaped).join('.*')))
    .join('\n');
  return new RegExp(`^${pattern}$`).test(tidy(printed));
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

const tidy = (text: string): string => text.replace(/[ \t]+$/gm, '').trim();

import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** What processes print, line by line, and whether some of it is what no log may hold. */
export interface WatchedOutput {
  /** Goes on until the stream ends; passes on what is no line of a log, such as how a process failed. */
  watch(stream: Readable): void;
  note(line: string): void;
  /** @out  one sentence for each kind of thing that was told, with the first line that did; and one if nothing was printed */
  brokenPromises(): string[];
}

const shownLength = 300;

/** @in  hidden: texts of rows and passwords, by what they are */
export function watchOutput(hidden: Readonly<Record<string, string>>): WatchedOutput {
  const told = new Map<string, string>();
  let lines = 0;
  const note = (line: string) => {
    lines += 1;
    for (const [what, text] of Object.entries(hidden)) {
      if (line.includes(text)) told.set(what, told.get(what) ?? line);
    }
  };
  return {
    note,
    watch: (stream) =>
      void createInterface({ input: stream }).on('line', (line) => {
        note(line);
        if (!line.startsWith('{')) console.error(line);
      }),
    brokenPromises: () => [
      ...[...told].map(([what, line]) => `the log holds ${what}: ${line.slice(0, shownLength)}`),
      ...(lines === 0 ? ['nothing was logged, so that nothing was looked at'] : []),
    ],
  };
}

/** A password, and what it is in the header of a request. */
export const secretsOf = ({ username, password }: { readonly username: string; readonly password: string }) => ({
  'the password': password,
  'the password in a header': Buffer.from(`${username}:${password}`).toString('base64'),
});

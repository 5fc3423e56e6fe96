import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { SinkError } from '../../src/kit/errors.ts';
import type { Terminal } from '../terminal.ts';
import { problemOf, type Question } from './questions.ts';

/** Asks a person. @out  the answer; undefined: an empty one that means nothing */
export type Ask = (question: Question, usual: string | undefined) => Promise<string | undefined>;

/** Asks on the terminal, again and again until an answer can be used. What is typed for a secret is not shown. */
export function createAsk({ stdin, stderr }: Pick<Terminal, 'stdin' | 'stderr'>): { ask: Ask; close(): void } {
  let isHidden = false;
  const output = new Writable({
    write(chunk, _, done) {
      if (!isHidden) stderr.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input: stdin, output, terminal: stdin.isTTY === true });
  const gone = new AbortController();
  lines.once('close', () => gone.abort());
  return {
    async ask(question, usual) {
      for (;;) {
        stderr.write(`${question.asks}${usual ? ` [${usual}]` : ''}: `);
        isHidden = question.isSecret === true;
        const said = (await lines.question('', { signal: gone.signal }).catch(unanswered)).trim();
        if (isHidden) stderr.write('\n');
        isHidden = false;
        const answer = said === '' ? usual : said;
        const problem = problemOf(question, answer);
        if (problem === undefined) return answer;
        stderr.write(`${problem}\n`);
      }
    },
    close: () => lines.close(),
  };
}

function unanswered(error: unknown): never {
  if (error instanceof Error && error.name === 'AbortError')
    throw new SinkError('OPTIONS_INVALID', 'The questions were not answered, so nothing was written.');
  throw error;
}

import { isCancel, password, select, text } from '@clack/prompts';
import type { Terminal } from '../terminal.ts';
import { problemOf, type Question } from './questions.ts';

/** What comes instead of an answer when the person went away: Ctrl-C, Escape, Ctrl-D, or the input has ended. */
export const gone = Symbol('gone');

/** Asks a person. @out  the answer; undefined: an empty one that means nothing */
export type Ask = (question: Question, usual: string | undefined) => Promise<string | undefined | typeof gone>;

/** Asks on the terminal, again and again until an answer can be used. What is typed for a secret is not shown. */
export function createAsk({ stdin, stderr }: Pick<Terminal, 'stdin' | 'stderr'>): { ask: Ask; close(): void } {
  const left = new AbortController();
  const leave = (): void => left.abort();
  // readline ends at Ctrl-D, and the prompt would wait for ever.
  const onKey = (_: unknown, key?: { readonly name?: string; readonly ctrl?: boolean }): void => {
    if (key?.ctrl === true && key.name === 'd') leave();
  };
  stdin.once('end', leave).on('keypress', onKey);
  return {
    async ask(question, usual) {
      const answerOf = (said: string | undefined) => (said === undefined || said.trim() === '' ? usual : said.trim());
      const shared = {
        ...{ message: question.asks, input: stdin, output: stderr, signal: left.signal },
        validate: (said: string | undefined) => problemOf(question, answerOf(said)),
      };
      const said = question.isSecret
        ? await password(shared)
        : question.choices
          ? await select({ ...shared, initialValue: usual ?? '', options: optionsOf(question.choices) })
          : await text({ ...shared, ...(usual !== undefined && { placeholder: usual, defaultValue: usual }) });
      if (isCancel(said)) return gone;
      return question.isSecret ? said : answerOf(said);
    },
    close: () => {
      stdin.off('end', leave).off('keypress', onKey);
      stdin.unref?.();
    },
  };
}

const optionsOf = (choices: Readonly<Record<string, string>>) =>
  Object.entries(choices).map(([value, hint]) => ({ value, hint }));

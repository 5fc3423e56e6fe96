import { createContext, Script } from 'node:vm';

/** POSIX classes, which Go knows and JavaScript does not; they stand inside [ ]. */
const posixClasses: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  digit: '0-9',
  lower: 'a-z',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
  space: '\\t\\n\\v\\f\\r ',
};

/**
 * From Go's way of writing, which is that of StarRocks' migration tool, to JavaScript's, in Unicode mode: what that does not
 * know is an error, never a guess.
 *
 * @throws  SyntaxError
 */
export function compilePattern(pattern: string): RegExp {
  const [, modifiers = '', rest = ''] = /^(?:\(\?([ims]+)\))?([\s\S]*)$/.exec(pattern) ?? [];
  const source = rest
    .replace(/\[:(\w+):\]/g, (whole, name: string) => posixClasses[name] ?? whole)
    .replaceAll('(?P<', '(?<')
    .replace(/\\([\s\S])(?:([A-Z])|\{([^}]*)\})?/g, (whole, char: string, letter: string, braced: string) => {
      if (char === 'A') return `^${whole.slice(2)}`;
      if (char === 'z') return `$${whole.slice(2)}`;
      if (/p/i.test(char) && letter) return `\\${char}{${letter}}`;
      if (char === 'x' && braced) return `\\u{${braced}}`;
      // Go escapes any punctuation; here only what has a meaning may be escaped.
      if (/[^\w^$\\.*+?()[\]{}|/]/.test(char) || char === '_')
        return `\\u{${char.codePointAt(0)?.toString(16)}}${whole.slice(2)}`;
      return whole;
    });
  return new RegExp(source, `${[...new Set(modifiers)].join('')}u`);
}

/** The part of a pattern that matches a text and no other. */
export const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** The pattern that matches one name and no other. */
export const exactly = (name: string) => `^${escaped(name)}$`;

/** @out  the only name that a pattern matches; undefined: it matches others, too */
export function onlyNameOf(pattern: string): string | undefined {
  const [, body] = /^\^((?:[^\\^$.*+?()[\]{}|]|\\[^\p{L}\p{N}_\s])*)\$$/u.exec(pattern) ?? [];
  return body?.replace(/\\(.)/gu, '$1');
}

/**
 * Runs what tests patterns under a clock, because JavaScript backtracks, and some patterns would do so for ever. Node can only
 * stop it by the clock of the wall, which also runs while others have the processor: who was stopped without having had half of
 * its time is asked again, for twice as long.
 *
 * @in      ask: called with the question, over and over; it changes nothing. limitMs: of processor time
 * @throws  Error with the code ERR_SCRIPT_EXECUTION_TIMEOUT, from the function that is returned
 */
export function underClock<Question, Answer>(
  ask: (question: Question) => Answer,
  limitMs: number,
): (question: Question) => Answer {
  const room: { ask: typeof ask; question?: Question } = { ask };
  const context = createContext(room);
  const script = new Script('ask(question)');
  return (question) => {
    room.question = question;
    for (let timeout = limitMs; ; timeout *= 2) {
      const before = process.cpuUsage();
      try {
        return script.runInContext(context, { timeout }) as Answer;
      } catch (failure) {
        const { code } = failure as NodeJS.ErrnoException;
        if (code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT' || process.cpuUsage(before).user / 1000 >= limitMs / 2)
          throw failure;
      }
    }
  };
}

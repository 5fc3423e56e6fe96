import { runInNewContext } from 'node:vm';
import { SinkError } from '../kit/errors.ts';
import type { TableRule } from './smt-config.ts';

/** How long one pattern may look at all names together. */
const defaultLimitMs = 1000;

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
 * Which names a rule's pattern matches: unanchored, as in smt. The matching runs under a clock, because JavaScript
 * backtracks and some patterns would do so for ever.
 *
 * @in      pattern: a regular expression as Go writes it; key: `database` or `table`, for the message
 * @throws  SinkError MIGRATION_PATTERN_INVALID, naming the rule and its line
 */
export function matchingNames(
  rule: TableRule,
  key: 'database' | 'table',
  names: Iterable<string>,
  limitMs = defaultLimitMs,
): ReadonlySet<string> {
  const refuse = (reason: string, cause: unknown) =>
    new SinkError(
      'MIGRATION_PATTERN_INVALID',
      `[table-rule.${rule.name}] (line ${rule.line}), ${key} = ${rule[key]}: ${reason}.`,
      { cause },
    );
  const expression = compile(rule[key], (cause) =>
    refuse(cause instanceof Error ? cause.message : 'does not compile', cause),
  );
  try {
    const matched: string = runInNewContext(
      'JSON.stringify(JSON.parse(names).filter((name) => expression.test(name)))',
      { expression, names: JSON.stringify([...names]) },
      { timeout: limitMs },
    );
    return new Set(JSON.parse(matched) as string[]);
  } catch (cause) {
    throw refuse(`took longer than ${limitMs} ms over the names of this server`, cause);
  }
}

/** From Go's way of writing to JavaScript's, in Unicode mode: what that does not know is an error, never a guess. */
function compile(pattern: string, refused: (cause: unknown) => SinkError): RegExp {
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
  try {
    return new RegExp(source, `${[...new Set(modifiers)].join('')}u`);
  } catch (cause) {
    throw refused(cause);
  }
}

import { SinkError } from '../kit/errors.ts';
import { compilePattern, underClock } from '../kit/patterns.ts';
import type { TableRule } from './smt-config.ts';

/** How long one pattern may look at all names together. */
const defaultLimitMs = 1000;

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
  const expression = compiled(rule[key], refuse);
  const matching = underClock((all: readonly string[]) => all.filter((name) => expression.test(name)), limitMs);
  try {
    return new Set(matching([...names]));
  } catch (cause) {
    throw refuse(`took longer than ${limitMs} ms over the names of this server`, cause);
  }
}

function compiled(pattern: string, refuse: (reason: string, cause: unknown) => SinkError): RegExp {
  try {
    return compilePattern(pattern);
  } catch (cause) {
    throw refuse(cause instanceof Error ? cause.message : 'does not compile', cause);
  }
}

import { quoted } from '../storage/duck-names.ts';
import type { Token } from './sql-tokens.ts';

/** Words that end an expression without being an alias. */
const CLOSING_WORDS = new Set(['END', 'NULL', 'TRUE', 'FALSE']);

/** Words that end the select list. */
const LIST_ENDS = new Set([
  'FROM',
  'WHERE',
  'GROUP',
  'ORDER',
  'LIMIT',
  'UNION',
  'HAVING',
  'INTO',
  'EXCEPT',
  'INTERSECT',
]);

/**
 * MySQL calls an unnamed result column what was written; DuckDB finds a name of its own.
 *
 * @out  for the first select list: by index of a token, the alias to put after it
 */
export function selectLabels(sql: string, tokens: readonly Token[]): ReadonlyMap<number, string> {
  const labels = new Map<number, string>();
  for (const { item, end } of selectItems(tokens)) {
    if (!isNamed(item)) labels.set(end - 1, ` AS ${quoted(textOf(sql, item))}`);
  }
  return labels;
}

/** The items of the first select list, each with the index after its last token. */
function selectItems(tokens: readonly Token[]): { item: Token[]; end: number }[] {
  const items: { item: Token[]; end: number }[] = [];
  if (!is(tokens[0], 'SELECT')) return items;
  let start = is(tokens[1], 'DISTINCT') || is(tokens[1], 'ALL') ? 2 : 1;
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (index < start) continue;
    if (token.raw === '(') depth += 1;
    if (token.raw === ')') depth -= 1;
    const ends = token.kind === 'end' || (depth === 0 && LIST_ENDS.has(token.raw.toUpperCase()));
    if (!ends && (depth > 0 || token.raw !== ',')) continue;
    items.push({ item: tokens.slice(start, index), end: index });
    if (ends) break;
    start = index + 1;
  }
  return items;
}

function isNamed(item: readonly Token[]): boolean {
  const last = item.at(-1);
  const before = item.at(-2);
  if (last === undefined) return true;
  if (item.every(isPathPart)) return true;
  if (last.value === '*' && (before === undefined || before.value === '.')) return true;
  if (last.kind !== 'word' && last.kind !== 'quoted-name' && last.kind !== 'text') return false;
  if (is(before, 'AS')) return true;
  if (CLOSING_WORDS.has(last.value.toUpperCase()) || before === undefined || last.kind === 'text') return false;
  return before.kind !== 'symbol' || before.value === ')';
}

/** Part of `a.b.c`: then the name is the last part. A name before @ is no column. */
function isPathPart(token: Token, index: number): boolean {
  if (index % 2 === 1) return token.kind === 'symbol' && token.value === '.';
  return (
    token.kind === 'quoted-name' || (token.kind === 'word' && !/^(END|NULL|TRUE|FALSE|CURRENT_\w+)$/i.test(token.value))
  );
}

function textOf(sql: string, item: readonly Token[]): string {
  const last = item.at(-1);
  return sql.slice(item[0]?.offset ?? 0, (last?.offset ?? 0) + (last?.raw.length ?? 0));
}

function is(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.value.toUpperCase() === word;
}

import type { Token } from './sql-tokens.ts';

/** An item of the list that names the columns of a query. */
export interface SelectItem {
  /** Without its alias. */
  readonly expression: readonly Token[];
  readonly kind: 'star' | 'path' | 'expression';
  readonly alias: string | undefined;
  /** Index after its last token. */
  readonly end: number;
}

/** Words that end an expression without being an alias. */
const closingWords = new Set(['END', 'NULL', 'TRUE', 'FALSE']);

/** Words that end the select list. */
const listEnds = new Set('FROM WHERE GROUP ORDER LIMIT UNION HAVING INTO EXCEPT INTERSECT MINUS QUALIFY'.split(' '));

/** The items of the select list that names the result: the first one outside brackets and common table expressions. */
export function selectItems(tokens: readonly Token[]): SelectItem[] {
  const select = selectIndex(tokens);
  if (select === undefined) return [];
  const items: SelectItem[] = [];
  let start = is(tokens[select + 1], 'DISTINCT') || is(tokens[select + 1], 'ALL') ? select + 2 : select + 1;
  let depth = 0;
  for (let index = start; index < tokens.length; index += 1) {
    const token = tokens[index] as Token;
    if (token.raw === '(') depth += 1;
    if (token.raw === ')') depth -= 1;
    const closes = depth < 0 || token.kind === 'end' || (depth === 0 && isListEnd(token, tokens[index - 1]));
    if (!closes && (depth > 0 || token.raw !== ',')) continue;
    if (index > start) items.push(readItem(tokens.slice(start, index), index));
    if (closes) break;
    start = index + 1;
  }
  return items;
}

/** `(SELECT …)`, `WITH … AS (…) SELECT …`: brackets around all are looked into, those of expressions are not. */
function selectIndex(tokens: readonly Token[]): number | undefined {
  let at = 0;
  while (tokens[at]?.raw === '(') at += 1;
  if (is(tokens[at], 'SELECT')) return at;
  if (!is(tokens[at], 'WITH')) return undefined;
  let depth = 0;
  for (let index = at; index < tokens.length; index += 1) {
    if (tokens[index]?.raw === '(') depth += 1;
    if (tokens[index]?.raw === ')') depth -= 1;
    if (depth === 0 && is(tokens[index], 'SELECT')) return index;
  }
  return undefined;
}

function isListEnd(token: Token, before: Token | undefined): boolean {
  return token.kind === 'word' && listEnds.has(token.value.toUpperCase()) && before?.value !== '.';
}

function readItem(item: readonly Token[], end: number): SelectItem {
  const aliased = aliasTokens(item);
  const expression = item.slice(0, item.length - aliased);
  const alias = aliased === 0 ? undefined : item.at(-1)?.value;
  const last = expression.at(-1);
  const isStar = last?.value === '*' && (expression.length === 1 || expression.at(-2)?.value === '.');
  return { expression, alias, end, kind: isStar ? 'star' : expression.every(isPathPart) ? 'path' : 'expression' };
}

/** How many tokens at the end are an alias: `AS name`, `name`, or none. */
function aliasTokens(item: readonly Token[]): number {
  const last = item.at(-1);
  const before = item.at(-2);
  if (last === undefined || before === undefined) return 0;
  if (last.kind !== 'word' && last.kind !== 'quoted-name' && last.kind !== 'text') return 0;
  if (is(before, 'AS')) return 2;
  if (last.kind === 'word' && closingWords.has(last.value.toUpperCase())) return 0;
  if (last.kind === 'text')
    return before.kind === 'symbol' && before.value !== ')' ? 0 : isOperatorWord(before) ? 0 : 1;
  if (before.kind === 'symbol') return before.value === ')' ? 1 : 0;
  return isOperatorWord(before) ? 0 : 1;
}

/** Words after which an expression goes on. */
function isOperatorWord(token: Token): boolean {
  return (
    token.kind === 'word' &&
    /^(AND|OR|NOT|IS|IN|LIKE|BETWEEN|DIV|MOD|REGEXP|RLIKE|COLLATE|INTERVAL|CASE|WHEN|THEN|ELSE|X|BINARY|DISTINCT)$/i.test(
      token.value,
    )
  );
}

/** Part of `a.b.c`. */
function isPathPart(token: Token, index: number): boolean {
  if (index % 2 === 1) return token.kind === 'symbol' && token.value === '.';
  return (
    token.kind === 'quoted-name' || (token.kind === 'word' && !/^(END|NULL|TRUE|FALSE|CURRENT_\w+)$/i.test(token.value))
  );
}

function is(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.value.toUpperCase() === word;
}

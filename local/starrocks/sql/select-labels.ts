import { quoted } from '../storage/duck-names.ts';
import type { SelectItem } from './select-items.ts';
import type { Token } from './sql-tokens.ts';

/** Functions of the session, whose names StarRocks prints in capitals; those of all others in small letters. */
const capitals = new Set(
  `DATABASE SCHEMA USER CURRENT_USER CONNECTION_ID CURRENT_ROLE CURRENT_CATALOG CATALOG SESSION_ID SESSION_USER CURRENT_GROUP
   CAST COUNT_STAR`.split(/\s+/),
);

/** Words of the grammar, which StarRocks prints in capitals. */
const keywords = new Set(
  `AND OR NOT IS NULL TRUE FALSE CASE WHEN THEN ELSE END LIKE IN BETWEEN AS DISTINCT INTERVAL DIV REGEXP RLIKE INT BIGINT SMALLINT
   TINYINT VARCHAR CHAR DATE DATETIME DECIMAL DOUBLE FLOAT SIGNED UNSIGNED BOOLEAN OVER PARTITION BY ORDER ASC DESC
   SELECT FROM WHERE`.split(/\s+/),
);

/**
 * DuckDB finds names of its own for what a query does not name; StarRocks prints the expression.
 *
 * @out  by index of a token, the alias to put after it
 */
export function selectLabels(items: readonly SelectItem[]): ReadonlyMap<number, string> {
  const labels = new Map<number, string>();
  for (const { kind, alias, expression, end } of items) {
    if (kind === 'star' || alias !== undefined) continue;
    const label = kind === 'path' ? (expression.at(-1)?.value ?? '') : expressionText(expression);
    labels.set(end - 1, ` AS ${quoted(label)}`);
  }
  return labels;
}

/** An expression as StarRocks prints it: `count(*)`, `a + 1`, `'x'`, `@@SESSION.sql_mode`. */
function expressionText(tokens: readonly Token[]): string {
  let text = '';
  for (const [index, token] of tokens.entries()) {
    const word = tokenText(token, tokens, index);
    text += text !== '' && isApart(tokens, index) ? ` ${word}` : word;
  }
  return text;
}

function tokenText(token: Token, tokens: readonly Token[], index: number): string {
  if (token.kind === 'text') return `'${token.value}'`;
  if (token.kind === 'quoted-name') return token.value;
  if (token.kind !== 'word') return token.raw;
  const upper = token.value.toUpperCase();
  if (tokens[index - 1]?.value === '@') return tokens[index + 1]?.value === '.' ? upper : token.value;
  if (tokens[index + 1]?.value === '(' && !keywords.has(upper)) {
    return capitals.has(upper) ? upper : token.value.toLowerCase();
  }
  return keywords.has(upper) ? upper : token.value;
}

/** Whether a blank stands before a token. */
function isApart(tokens: readonly Token[], index: number): boolean {
  const [before, token] = [tokens[index - 1], tokens[index]];
  if (before === undefined || token === undefined) return false;
  const [left, right] = [symbolOf(before), symbolOf(token)];
  if (right === ',' || right === ')' || right === '.' || left === '(' || left === '.') return false;
  if (left === '@') return false;
  if (right === '(')
    return before.kind === 'symbol' || keywords.has(before.value.toUpperCase()) ? isWord(before) : false;
  if ((left === '-' || left === '+') && isSign(tokens, index - 1)) return false;
  // Operators of several characters.
  return !(left !== '' && right !== '' && '<>=!|&:'.includes(left) && '<>=!|&:'.includes(right));
}

/** A minus that belongs to what follows it. */
function isSign(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1];
  return before === undefined || (before.kind === 'symbol' && before.value !== ')');
}

function isWord({ kind, value }: Token): boolean {
  return kind !== 'word' || value.toUpperCase() !== 'CAST';
}

function symbolOf(token: Token): string {
  return token.kind === 'symbol' ? token.value : '';
}

/** Expressions of `columns` and `where` as the frontend's parser and analyzer speak of them. */
import { reservedWords } from '../sql/reserved-words.ts';
import { SqlError } from '../sql/sql-error.ts';
import { type Token, tokenize } from '../sql/sql-tokens.ts';

const words = new Set([
  'AND',
  'OR',
  'NOT',
  'NULL',
  'TRUE',
  'FALSE',
  'END',
  'INTERVAL',
  'DAY',
  'HOUR',
  'MINUTE',
  'SECOND',
]);

/** Tokens of an expression; none for one with a quote that is never closed. */
function tokensOf(expression: string): readonly Token[] {
  try {
    return tokenize(expression).filter(({ kind }) => kind !== 'end');
  } catch (error) {
    if (error instanceof SqlError) return [];
    throw error;
  }
}

function isCall(tokens: readonly Token[], index: number): boolean {
  return tokens[index]?.kind === 'word' && tokens[index + 1]?.raw === '(';
}

function isName(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index];
  if (token?.kind === 'quoted-name') return true;
  const word = token?.value.toUpperCase() ?? '';
  return token?.kind === 'word' && !isCall(tokens, index) && !words.has(word) && !reservedWords.has(word);
}

/** The names that an expression reads. */
export function namesOf(expression: string): readonly string[] {
  const tokens = tokensOf(expression);
  return tokens.filter((_, index) => isName(tokens, index)).map(({ value }) => value);
}

/** As the analyzer prints it: names in back-ticks, functions in small letters, spaces around operators. */
export function printed(expression: string): string {
  const tokens = tokensOf(expression);
  const texts = tokens.map((token, index) => {
    if (isName(tokens, index)) return `\`${token.value}\``;
    if (isCall(tokens, index)) return token.value.toLowerCase();
    return token.kind === 'word' ? ` ${token.raw.toUpperCase()} ` : symbol(token);
  });
  return texts.join('').replace(/ {2,}/g, ' ').trim();
}

function symbol({ kind, value, raw }: Token): string {
  if (kind === 'text') return `'${value}'`;
  if (raw === ',') return ', ';
  return kind === 'symbol' && !/[().[\]]/.test(raw) ? ` ${raw} ` : raw;
}

/** The signature of the first call of a function, as far as it can be told: fields are texts to expressions. */
export function signature(expression: string, name: string): string {
  const tokens = tokensOf(expression);
  const call = tokens.findIndex((token, index) => isCall(tokens, index) && token.value.toLowerCase() === name);
  const types: string[] = [];
  let depth = 0;
  for (const token of tokens.slice(call + 1)) {
    if (token.raw === '(') depth += 1;
    else if (token.raw === ')') depth -= 1;
    else if (depth === 1 && token.raw === ',') continue;
    else if (depth === 1) types.push(token.kind === 'number' ? numberType(Number(token.value)) : 'varchar');
    if (depth === 0) break;
  }
  return `${name}(${types.join(', ')})`;
}

function numberType(value: number): string {
  if (!Number.isInteger(value)) return 'double';
  if (value <= 127) return 'tinyint(4)';
  if (value <= 32_767) return 'smallint(6)';
  return value <= 2_147_483_647 ? 'int(11)' : 'bigint(20)';
}

/**
 * The complaint about an expression that does not parse.
 *
 * @in parses: whether a text is an expression; offset: of the expression in what the frontend parses; wanted: what may follow it
 */
export async function syntaxRefusal(
  expression: string,
  parses: (text: string) => Promise<boolean>,
  { offset = 0, wanted = '<EOF>' } = {},
): Promise<string> {
  const tokens = tokensOf(expression);
  let taken = tokens.length - 1;
  while (taken > 0 && !(await parses(expression.slice(0, tokens[taken]?.offset)))) taken -= 1;
  const unexpected = tokens[taken];
  const likely = taken === 0 ? 'a legal identifier' : wanted;
  return `Getting syntax error at line 1, column ${offset + (unexpected?.offset ?? 0)}. Detail message: Unexpected input '${unexpected?.raw ?? '<EOF>'}', the most similar input is {${likely}}.`;
}

import { SqlError } from './sql-error.ts';

type TokenKind = 'word' | 'quoted-name' | 'text' | 'number' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** Without quotes and escapes; as written for words, numbers and symbols. */
  readonly value: string;
  /** As written. */
  readonly raw: string;
  /** Where it starts in the statement. */
  readonly offset: number;
}

const blank = /(?:\s+|--(?=\s|$)[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const numberToken = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w$])/y;
const wordToken = /[\w$\u0080-\uffff]+/y;
/** Characters that a backslash makes special in MySQL texts; before any other it is dropped. */
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', '0': '\0', Z: '\u001a' };

/**
 * Cuts a statement into tokens, comments left out; the last one has the kind `end`. Symbols are single characters.
 *
 * @throws SqlError for a quote that is never closed
 */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let offset = 0;

  function match(pattern: RegExp): string | undefined {
    pattern.lastIndex = offset;
    return pattern.exec(sql)?.[0];
  }

  for (;;) {
    offset += match(blank)?.length ?? 0;
    if (offset >= sql.length) break;
    const token = quotedToken(sql, offset) ?? plainToken(match(numberToken), match(wordToken), sql, offset);
    tokens.push(token);
    offset += token.raw.length;
  }
  tokens.push({ kind: 'end', value: '', raw: '', offset: sql.length });
  return tokens;
}

function quotedToken(sql: string, offset: number): Token | undefined {
  const quote = sql.charAt(offset);
  if (quote !== "'" && quote !== '"' && quote !== '`') return undefined;
  const raw = sql.slice(offset, closingQuote(sql, offset, quote) + 1);
  const inner = raw.slice(1, -1).replaceAll(quote + quote, quote);
  if (quote === '`') return { kind: 'quoted-name', value: inner, raw, offset };
  const value = inner.replaceAll(/\\([\s\S])/g, (_, character: string) => escapes[character] ?? character);
  return { kind: 'text', value, raw, offset };
}

function closingQuote(sql: string, start: number, quote: string): number {
  for (let at = start + 1; at < sql.length; at += 1) {
    const character = sql[at];
    if (character === '\\' && quote !== '`') at += 1;
    else if (character === quote && sql[at + 1] === quote) at += 1;
    else if (character === quote) return at;
  }
  throw syntaxError(sql, start, 'A quote is never closed');
}

function plainToken(number: string | undefined, word: string | undefined, sql: string, offset: number): Token {
  if (number !== undefined) return { kind: 'number', value: number, raw: number, offset };
  if (word !== undefined) return { kind: 'word', value: word, raw: word, offset };
  const raw = sql.charAt(offset);
  return { kind: 'symbol', value: raw, raw, offset };
}

/** Cuts a text of several statements at its semicolons; empty ones are left out. */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let start = 0;
  let empty = true;
  for (const token of tokenize(sql)) {
    const ends = token.kind === 'end' || (token.kind === 'symbol' && token.value === ';');
    if (!ends) {
      empty = false;
      continue;
    }
    if (!empty) statements.push(sql.slice(start, token.offset).trim());
    start = token.offset + 1;
    empty = true;
  }
  return statements;
}

/** Whether there is nothing but blanks and comments, not even a semicolon. */
export function isBlank(sql: string): boolean {
  return tokenize(sql).length === 1;
}

export function syntaxError(sql: string, offset: number, detail: string): SqlError {
  return SqlError.syntax(placeOf(sql, offset), detail);
}

/** `at line 1, column 22`, or `from …, to …` the start of the last token; lines count from 1, columns from 0. */
export function placeOf(sql: string, start: number, last = start): string {
  const point = (offset: number) => {
    const before = sql.slice(0, offset).split('\n');
    return `line ${before.length}, column ${before.at(-1)?.length ?? 0}`;
  };
  return start === last ? `at ${point(start)}` : `from ${point(start)} to ${point(last)}`;
}

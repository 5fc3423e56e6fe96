import { RESERVED_WORDS } from './reserved-words.ts';
import type { SqlError } from './sql-error.ts';
import { syntaxError, type Token, tokenize } from './sql-tokens.ts';

export interface QualifiedName {
  readonly database: string | undefined;
  readonly name: string;
}

/**
 * Reads a statement token by token. What starts with `accept` takes the tokens when they are there and says whether
 * they were; all others demand them. Keywords are given in capitals.
 *
 * @throws SqlError "Unexpected input …" from all others
 */
export class TokenReader {
  readonly sql: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(sql: string) {
    this.sql = sql;
    this.#tokens = tokenize(sql);
  }

  peek(ahead = 0): Token {
    const last = this.#tokens.length - 1;
    return this.#tokens[Math.min(this.#next + ahead, last)] as Token;
  }

  take(): Token {
    const token = this.peek();
    this.#next += 1;
    return token;
  }

  /** Whether these words come next, the first of them `ahead` tokens from here. */
  sees(...words: readonly string[]): boolean {
    return words.every((word, index) => {
      const token = this.peek(index);
      return token.kind === 'word' && token.value.toUpperCase() === word;
    });
  }

  seesSymbol(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'symbol' && token.value === symbol;
  }

  accept(...words: readonly string[]): boolean {
    if (!this.sees(...words)) return false;
    this.#next += words.length;
    return true;
  }

  /** Takes one of these words, and says which. */
  acceptOneOf(words: readonly string[]): string | undefined {
    return words.find((word) => this.accept(word));
  }

  expect(...words: readonly string[]): void {
    for (const word of words) if (!this.accept(word)) throw this.unexpected(`'${word}'`);
  }

  acceptSymbol(symbol: string): boolean {
    if (!this.seesSymbol(symbol)) return false;
    this.#next += 1;
    return true;
  }

  expectSymbol(symbol: string): void {
    if (!this.acceptSymbol(symbol)) throw this.unexpected(`'${symbol}'`);
  }

  /** A name in backquotes, or a word that is not reserved. */
  identifier(): string {
    const { kind, value } = this.peek();
    const legal = kind === 'quoted-name' || (kind === 'word' && !RESERVED_WORDS.has(value.toUpperCase()));
    if (!legal) throw this.unexpected('a legal identifier');
    return this.take().value;
  }

  /** `table`, `database.table` or `default_catalog.database.table`. */
  qualifiedName(): QualifiedName {
    const parts = [this.identifier()];
    while (this.acceptSymbol('.')) parts.push(this.identifier());
    if (parts.length > 3 || (parts.length === 3 && parts[0] !== 'default_catalog')) throw this.unexpected("'('");
    return { database: parts.at(-2), name: parts.at(-1) ?? '' };
  }

  text(): string {
    if (this.peek().kind !== 'text') throw this.unexpected('SINGLE_QUOTED_TEXT, DOUBLE_QUOTED_TEXT');
    return this.take().value;
  }

  integer(): number {
    const { kind, value } = this.peek();
    if (kind !== 'number' || !/^\d+$/.test(value)) throw this.unexpected('INTEGER_VALUE');
    this.take();
    return Number(value);
  }

  /** `(item, item, …)`, at least one. */
  parenthesized<T>(item: () => T): T[] {
    this.expectSymbol('(');
    const items = [item()];
    while (this.acceptSymbol(',')) items.push(item());
    this.expectSymbol(')');
    return items;
  }

  /** Takes tokens until `stop`, or the end, is met outside parentheses; gives their text as written. */
  raw(stop: (reader: TokenReader) => boolean): string {
    const start = this.peek().offset;
    let end = start;
    let depth = 0;
    while (!this.atEnd() && !(depth === 0 && stop(this))) {
      if (this.seesSymbol('(')) depth += 1;
      if (this.seesSymbol(')')) depth -= 1;
      const token = this.take();
      end = token.offset + token.raw.length;
    }
    return this.sql.slice(start, end);
  }

  atEnd(): boolean {
    return this.peek().kind === 'end' || this.seesSymbol(';');
  }

  expectEnd(): void {
    this.acceptSymbol(';');
    if (this.peek().kind !== 'end') throw this.unexpected("<EOF>, ';'");
  }

  unexpected(expected: string): SqlError {
    const { kind, raw, offset } = this.peek();
    const found = kind === 'end' ? '<EOF>' : raw;
    return syntaxError(this.sql, offset, `Unexpected input '${found}', the most similar input is {${expected}}`);
  }
}

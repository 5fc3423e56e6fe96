import { reservedWords } from './reserved-words.ts';
import type { SqlError } from './sql-error.ts';
import { placeOf, syntaxError, type Token, tokenize } from './sql-tokens.ts';

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

  /** Which token comes next, for `place` and `noViable`. */
  get position(): number {
    return this.#next;
  }

  /** Goes back to a position. */
  rewind(position: number): void {
    this.#next = position;
  }

  /** The place of all tokens from a position to the last one taken, as messages name it. */
  place(from: number): string {
    return this.placeOf(from, Math.max(from, this.#next - 1));
  }

  /** The place of two tokens and all between them. */
  placeOf(first: number, last: number): string {
    const offset = (index: number) => this.#tokens[index]?.offset ?? 0;
    return placeOf(this.sql, offset(first), offset(last));
  }

  /** The text of all tokens from a position to the last one taken. */
  written(from: number): string {
    const last = this.#tokens[this.#next - 1];
    return this.sql.slice(this.#tokens[from]?.offset ?? 0, last === undefined ? 0 : last.offset + last.raw.length);
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
    if (!this.seesIdentifier()) throw this.unexpected('a legal identifier');
    return this.take().value;
  }

  /** `table`, `database.table` or `default_catalog.database.table`; `otherwise` is the fault of a part that is no name. */
  qualifiedName(otherwise?: () => SqlError): QualifiedName {
    const parts = [this.identifier()];
    while (this.acceptSymbol('.')) {
      if (otherwise !== undefined && !this.seesIdentifier()) throw otherwise();
      parts.push(this.identifier());
    }
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

  /** The next token is none that any rule goes on with that began at a position. */
  noViable(from: number): SqlError {
    const { offset, raw } = this.peek();
    const start = this.#tokens[from]?.offset ?? 0;
    const input = this.sql.slice(start, offset + raw.length);
    return syntaxError(this.sql, offset, `No viable statement for input '${input}'`);
  }

  seesIdentifier(): boolean {
    const { kind, value } = this.peek();
    return kind === 'quoted-name' || (kind === 'word' && !reservedWords.has(value.toUpperCase()));
  }

  unexpected(expected: string): SqlError {
    const { kind, raw, offset } = this.peek();
    const found = kind === 'end' ? '<EOF>' : raw;
    return syntaxError(this.sql, offset, `Unexpected input '${found}', the most similar input is {${expected}}`);
  }
}

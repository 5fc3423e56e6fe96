/** The text of a book of claims, and its version. */
export interface KnownBook {
  readonly text: string;
  readonly etag: string;
}

/** Events of the last seconds find few books. Of a process, so few are all that it meets again. */
const mostBooks = 4;
/** Larger ones are read again: they stand in memory between invocations. */
const mostCharacters = 1024 * 1024;

/**
 * Books as this process wrote them last: the next claims in one need not read it first. A book is changed only if it is
 * unchanged, so one that others have written since costs a request, and nothing else.
 */
export class KnownBooks {
  readonly #books = new Map<string, KnownBook>();

  /** Gives a book away: whoever fails to write it leaves nothing behind that fails again. */
  take(key: string): KnownBook | undefined {
    const book = this.#books.get(key);
    this.#books.delete(key);
    return book;
  }

  keep(key: string, book: KnownBook): void {
    if (book.text.length > mostCharacters) return;
    this.#books.delete(key);
    this.#books.set(key, book);
    const [oldest] = this.#books.keys();
    if (this.#books.size > mostBooks && oldest !== undefined) this.#books.delete(oldest);
  }
}

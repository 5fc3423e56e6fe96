import type { RowChange } from '../source.ts';

/** Rows of XA transactions that are prepared and have not ended, in order. */
export class XaRows {
  readonly #kept = new Map<string, { readonly readFrom: string; readonly changes: RowChange[] }>();
  #characters = 0;

  /** @in  readFrom: GTIDs read before it, from which its rows are read again */
  begin(xid: string, readFrom: string): void {
    this.#kept.set(xid, { readFrom, changes: [] });
  }

  /** @out  false: there is no room for the row */
  keep(xid: string, change: RowChange): boolean {
    for (const cells of [change.before, change.after]) for (const cell of cells ?? []) this.#characters += cell.length;
    this.#kept.get(xid)?.changes.push(change);
    return this.#characters <= mostCharacters;
  }

  /** @out  undefined: there is none of this id */
  end(xid: string): readonly RowChange[] | undefined {
    const changes = this.#kept.get(xid)?.changes;
    this.#kept.delete(xid);
    if (this.#kept.size === 0) this.#characters = 0;
    return changes;
  }

  /** From where to read again so that none is missed; undefined: none is open. */
  readFrom(): string | undefined {
    const [oldest] = this.#kept.values();
    return oldest?.readFrom;
  }
}

const mostCharacters = 32 * 2 ** 20;

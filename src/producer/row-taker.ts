import { SinkError } from '../kit/errors.ts';
import { type RefusedRow, rowsRefused } from './outcome.ts';
import type { Row } from './row-text.ts';

const refusedKept = 100;

export interface RowTakerOptions {
  readonly write: (row: Row) => string;
  /** Takes a row's text: nothing when done, a promise when the row, or what comes next, has to wait. */
  readonly take: (text: string) => Promise<SinkError | undefined> | undefined;
  readonly stopAtRefused: boolean;
}

/** Takes the rows of one call of `send`; remembers which it refused. */
export class RowTaker {
  readonly #options: RowTakerOptions;
  readonly #refused: RefusedRow[] = [];
  #refusedRows = 0;
  #rows = 0;

  constructor(options: RowTakerOptions) {
    this.#options = options;
  }

  get hasRefused(): boolean {
    return this.#refusedRows > 0;
  }

  /** Rows that were looked at, refused ones included. */
  get rows(): number {
    return this.#rows;
  }

  async takeAll(rows: Row | Iterable<Row> | AsyncIterable<Row>): Promise<void> {
    if (isAsyncIterable(rows)) {
      for await (const row of rows) {
        await this.#take(row);
        if (this.#isStopped) return;
      }
      return;
    }
    for (const row of isIterable(rows) ? rows : [rows]) {
      const wait = this.#take(row);
      // Awaiting every row would cost each a turn of the event loop.
      if (wait !== undefined) await wait;
      if (this.#isStopped) return;
    }
  }

  /** @throws RowsRefused */
  throwRefused(): void {
    if (this.hasRefused) throw rowsRefused(this.#refused, this.#refusedRows);
  }

  get #isStopped(): boolean {
    return this.#options.stopAtRefused && this.hasRefused;
  }

  #take(row: Row): Promise<void> | undefined {
    const index = this.#rows++;
    let text: string;
    try {
      text = this.#options.write(row);
    } catch (error) {
      this.#refuse(index, error);
      return undefined;
    }
    return this.#options.take(text)?.then((refusal) => {
      if (refusal !== undefined) this.#refuse(index, refusal);
    });
  }

  #refuse(index: number, error: unknown): void {
    if (!(error instanceof SinkError)) throw error;
    this.#refusedRows++;
    if (this.#refused.length < refusedKept) this.#refused.push({ index, code: error.code, detail: error.detail });
  }
}

const isIterable = (rows: Row | Iterable<Row>): rows is Iterable<Row> =>
  typeof rows === 'object' && Symbol.iterator in rows;

const isAsyncIterable = (rows: Row | Iterable<Row> | AsyncIterable<Row>): rows is AsyncIterable<Row> =>
  typeof rows === 'object' && Symbol.asyncIterator in rows;

import type { Clock } from '../kit/clock.ts';
import { type MessageFormat, overheadBytes, type RowPack } from './message.ts';
import { type Gathered, Packer } from './packer.ts';
import { type Table, tableKey } from './table-name.ts';

/** Rows of one table that are in no message yet. */
export interface Lane {
  readonly table: Table;
  /** Bytes that the attributes add to a message of this table. */
  readonly overheadBytes: number;
  readonly packer: Packer;
}

export interface LanesOptions {
  readonly format: MessageFormat;
  readonly targetBytes: number;
  readonly lingerMs: number;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly submit: (pack: RowPack, lane: Lane) => void;
  /** Called when rows have waited for `lingerMs`. */
  readonly lingered: () => void;
}

/** Gathers rows by table, and tells when the first of them has waited long enough. */
export class Lanes {
  readonly #options: LanesOptions;
  readonly #delimiterBytes: number;
  readonly #lanes = new Map<string, Lane>();
  #linger: AbortController | undefined;

  constructor(options: LanesOptions) {
    this.#options = options;
    this.#delimiterBytes = Buffer.byteLength(options.format.rowDelimiter);
  }

  of(table: Table): Lane {
    const key = tableKey(table);
    const lane = this.#lanes.get(key) ?? this.#open(table);
    this.#lanes.set(key, lane);
    return lane;
  }

  add(lane: Lane, row: string, rowBytes: number): void {
    const full = lane.packer.add(row, rowBytes);
    if (full !== undefined) this.#submit(full, lane);
    if (this.#linger === undefined && this.#options.lingerMs > 0) this.#startLinger();
  }

  seal(lane: Lane): void {
    if (!lane.packer.isEmpty) this.#submit(lane.packer.take(), lane);
  }

  sealAll(): void {
    this.#linger?.abort();
    this.#linger = undefined;
    for (const lane of this.#lanes.values()) this.seal(lane);
  }

  /** A pack of the lane's table that is not gathered from it. */
  pack(lane: Lane, rows: readonly string[], chunkId = this.#options.newId()): RowPack {
    const bytes = rows.reduce((sum, row) => sum + Buffer.byteLength(row) + this.#delimiterBytes, 0);
    return { chunkId, table: lane.table, rows, bytes };
  }

  #open(table: Table): Lane {
    const { format, targetBytes, newId } = this.#options;
    const overhead = overheadBytes(table, format, newId());
    const isCompressed = format.compression !== undefined;
    const limits = { bodyBytes: targetBytes - overhead, delimiterBytes: this.#delimiterBytes, isCompressed };
    return { table, overheadBytes: overhead, packer: new Packer(limits) };
  }

  #submit({ rows, bytes }: Gathered, lane: Lane): void {
    this.#options.submit({ chunkId: this.#options.newId(), table: lane.table, rows, bytes }, lane);
  }

  #startLinger(): void {
    const linger = new AbortController();
    this.#linger = linger;
    void this.#options.clock.sleep(this.#options.lingerMs, linger.signal).then(() => {
      if (linger.signal.aborted) return;
      this.#linger = undefined;
      this.#options.lingered();
    });
  }
}

import type { Clock } from '../../kit/clock.ts';
import type { Begin, Commit, Heartbeat, RowChange } from '../../mysql/follow/source.ts';
import type { Gathering } from '../gathering.ts';
import type { Portion } from '../outgoing.ts';
import type { BinlogPlace } from './place.ts';
import type { RowsOf } from './route-rows.ts';

/** What was read of the binlog since the last portion, and where it is read on. */
export class BinlogReading {
  readonly #rowsOf: RowsOf;
  readonly #gathering: Gathering;
  readonly #clock: Pick<Clock, 'now'>;
  #position: BinlogPlace['position'];
  /** Rows by transaction that are gathered, or were before. */
  readonly #inside: Map<string, number>;
  #gtid = '';
  #atMs = 0;
  #rows = 0;
  #past: string | undefined;
  hasMoved = false;

  constructor(
    { position, inside = [], past }: BinlogPlace,
    deps: { readonly rowsOf: RowsOf; readonly gathering: Gathering; readonly clock: Pick<Clock, 'now'> },
  ) {
    this.#position = position;
    this.#past = past;
    this.#inside = new Map(inside.map(({ gtid, rows }) => [gtid, rows]));
    this.#rowsOf = deps.rowsOf;
    this.#gathering = deps.gathering;
    this.#clock = deps.clock;
  }

  /** The transaction that is read; undefined: a person has seen to its statement. */
  get transaction(): string | undefined {
    return this.#gtid === this.#past ? undefined : this.#gtid;
  }

  take(event: Begin | RowChange | Commit | Heartbeat): void {
    switch (event.kind) {
      case 'begin':
        this.#gtid = event.gtid;
        this.#atMs = event.atMs;
        this.#rows = this.#inside.get(event.gtid) ?? 0;
        return;
      case 'row':
        this.#takeRow(event);
        return;
      case 'commit':
        this.#inside.delete(this.#gtid);
        if (this.#gtid === this.#past) this.#past = undefined;
        this.#atMs = event.atMs;
        break;
      case 'heartbeat':
        // Nothing is left to read of what was committed until now.
        this.#atMs = this.#clock.now();
    }
    this.#rows = 0;
    this.#position = event.position;
    this.hasMoved = true;
  }

  #takeRow(change: RowChange): void {
    // In the queue already, of a transaction that was not read to its end.
    if (change.index < this.#rows) return;
    const rows = this.#rowsOf(change, { gtid: this.#gtid, atMs: this.#atMs });
    for (const { lane, text } of rows) this.#gathering.add(lane, text);
    this.#rows = change.index + 1;
    this.hasMoved = true;
  }

  close(): Portion<BinlogPlace> {
    this.hasMoved = false;
    if (this.#rows > 0) this.#inside.set(this.#gtid, this.#rows);
    const inside = [...this.#inside].map(([gtid, rows]) => ({ gtid, rows }));
    const next = {
      phase: 'binlog',
      position: this.#position,
      ...(inside.length > 0 ? { inside } : {}),
      ...(this.#past ? { past: this.#past } : {}),
    } as const;
    return { chunks: this.#gathering.take(), next, ...(this.#atMs > 0 ? { committedMs: this.#atMs } : {}) };
  }
}

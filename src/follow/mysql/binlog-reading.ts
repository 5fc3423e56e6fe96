import type { Clock } from '../../kit/clock.ts';
import { SinkError } from '../../kit/errors.ts';
import type { Begin, Commit, Heartbeat, RowChange, RowShape } from '../../mysql/follow/source.ts';
import type { Gathering } from '../gathering.ts';
import type { Portion } from '../outgoing.ts';
import type { KnownTables } from './known-tables.ts';
import type { BinlogPlace } from './place.ts';
import type { RowsOf } from './route-rows.ts';
import { Versions } from './versions.ts';

export interface ReadingDeps {
  readonly rowsOf: RowsOf;
  readonly tables: KnownTables;
  /** Those of the rows that are counted within a transaction. */
  readonly routes: string;
  readonly gathering: Gathering;
  readonly clock: Pick<Clock, 'now'>;
}

/** What was read of the binlog since the last portion, and where it is read on. */
export class BinlogReading {
  readonly #deps: ReadingDeps;
  readonly #versions: Versions;
  readonly #seen = new WeakSet<RowShape>();
  #position: BinlogPlace['position'];
  /** Rows by transaction that are gathered, or were before. */
  readonly #inside: Map<string, number>;
  #gtid = '';
  #atMs = 0;
  #rows = 0;
  #past: string | undefined;
  readonly #defined: string | undefined;
  hasMoved = false;

  /** @throws SinkError SOURCE_ROUTES_CHANGED */
  constructor({ position, inside = [], past, versions, defined }: BinlogPlace, deps: ReadingDeps) {
    const counted = inside.find(({ routes = deps.routes }) => routes !== deps.routes);
    if (counted) throw new SinkError('SOURCE_ROUTES_CHANGED', `Inside ${counted.gtid}, behind ${counted.rows} rows.`);
    this.#position = position;
    this.#past = past;
    this.#inside = new Map(inside.map(({ gtid, rows }) => [gtid, rows]));
    this.#versions = new Versions(versions);
    this.#defined = defined;
    this.#deps = deps;
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
        this.#atMs = this.#deps.clock.now();
    }
    this.#rows = 0;
    this.#position = event.position;
    this.hasMoved = true;
  }

  #takeRow(change: RowChange): void {
    // In the queue already, of a transaction that was not read to its end.
    if (change.index < this.#rows) return;
    if (!this.#seen.has(change.shape)) this.#deps.tables.require(change.shape);
    this.#seen.add(change.shape);
    this.#versions.next();
    const rows = this.#deps.rowsOf(change, { gtid: this.#gtid, atMs: this.#atMs, versions: this.#versions });
    for (const { lane, text } of rows) this.#deps.gathering.add(lane, text);
    this.#rows = change.index + 1;
    this.hasMoved = true;
  }

  close(): Portion<BinlogPlace> {
    this.hasMoved = false;
    if (this.#rows > 0) this.#inside.set(this.#gtid, this.#rows);
    const { routes, tables, gathering } = this.#deps;
    const inside = [...this.#inside].map(([gtid, rows]) => ({ gtid, rows, routes }));
    const next = {
      phase: 'binlog',
      position: this.#position,
      ...(inside.length > 0 ? { inside } : {}),
      ...(this.#past ? { past: this.#past } : {}),
      ...(tables.key ? { tables: tables.key } : {}),
      versions: this.#versions.place,
      ...(this.#defined ? { defined: this.#defined } : {}),
    } as const;
    return { chunks: gathering.take(), next, ...(this.#atMs > 0 ? { committedMs: this.#atMs } : {}) };
  }
}

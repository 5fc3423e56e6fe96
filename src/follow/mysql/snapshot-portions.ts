import type { FollowedTable, KeyRange, MySqlSource, RangeRows } from '../../mysql/follow/source.ts';
import type { Gathering } from '../gathering.ts';
import type { Portion } from '../outgoing.ts';
import { isCopied, type MySqlPlace, type OpenRange, type SnapshotPlace, type TableProgress } from './place.ts';
import type { RouteRows } from './route-rows.ts';
import { Versions } from './versions.ts';

export interface SnapshotDeps {
  readonly source: Pick<MySqlSource, 'readRange'>;
  /** @throws SinkError: the table is not there any more */
  readonly tableOf: (progress: TableProgress) => Promise<FollowedTable>;
  /** Cuts a table into ranges and keeps them; reads what was kept. */
  readonly planRanges: (table: FollowedTable) => Promise<NonNullable<TableProgress['ranges']>>;
  readonly rangesOf: (key: string) => Promise<readonly KeyRange[]>;
  /** Notes which tables were copied. @out where */
  readonly keepTables: (tables: readonly TableProgress[]) => Promise<string>;
  readonly ofRow: RouteRows['ofRow'];
  readonly gathering: Gathering;
  /** Ranges that are read at once: the load on the source. */
  readonly parallelRanges: number;
}

/** Rows that were read of a range, or its end. */
interface Piece {
  readonly table: number;
  readonly index: number;
  readonly rows?: RangeRows;
}

/**
 * Copies the rows of all tables by ranges, several at once, each resumable behind its last row; then gives the place in the binlog.
 * A reader waits while nobody takes what it has read, so memory holds one batch of each.
 */
export async function* snapshotPortions(
  from: SnapshotPlace,
  until: AbortSignal,
  deps: SnapshotDeps,
): AsyncGenerator<Portion<MySqlPlace>> {
  const { gathering } = deps;
  const copying = new Copying(from, deps);
  try {
    while (!until.aborted) {
      const piece = await copying.next();
      if (piece === undefined) break;
      copying.take(piece);
      if (gathering.isFull) yield { chunks: gathering.take(), next: copying.place };
    }
    const isOver = !until.aborted;
    const next: MySqlPlace = isOver
      ? {
          ...{ phase: 'binlog', position: from.start, tables: await deps.keepTables(copying.place.tables) },
          versions: copying.place.versions,
          ...(from.defined ? { defined: from.defined } : {}),
        }
      : copying.place;
    yield { chunks: gathering.take(), next };
  } finally {
    await copying.close();
  }
}

interface Reader {
  readonly rows: AsyncIterator<RangeRows>;
  readonly table: number;
  readonly index: number;
  coming: Promise<Piece>;
}

class Copying {
  readonly #deps: SnapshotDeps;
  #place: SnapshotPlace;
  readonly #versions: Versions;
  readonly #readers = new Set<Reader>();

  constructor(place: SnapshotPlace, deps: SnapshotDeps) {
    this.#deps = deps;
    this.#place = place;
    this.#versions = new Versions(place.versions);
  }

  get place(): SnapshotPlace {
    return { ...this.#place, versions: this.#versions.place };
  }

  /** @out  undefined: everything was copied */
  async next(): Promise<Piece | undefined> {
    await this.#fill();
    if (this.#readers.size === 0) return undefined;
    const piece = await Promise.race([...this.#readers].map(({ coming }) => coming));
    const reader = [...this.#readers].find(({ table, index }) => table === piece.table && index === piece.index);
    if (reader && piece.rows) reader.coming = this.#ask(reader);
    else if (reader) this.#readers.delete(reader);
    return piece;
  }

  take({ table, index, rows }: Piece): void {
    if (rows === undefined) {
      this.#change(table, (progress) => ({ open: progress.open.filter((range) => range.index !== index) }));
      return;
    }
    for (const cells of rows.rows) {
      this.#versions.next();
      for (const { lane, text } of this.#deps.ofRow(rows.shape, cells, this.#versions))
        this.#deps.gathering.add(lane, text);
    }
    this.#change(table, (progress) => ({
      open: progress.open.map((range) => (range.index === index ? { index, after: rows.last } : range)),
      rows: progress.rows + rows.rows.length,
    }));
  }

  async close(): Promise<void> {
    for (const { rows, coming } of this.#readers) {
      coming.catch(() => undefined);
      await rows.return?.().catch(() => undefined);
    }
  }

  /** Opens ranges up to the limit: of each table first those that were open before. */
  async #fill(): Promise<void> {
    for (let table = 0; table < this.#place.tables.length; table++) {
      for (let range = await this.#nextOf(table); range; range = await this.#nextOf(table)) {
        if (this.#readers.size >= this.#deps.parallelRanges) return;
        await this.#open(table, range);
      }
    }
  }

  /** @out  undefined: every range of the table is copied, or is being read */
  async #nextOf(table: number): Promise<OpenRange | undefined> {
    const progress = this.#place.tables[table];
    if (progress === undefined || isCopied(progress)) return undefined;
    if (this.#readers.size >= this.#deps.parallelRanges) return { index: progress.next };
    if (progress.ranges === undefined) {
      const ranges = await this.#deps.planRanges(await this.#deps.tableOf(progress));
      this.#change(table, () => ({ ranges }));
    }
    const isRead = ({ index }: OpenRange) =>
      [...this.#readers].some((reader) => reader.table === table && reader.index === index);
    const count = this.#place.tables[table]?.ranges?.count ?? 0;
    const left = progress.open.find((range) => !isRead(range));
    return left ?? (progress.next < count ? { index: progress.next } : undefined);
  }

  async #open(table: number, { index, after }: OpenRange): Promise<void> {
    const progress = this.#place.tables[table];
    if (progress?.ranges === undefined) return;
    const range = (await this.#deps.rangesOf(progress.ranges.key))[index] ?? {};
    const asked: KeyRange = after === undefined ? range : { ...range, after };
    const rows = this.#deps.source.readRange(await this.#deps.tableOf(progress), asked)[Symbol.asyncIterator]();
    this.#readers.add({ rows, table, index, coming: this.#ask({ rows, table, index }) });
    if (index === progress.next) this.#change(table, ({ open }) => ({ next: index + 1, open: [...open, { index }] }));
  }

  #ask({ rows, table, index }: Omit<Reader, 'coming'>): Promise<Piece> {
    const coming = rows
      .next()
      .then(({ done, value }): Piece => (done ? { table, index } : { table, index, rows: value }));
    // It is looked at with the others, or not at all when one of them fails.
    coming.catch(() => undefined);
    return coming;
  }

  #change(table: number, change: (progress: TableProgress) => Partial<TableProgress>): void {
    const tables = this.#place.tables.map((progress, at) =>
      at === table ? { ...progress, ...change(progress) } : progress,
    );
    this.#place = { ...this.#place, tables };
  }
}

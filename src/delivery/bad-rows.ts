/**
 * Parts the bad rows of one item from the good ones.
 *
 * The item was refused for its data, so halves of its rows are tried until each bad row is alone. Good rows load; bad rows
 * are kept in S3 with the reason, and only then is their message acked.
 */
import { createHash } from 'node:crypto';
import { bucketPrefixes } from '../kit/bucket-prefixes.ts';
import type { Clock } from '../kit/clock.ts';
import { SinkError } from '../kit/errors.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Destination } from '../ports.ts';
import type { Item, Join } from '../rows/batch.ts';
import { bodyOf, joinChunks } from '../rows/body.ts';
import type { Chunk } from '../rows/chunk.ts';
import type { CsvLayout } from '../rows/csv-rows.ts';
import { tableKey } from '../rows/destination.ts';
import { chunkOfRows, rowTexts } from '../rows/row-parts.ts';
import type { Telemetry } from '../telemetry.ts';
import type { Run } from './delivery.ts';
import { acked, type Outcome, retry } from './outcomes.ts';

/** Where bad rows go. */
export interface BadRowDeps<I extends Item> {
  readonly objects: ObjectStore;
  readonly csv: CsvLayout;
  /** The rows of an item, in memory. */
  readonly read: (item: I) => Promise<Chunk>;
}

/** A row that StarRocks refuses. `row` counts from 0 within its item. */
export interface BadRow {
  readonly row: number;
  readonly reason: string;
}

/** What StarRocks thinks of some rows. */
export type Trial =
  | { readonly state: 'good' }
  | { readonly state: 'bad'; readonly reason: string }
  | { readonly state: 'unknown' };

/** The rows of one item, to be tried in parts. */
export interface RowSearch {
  readonly chunk: Chunk;
  readonly join: Join<Chunk>;
  /** Rows from `from` to before `to`, as a chunk of its own. */
  part(from: number, to: number): Chunk;
  without(bad: readonly BadRow[]): Chunk;
  /** Keeps bad rows for a person: one JSON object a line. Written again, it is the same object. */
  reject(destination: Destination, bad: readonly BadRow[], nowMs: number): Promise<void>;
}

async function openRows<I extends Item>(item: I, { objects, csv, read }: BadRowDeps<I>): Promise<RowSearch> {
  const chunk = await read(item);
  const texts = rowTexts(chunk, csv);
  return {
    chunk,
    join: joinChunks(csv),
    part: (from, to) => chunkOfRows(chunk, `${item.id}#${from}-${to}`, texts.slice(from, to), csv),
    without: (bad) => {
      const isBad = new Set(bad.map(({ row }) => row));
      return chunkOfRows(
        chunk,
        item.id,
        texts.filter((_, row) => !isBad.has(row)),
        csv,
      );
    },
    async reject(destination, bad, nowMs) {
      const lines = bad.map(({ row, reason }) =>
        JSON.stringify({ id: item.id, row, code: 'ROWS_REFUSED', reason, text: texts[row] }),
      );
      const day = new Date(nowMs).toISOString().slice(0, 10);
      const digest = createHash('sha256').update(item.id).digest('hex').slice(0, 32);
      await objects.putBody(
        `${bucketPrefixes.rejected}${tableKey(destination)}/${day}/${digest}.ndjson`,
        bodyOf(Buffer.from(`${lines.join('\n')}\n`)),
      );
    },
  };
}

/**
 * Finds the bad rows of a range that is known to hold some.
 *
 * @in   attempt: loads, or only tries, a range
 * @out  the bad rows; undefined when they could not all be found now
 */
async function findBadRows(
  from: number,
  to: number,
  reason: string,
  attempt: (from: number, to: number) => Promise<Trial>,
): Promise<readonly BadRow[] | undefined> {
  if (to - from === 1) return [{ row: from, reason }];
  const middle = from + Math.ceil((to - from) / 2);
  const found: BadRow[] = [];
  for (const [start, end] of [
    [from, middle],
    [middle, to],
  ] as const) {
    const trial = await attempt(start, end);
    if (trial.state === 'unknown') return undefined;
    if (trial.state === 'good') continue;
    const bad = await findBadRows(start, end, trial.reason, attempt);
    if (bad === undefined) return undefined;
    found.push(...bad);
  }
  return found;
}

/** Rows are searched in memory. */
const maxSearchedBytes = 64 * 1024 ** 2;

type Attempt = (rows: RowSearch, from: number, to: number) => Promise<Trial>;

export interface WithoutBadRowsDeps<I extends Item> {
  /** How bad rows are parted from good ones; without it their whole message is rejected. */
  readonly badRows: BadRowDeps<I> | undefined;
  readonly telemetry: Telemetry;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Sees to an item that StarRocks refuses by itself: its bad rows are found, and kept; its good rows load.
 *
 * @in   attempt: loads, or only tries, some rows; finish: loads the good rows, if attempts did not
 * @out  what becomes of the item
 */
export async function withoutBadRows<I extends Item>(
  item: I,
  destination: Destination,
  reason: string,
  { searches }: Run,
  { badRows, telemetry, clock }: WithoutBadRowsDeps<I>,
  attempt: Attempt,
  finish: (rows: RowSearch, bad: readonly BadRow[]) => Promise<Outcome> = async () => acked,
): Promise<Outcome> {
  if (badRows === undefined || item.bytes > maxSearchedBytes)
    return { verdict: 'reject', code: 'ROWS_REFUSED', detail: reason };
  try {
    const rows = await openRows(item, badRows);
    const bad = await findBadRows(0, rows.chunk.rows, reason, async (from, to) => {
      searches.left -= 1;
      return searches.left < 0 ? { state: 'unknown' } : attempt(rows, from, to);
    });
    if (bad === undefined) return retry('ROWS_REFUSED', reason);
    // A ratio of rows that may be filtered can refuse the whole, and none of its parts.
    if (bad.length === 0) return await finish(rows, bad);
    await rows.reject(destination, bad, clock.now());
    telemetry.event('warn', 'rows rejected', {
      item: item.id,
      table: `${destination.database}.${destination.table}`,
      rows: bad.length,
    });
    telemetry.count('RowsRejected', bad.length);
    return await finish(rows, bad);
  } catch (error) {
    if (error instanceof SinkError) return retry(error.code, error.detail);
    telemetry.event('error', 'bad rows not kept', { item: item.id, error: String(error) });
    return retry('LEDGER_UNAVAILABLE', `The bad rows of ${item.id} could not be kept.`);
  }
}

/**
 * What becomes of a batch that StarRocks refuses for its data: its good rows load, its bad rows are kept in S3 with StarRocks'
 * own reason, and only then are their messages acked.
 */

import type { Clock } from '../kit/clock.ts';
import { SinkError } from '../kit/errors.ts';
import { mapLimited } from '../kit/map-limited.ts';
import { type RetryPolicy, retried } from '../kit/retry.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Destination } from '../ports.ts';
import type { Item } from '../rows/batch.ts';
import type { Chunk } from '../rows/chunk.ts';
import { findOrigins, type RowOrigins } from '../rows/row-origins.ts';
import type { RowReader } from '../rows/row-readers.ts';
import type { Telemetry } from '../telemetry.ts';
import type { Run } from './delivery.ts';
import type { Refusal } from './error-log.ts';
import { openRowList } from './open-row-list.ts';
import { type Failed, type Outcomes, retry } from './outcomes.ts';
import { type Findings, type Parted, partRows, type Search } from './part-rows.ts';
import { asSent, columnIn, keepRejectedRows } from './rejected.ts';
import { type RowList, rowsOf } from './row-list.ts';
import { readFindings, saveFindings } from './search-progress.ts';

/** Where bad rows go, and how the rows of an item are read. */
export interface BadRowDeps<I extends Item> extends RowReader<I> {
  readonly objects: ObjectStore;
  /** What takes more than this is not read into memory, but as a stream; 64 MiB unless told. */
  readonly mostHeldBytes?: number;
}

/** Kept behind the last load of a search, for its findings: without them the next delivery would begin anew. */
const noteMs = 2000;

/** When a load of a search must have ended. */
export const searchUntilMs = ({ deadlineMs }: Pick<Run, 'deadlineMs'>): number => deadlineMs - noteMs;

const fewReads: RetryPolicy = { firstWaitMs: 100, longestWaitMs: 1000, attempts: 3 };

/** Objects written at once. */
const parallelWrites = 16;

export interface SearchTerms<I extends Item> {
  readonly badRows: BadRowDeps<I>;
  readonly destination: Destination;
  readonly run: Run;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly tryRows: Search<I>['tryRows'];
  /** What the claims of this run say, where it claims items. */
  readonly untilMs?: number;
}

/** Items of which every row is known to be good or bad, and why the others are not. */
export interface Found<I extends Item> {
  readonly done: readonly I[];
  readonly open: ReadonlyMap<I, Failed>;
  /** The good rows of the items that are done, none where all of them are bad; or why they cannot be read. */
  readonly goodRows: () => Promise<readonly Chunk[] | Failed>;
  /** Tells of the bad rows of items that are acked: the others come again, with theirs. */
  readonly tellRejected: (ends: Outcomes<I>) => void;
}

/**
 * Looks for the bad rows of items that were refused together. Keeps those of the items of which every row is known, and what is
 * known of the others for the next delivery.
 *
 * @out  why, when the rows can not be looked at
 */
export async function searchBadRows<I extends Item>(
  items: readonly I[],
  refusal: Refusal,
  terms: SearchTerms<I>,
): Promise<Found<I> | Failed> {
  const { badRows, destination, run, tryRows } = terms;
  const format = destination.headers['format'] === 'csv' ? 'csv' : 'json';
  const list = await orFailed(openRowList(items, format, badRows, badRows.mostHeldBytes));
  if ('verdict' in list) return list;
  const parted = await partRows(refusal, {
    ...{ list, tryRows, mayTry: () => run.mayTry(destination), isAgain: run.isAgain() },
    findingsOf: ({ id }) => readFindings(destination, id, badRows.objects),
  });
  const kept = await keepFindings(parted, list, terms);
  const isDone = new Set(kept.done);
  const isGood = (row: number) => parted.good.has(row) && isDone.has(list.items[list.placeOf(row)] as I);
  return { ...kept, goodRows: () => orFailed(list.chunksOf({ from: 0, to: list.count, has: isGood })) };
}

const orFailed = <T>(reading: Promise<T>): Promise<T | Failed> =>
  reading.catch((error: unknown) => {
    if (error instanceof SinkError) return retry(error.code, error.detail);
    throw error;
  });

async function keepFindings<I extends Item>(
  { bad, good, stopped }: Parted,
  list: RowList<I>,
  terms: SearchTerms<I>,
): Promise<Pick<Found<I>, 'done' | 'open' | 'tellRejected'>> {
  const { destination, run, badRows, telemetry } = terms;
  const ends = await mapLimited([...list.items.entries()], parallelWrites, async ([place, item]) => {
    const [from, to] = list.rangeOf(place);
    const found = findingsIn(from, to, { bad, good });
    const isKnown = found.bad.size + found.good.size === to - from;
    if (isKnown) return { item, rejected: found.bad.size, ...(await keep(item, found, [from, to], list, terms)) };
    if (found.bad.size + found.good.size > 0) {
      await saveFindings(destination, item.id, found, badRows.objects).catch(() => undefined);
    }
    return { item, rejected: 0, failed: stopped ?? retry('ROWS_REFUSED', 'The search for bad rows goes on.') };
  });
  const firstOpen = ends.findIndex(({ failed }) => failed !== undefined);
  // On a FIFO queue an item is not done when one before it is not.
  const isOpen = (index: number) =>
    ends[index]?.failed !== undefined || (run.isOrdered && firstOpen >= 0 && index > firstOpen);
  const waiting = ends[firstOpen]?.failed;
  return {
    tellRejected(outcomes) {
      const acked = ends.filter(({ item, rejected }) => rejected > 0 && outcomes.get(item)?.verdict === 'ack');
      const rows = acked.reduce((sum, { rejected }) => sum + rejected, 0);
      if (rows === 0) return;
      const table = `${destination.database}.${destination.table}`;
      telemetry.event('warn', 'rows rejected', { table, rows, items: acked.length });
      telemetry.count('RowsRejected', rows);
    },
    done: ends.filter((_, index) => !isOpen(index)).map(({ item }) => item),
    open: new Map(
      ends.flatMap(({ item, failed = waiting }, index) =>
        isOpen(index) && failed !== undefined ? [[item, failed]] : [],
      ),
    ),
  };
}

const findingsIn = (from: number, to: number, { bad, good }: Findings): Findings => ({
  bad: new Map(rowsOf({ from, to, has: (row) => bad.has(row) }).map((row) => [row - from, bad.get(row) ?? ''])),
  good: good.within(from, to),
});

/**
 * Where nothing tells of them, the rows are of the item. What is only not to be read now is waited for: kept under the item's name
 * today, and under their own tomorrow, they would be two rows for who sends them again.
 *
 * @throws Error when S3 does not say
 */
async function originsOf<I extends Item>(
  item: I,
  rows: number,
  { badRows, clock, run }: SearchTerms<I>,
): Promise<RowOrigins> {
  const terms = { clock, deadlineMs: run.deadlineMs, isFinal: (error: unknown) => error instanceof SinkError };
  const told = await retried(fewReads, terms, () => badRows.originsOf(item, badRows.objects));
  const isWhole = told.reduce((sum, run) => sum + run.rows, 0) === rows;
  return isWhole ? told : [{ id: item.id, place: 0, rows }];
}

/** Keeps the bad rows of an item, those of each message by themselves. */
async function keep<I extends Item>(
  item: I,
  found: Findings,
  [from, to]: readonly [from: number, to: number],
  list: RowList<I>,
  terms: SearchTerms<I>,
): Promise<{ readonly failed?: Failed }> {
  const { destination, badRows, untilMs, clock, telemetry } = terms;
  const { bad } = found;
  if (bad.size === 0) return {};
  try {
    const pieces = await Array.fromAsync(list.read({ from, to, has: (row) => bad.has(row - from) }));
    const { csv, textOf } = asSent(destination, badRows.csv);
    const texts = new Map(pieces.flat().map(({ row, text }) => [row - from, textOf(text)]));
    const origins = await originsOf(item, to - from, terms);
    const ofMessages = Map.groupBy(findOrigins(origins, texts.keys()), ({ run }) => run.id);
    // Their number may take several deliveries, which need not search once more.
    if (ofMessages.size > parallelWrites) await saveFindings(destination, item.id, found, badRows.objects);
    await mapLimited([...ofMessages.values()], parallelWrites, async (ofMessage) => {
      const rows = ofMessage.map(({ row, place }) => {
        const reason = bad.get(row) ?? '';
        const column = columnIn(reason);
        return {
          ...{ row: place, code: 'ROWS_REFUSED' as const, reason, ...(column && { column }) },
          ...{ text: texts.get(row) ?? '', csv },
        };
      });
      const { id, messageId, source } = (ofMessage[0] as (typeof ofMessage)[0]).run;
      const chunk = { id, part: 'load' as const, messageId, source, untilMs, claimedAs: item.id };
      await keepRejectedRows(destination, chunk, rows, badRows.objects, clock.now());
    });
    return {};
  } catch (error) {
    telemetry.event('error', 'bad rows not kept', { item: item.id, error: String(error) });
    return { failed: retry('LEDGER_UNAVAILABLE', `The bad rows of ${item.id} could not be kept.`) };
  }
}

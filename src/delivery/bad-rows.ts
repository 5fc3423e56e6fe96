/**
 * What becomes of a batch that StarRocks refuses for its data: its good rows load, its bad rows are kept in S3 with StarRocks'
 * own reason, and only then are their messages acked.
 */

import type { Clock } from '../kit/clock.ts';
import { mapLimited } from '../kit/map-limited.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Destination } from '../ports.ts';
import type { Item } from '../rows/batch.ts';
import type { Telemetry } from '../telemetry.ts';
import { type Failed, retry } from './outcomes.ts';
import type { Findings, Parted } from './part-rows.ts';
import { columnIn, keepRejectedRows } from './rejected.ts';
import type { RowList, RowReader } from './row-list.ts';
import { saveFindings } from './search-progress.ts';

/** Where bad rows go, and how the rows of an item are read. */
export interface BadRowDeps<I extends Item> extends RowReader<I> {
  readonly objects: ObjectStore;
}

/** Rows are searched in memory. */
export const maxSearchedBytes = 64 * 1024 ** 2;

/** Objects written at once. */
const parallelWrites = 16;

export interface KeepDeps {
  readonly objects: ObjectStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly telemetry: Telemetry;
}

/** Items of which every row is known to be good or bad, and why the others are not. */
export interface Kept<I extends Item> {
  readonly done: readonly I[];
  readonly open: ReadonlyMap<I, Failed>;
}

/**
 * Keeps the bad rows of the items of which every row is known, and what is known of the others for the next delivery.
 *
 * @in   isOrdered: an item is not done when one before it is not
 */
export async function keepFindings<I extends Item>(
  { bad, good, stopped }: Parted,
  list: RowList<I>,
  destination: Destination,
  isOrdered: boolean,
  deps: KeepDeps,
): Promise<Kept<I>> {
  const ends = await mapLimited([...list.items.entries()], parallelWrites, async ([place, item]) => {
    const found = findingsOf(place, list, { bad, good });
    const [from, to] = list.rangeOf(place);
    const isKnown = found.bad.size + found.good.size === to - from;
    if (isKnown) return { item, rejected: found.bad.size, ...(await keep(item, found, from, list, destination, deps)) };
    if (found.bad.size + found.good.size > 0) {
      await saveFindings(destination, item.id, found, deps.objects).catch(() => undefined);
    }
    return { item, rejected: 0, failed: stopped ?? retry('ROWS_REFUSED', 'The search for bad rows goes on.') };
  });
  const firstOpen = ends.findIndex(({ failed }) => failed !== undefined);
  const isOpen = (index: number) =>
    ends[index]?.failed !== undefined || (isOrdered && firstOpen >= 0 && index > firstOpen);
  const waiting = ends[firstOpen]?.failed;
  report(ends, destination, deps.telemetry);
  return {
    done: ends.filter((_, index) => !isOpen(index)).map(({ item }) => item),
    open: new Map(
      ends.flatMap(({ item, failed = waiting }, index) =>
        isOpen(index) && failed !== undefined ? [[item, failed]] : [],
      ),
    ),
  };
}

function findingsOf<I extends Item>(place: number, list: RowList<I>, { bad, good }: Findings): Findings {
  const [from, to] = list.rangeOf(place);
  const [itsBad, itsGood] = [new Map<number, string>(), new Set<number>()];
  for (let row = from; row < to; row++) {
    const reason = bad.get(row);
    if (reason !== undefined) itsBad.set(row - from, reason);
    else if (good.has(row)) itsGood.add(row - from);
  }
  return { bad: itsBad, good: itsGood };
}

async function keep<I extends Item>(
  item: I,
  { bad }: Findings,
  from: number,
  list: RowList<I>,
  destination: Destination,
  { objects, clock, telemetry }: KeepDeps,
): Promise<{ readonly failed?: Failed }> {
  if (bad.size === 0) return {};
  const rows = [...bad].map(([row, reason]) => {
    const column = columnIn(reason);
    const named = column === undefined ? {} : { column };
    return { row, code: 'ROWS_REFUSED' as const, reason, ...named, text: list.textOf(from + row) };
  });
  try {
    await keepRejectedRows(destination, { id: item.id, part: 'load' }, rows, objects, clock.now());
    return {};
  } catch (error) {
    telemetry.event('error', 'bad rows not kept', { item: item.id, error: String(error) });
    return { failed: retry('LEDGER_UNAVAILABLE', `The bad rows of ${item.id} could not be kept.`) };
  }
}

function report(
  ends: readonly { readonly rejected: number; readonly failed?: Failed }[],
  { database, table }: Destination,
  telemetry: Telemetry,
): void {
  const kept = ends.filter(({ rejected, failed }) => rejected > 0 && failed === undefined);
  const rows = kept.reduce((sum, { rejected }) => sum + rejected, 0);
  if (rows === 0) return;
  telemetry.event('warn', 'rows rejected', { table: `${database}.${table}`, rows, items: kept.length });
  telemetry.count('RowsRejected', rows);
}

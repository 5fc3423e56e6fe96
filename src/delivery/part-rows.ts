/**
 * Parts the rows that StarRocks takes from those that it does not.
 *
 * Some rows were refused together. Those that the error log speaks of are bad; the others are tried again. When it speaks of
 * none, halves are tried, between items first, until a bad row is alone. For k bad among n rows that takes at most
 * 2·k·log2(n) tries, and about k/50 where StarRocks tells.
 */
import { SinkError } from '../kit/errors.ts';
import { mapLimited } from '../kit/map-limited.ts';
import { RunSet } from '../kit/run-set.ts';
import { runsOf } from '../kit/runs.ts';
import type { Item } from '../rows/batch.ts';
import type { Chunk } from '../rows/chunk.ts';
import { findRefusedRows, type Refusal, reasonOf } from './error-log.ts';
import { type Failed, retry } from './outcomes.ts';
import { type RowList, type Rows, rowsOf } from './row-list.ts';

/** Objects read at once. */
const parallelReads = 16;

/** What StarRocks thinks of some rows. */
export type Trial =
  | { readonly state: 'good' }
  | { readonly state: 'bad'; readonly refusal: Refusal }
  | { readonly state: 'stopped'; readonly outcome: Failed };

/** What is known of the rows of one item from an earlier delivery; rows count from 0 within the item. */
export interface Findings {
  readonly bad: ReadonlyMap<number, string>;
  readonly good: RunSet;
}

export interface Search<I extends Item> {
  readonly list: RowList<I>;
  /** Loads some rows, or only tries to. @in isRest: nothing else is left to try, and nothing was good before */
  readonly tryRows: (rows: readonly Chunk[], isRest: boolean) => Promise<Trial>;
  /** False when the budget of this delivery is spent; what is not known then comes again. */
  readonly mayTry: () => boolean;
  readonly findingsOf: (item: I) => Promise<Findings | undefined>;
  /** An earlier delivery may have looked already. */
  readonly isAgain: boolean;
}

export interface Parted extends Findings {
  /** Why some rows are in neither. */
  readonly stopped?: Failed;
}

/** Rows that go together, but for those that are known: not tried yet, or refused. */
interface Range {
  readonly from: number;
  readonly to: number;
  readonly refusal?: Refusal;
}

/** What is found out as the search goes on. */
class Known {
  readonly bad = new Map<number, string>();
  readonly good = new RunSet();

  /** Those of the range that nothing is known of. */
  unknownIn({ from, to }: Range): Rows {
    return { from, to, has: (row) => !this.bad.has(row) && !this.good.has(row) };
  }
}

export async function partRows<I extends Item>(refusal: Refusal, search: Search<I>): Promise<Parted> {
  const known = new Known();
  try {
    const stopped = await part(refusal, search, known);
    return stopped ? { ...known, stopped } : known;
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    return { ...known, stopped: retry(error.code, error.detail) };
  }
}

async function part<I extends Item>(refusal: Refusal, search: Search<I>, known: Known): Promise<Failed | undefined> {
  const { list, mayTry, tryRows } = search;
  const open: Range[] = [await begin(refusal, search, known)];
  for (let range = open.pop(); range !== undefined; range = open.pop()) {
    if (range.refusal !== undefined) {
      open.push(...(await lookInto(range, range.refusal, search, known)).toReversed());
      continue;
    }
    const rows = known.unknownIn(range);
    if (rowsOf(rows).next().done) continue;
    if (!mayTry()) return retry('ROWS_REFUSED', refusal.message);
    const isRest = open.length === 0 && known.good.size === 0;
    const trial = await tryRows(await list.chunksOf(rows), isRest);
    if (trial.state === 'stopped') return trial.outcome;
    if (trial.state === 'bad') open.push({ ...range, refusal: trial.refusal });
    else known.good.add(runsOf(rowsOf(rows)));
  }
  return undefined;
}

/**
 * Where an earlier delivery found something, what it left open is tried next. It is not looked for anew: whoever has time for few
 * loads only would find the same again and again.
 */
async function begin<I extends Item>(refusal: Refusal, search: Search<I>, known: Known): Promise<Range> {
  const { list, findingsOf, isAgain } = search;
  const whole = { from: 0, to: list.count };
  if (!isAgain) return { ...whole, refusal };
  await mapLimited([...list.items.entries()], parallelReads, async ([place, item]) => {
    const [from, to] = list.rangeOf(place);
    recall(await findingsOf(item), from, { from, to }, known);
  });
  if (known.bad.size + known.good.size === 0) return { ...whole, refusal };
  const named = await findRefusedRows(refusal, known.unknownIn(whole), list);
  for (const [row, reason] of named) known.bad.set(row, reason);
  return whole;
}

/** Adds what was found of an item that begins at `start`, as far as it is in the range. */
function recall(findings: Findings | undefined, start: number, range: Range, known: Known): void {
  if (findings === undefined) return;
  const { from, to } = range;
  const rows = known.unknownIn(range);
  for (const [row, reason] of findings.bad) {
    if (row + start >= from && row + start < to && rows.has(row + start)) known.bad.set(row + start, reason);
  }
  known.good.add(
    findings.good.within(from - start, to - start).runs.map(([first, last]) => [first + from, last + from]),
  );
}

/** @out  what is to be tried next of rows that were refused together, in their order */
async function lookInto<I extends Item>(
  range: Range,
  refusal: Refusal,
  search: Search<I>,
  known: Known,
): Promise<readonly Range[]> {
  const { from, to } = range;
  const rows = known.unknownIn(range);
  const found = await findRefusedRows(refusal, rows, search.list);
  for (const [row, reason] of found) known.bad.set(row, reason);
  if (found.size > 0) return [{ from, to }];
  const count = countOf(rows);
  if (count > 1) return halves(range, count, search, known);
  for (const row of rowsOf(rows)) known.bad.set(row, reasonOf(refusal));
  return [];
}

const countOf = (rows: Rows): number => rowsOf(rows).reduce((sum) => sum + 1, 0);

/** Between items while there are several; within one, what is known of it already is not tried again. */
async function halves<I extends Item>(
  range: Range,
  count: number,
  { list, findingsOf }: Search<I>,
  known: Known,
): Promise<readonly Range[]> {
  const { from, to } = range;
  const rows = known.unknownIn(range);
  const [before, middle, last] = aroundMiddle(rows, count);
  const cutAt = (at: number) => [
    { from, to: at },
    { from: at, to },
  ];
  const [first = from] = rowsOf(rows);
  const place = list.placeOf(first);
  if (place !== list.placeOf(last)) return cutAt(boundaryNear(before, middle, last, list));
  const item = list.items[place];
  const findings = item && (await findingsOf(item));
  if (findings === undefined) return cutAt(middle);
  const [start] = list.rangeOf(place);
  recall(findings, start, range, known);
  return countOf(rows) < count ? [{ from, to }] : cutAt(middle);
}

/** The rows before and behind the middle of so many, and the last of them. */
function aroundMiddle(rows: Rows, count: number): readonly [before: number, middle: number, last: number] {
  let [before, middle, last, seen] = [rows.from, rows.from, rows.from, 0];
  for (const row of rowsOf(rows)) {
    if (seen === Math.ceil(count / 2) - 1) before = row;
    if (seen === Math.ceil(count / 2)) middle = row;
    last = row;
    seen++;
  }
  return [before, middle, last];
}

/** Where an item begins: at the middle or behind it, or else before it. */
function boundaryNear<I extends Item>(before: number, middle: number, last: number, list: RowList<I>): number {
  const [start, end] = list.rangeOf(list.placeOf(middle));
  return before < start || last < end ? start : end;
}

/**
 * Parts the rows that StarRocks takes from those that it does not.
 *
 * Some rows were refused together. Those that the error log speaks of are bad; the others are tried again. When it speaks of
 * none, halves are tried, between items first, until a bad row is alone. For k bad among n rows that takes at most
 * 2·k·log2(n) tries, and about k/50 where StarRocks tells.
 */
import type { Item } from '../rows/batch.ts';
import { findRefusedRows, type Refusal, reasonOf } from './error-log.ts';
import { type Failed, retry } from './outcomes.ts';
import type { RowList } from './row-list.ts';

/** What StarRocks thinks of some rows. */
export type Trial =
  | { readonly state: 'good' }
  | { readonly state: 'bad'; readonly refusal: Refusal }
  | { readonly state: 'stopped'; readonly outcome: Failed };

/** What is known of the rows of one item from an earlier delivery; rows count from 0 within the item. */
export interface Findings {
  readonly bad: ReadonlyMap<number, string>;
  readonly good: ReadonlySet<number>;
}

export interface Search<I extends Item> {
  readonly list: RowList<I>;
  /** Loads some rows, or only tries to. @in isRest: nothing else is left to try, and nothing was good before */
  readonly tryRows: (rows: readonly number[], isRest: boolean) => Promise<Trial>;
  /** False when the budget of this delivery is spent; what is not known then comes again. */
  readonly mayTry: () => boolean;
  readonly findingsOf: (item: I) => Promise<Findings | undefined>;
}

export interface Parted {
  readonly bad: ReadonlyMap<number, string>;
  readonly good: ReadonlySet<number>;
  /** Why some rows are in neither. */
  readonly stopped?: Failed;
}

/** Rows that go together: not tried yet, or refused. */
interface Range {
  readonly rows: readonly number[];
  readonly refusal?: Refusal;
}

interface Known {
  readonly bad: Map<number, string>;
  readonly good: Set<number>;
}

export async function partRows<I extends Item>(refusal: Refusal, search: Search<I>): Promise<Parted> {
  const known: Known = { bad: new Map(), good: new Set() };
  const all = Array.from({ length: search.list.count }, (_, row) => row);
  const open: Range[] = [{ rows: all, refusal }];
  for (let range = open.pop(); range !== undefined; range = open.pop()) {
    if (range.refusal !== undefined) {
      open.push(...(await lookInto(range.rows, range.refusal, search, known)).toReversed());
      continue;
    }
    if (!search.mayTry()) return { ...known, stopped: retry('ROWS_REFUSED', refusal.message) };
    const isRest = open.length === 0 && known.good.size === 0;
    const trial = await search.tryRows(range.rows, isRest);
    if (trial.state === 'stopped') return { ...known, stopped: trial.outcome };
    if (trial.state === 'bad') open.push({ rows: range.rows, refusal: trial.refusal });
    else for (const row of range.rows) known.good.add(row);
  }
  return known;
}

/** @out  what is to be tried next of rows that were refused together, in their order */
async function lookInto<I extends Item>(
  rows: readonly number[],
  refusal: Refusal,
  search: Search<I>,
  known: Known,
): Promise<readonly Range[]> {
  const found = findRefusedRows(refusal, rows, search.list);
  for (const [row, reason] of found) known.bad.set(row, reason);
  if (found.size > 0) {
    const rest = rows.filter((row) => !found.has(row));
    return cut(rest, rest.length);
  }
  if (rows.length > 1) return halves(rows, search, known);
  for (const row of rows) known.bad.set(row, reasonOf(refusal));
  return [];
}

/** Between items while there are several; within one, what is known of it already is not tried again. */
async function halves<I extends Item>(
  rows: readonly number[],
  { list, findingsOf }: Search<I>,
  known: Known,
): Promise<readonly Range[]> {
  const middle = Math.ceil(rows.length / 2);
  const [first = 0, last = 0] = [rows[0], rows.at(-1)];
  const place = list.placeOf(first);
  if (place !== list.placeOf(last)) return cut(rows, boundaryNear(middle, rows, list));
  const item = list.items[place];
  const findings = item && (await findingsOf(item));
  if (findings === undefined) return cut(rows, middle);
  const [start] = list.rangeOf(place);
  const unknown = rows.filter(
    (row) => !take(row, findings.bad.get(row - start), findings.good.has(row - start), known),
  );
  return cut(unknown, unknown.length < rows.length ? unknown.length : middle);
}

function take(row: number, reason: string | undefined, isGood: boolean, known: Known): boolean {
  if (reason !== undefined) known.bad.set(row, reason);
  else if (isGood) known.good.add(row);
  return reason !== undefined || isGood;
}

/** Where an item begins: at the middle or behind it, or else before it. */
function boundaryNear<I extends Item>(middle: number, rows: readonly number[], list: RowList<I>): number {
  const begins = (at: number) => at > 0 && list.placeOf(rows[at] ?? 0) !== list.placeOf(rows[at - 1] ?? 0);
  for (let at = middle; at < rows.length; at++) if (begins(at)) return at;
  for (let at = middle - 1; at > 0; at--) if (begins(at)) return at;
  return middle;
}

const cut = (rows: readonly number[], at: number): readonly Range[] =>
  [rows.slice(0, at), rows.slice(at)].filter(({ length }) => length > 0).map((part) => ({ rows: part }));

import type { Rejection, UnreadableRow } from './chunk.ts';
import { ArrayCutter } from './cut-arrays.ts';
import { LineCutter } from './cut-json.ts';
import { type Cut, type Cutter, newlinesIn } from './cutter.ts';
import type { FindRows } from './json-root.ts';
import { notJson } from './json-row.ts';
import { jsonShapeOf, newJsonCutter } from './json-shape.ts';
import { RowScan } from './row-scan.ts';
import { RowSieve } from './row-sieve.ts';
import type { RowWatch } from './row-watch.ts';

export type JsonRows =
  | {
      readonly ok: true;
      readonly layout: 'lines' | 'items';
      readonly text: string;
      readonly rows: number;
      readonly badRows: readonly UnreadableRow[];
      /** Of the text in UTF-8, where they are known. */
      readonly bytes?: number;
    }
  | { readonly ok: false; readonly rejection: Rejection };

/**
 * Parts JSON rows from what is none, and counts both. Every row is told by a pattern, or parsed once and the result is thrown
 * away: the text itself travels on, so that numbers keep every digit.
 *
 * @in      watch: looks at the good rows; find: takes the rows out of what stands there, when that is not the rows themselves;
 *          one object, an array of objects, or objects behind each other, mostly one per line, and arrays among them; JSON white
 *          space around them
 * @out     the good rows in a layout that joins without parsing, and the bad ones; or why they cannot be told apart
 * @throws  SinkError ROW_NOT_JSON: more bad rows than are kept
 */
export function readJsonRows(body: string, find?: FindRows, watch?: RowWatch): JsonRows {
  const text = body.trim();
  const sieve = new RowSieve(1 + leadingLines(body), watch);
  const shape = jsonShapeOf(text, true) ?? 'lines';
  if (find) return readDocuments(text, newJsonCutter[shape](), sieve, find);
  return shape === 'array' ? readArray(text, sieve) : readObjects(text, shape, sieve);
}

/**
 * Rows that are JSON objects for sure, each written on one line: only what StarRocks does not take of them is parted.
 *
 * @throws  SinkError ROW_NOT_JSON: more bad rows than are kept
 */
export function rowsOfObjects(rows: readonly string[]): Omit<Extract<JsonRows, { ok: true }>, 'ok'> {
  const sieve = new RowSieve();
  const good = rows.filter((text, at) => sieve.passesObject({ text, line: at + 1 }));
  return { layout: 'lines', text: good.join('\n'), rows: good.length, badRows: sieve.badRows };
}

/** What was found stands elsewhere than it did, so all of it is joined anew. */
function readDocuments(text: string, cutter: Cutter, sieve: RowSieve, find: FindRows): JsonRows {
  const good = [...cutsOf(cutter, text)].flatMap(find).filter((cut) => sieve.passes(cut));
  if (cutter.isStuck !== undefined) return notAnArray(cutter.isStuck);
  const items = good.map((cut) => cut.text).join(',');
  return { ok: true, layout: 'items', text: items, rows: good.length, badRows: sieve.badRows };
}

function notAnArray(found: string): JsonRows {
  const detail = `The body begins with [ and is not a JSON array: ${found}.`;
  return { ok: false, rejection: { code: 'ROW_NOT_JSON', detail } };
}

function readArray(text: string, sieve: RowSieve): JsonRows {
  const scan = new RowScan(text, 'array');
  const usual = sieve.takeMany(scan, 1, { until: text.length - 1 });
  if (usual.isOver) {
    const items = text.slice(1, -1).trim();
    return { ok: true, layout: 'items', text: items, rows: usual.rows, badRows: [], ...bytesOf(items, scan) };
  }
  const cutter = new ArrayCutter();
  const rows = countGood(cutsOf(cutter, text), sieve);
  if (cutter.isStuck !== undefined) return notAnArray(cutter.isStuck);
  const { badRows } = sieve;
  const isAsItCame = badRows.length === 0 && !cutter.hasSeveral;
  const kept = isAsItCame ? text.slice(1, -1).trim() : without(badRows, cutsOf(new ArrayCutter(), text), ',');
  return { ok: true, layout: 'items', text: kept, rows, badRows };
}

function readObjects(text: string, shape: 'lines' | 'objects', sieve: RowSieve): JsonRows {
  const { badRows } = sieve;
  const { rows, isAsItCame, ...known } =
    shape === 'lines' ? countInLines(text, sieve) : countAlone(cutsOf(newJsonCutter.objects(), text), text, sieve);
  const layout = shape === 'lines' ? 'lines' : 'items';
  if (isAsItCame) return { ok: true, layout, text, rows, badRows, ...known };
  const separator = layout === 'lines' ? '\n' : ',';
  const kept = without(badRows, cutsOf(newJsonCutter[shape](), text), separator);
  return { ok: true, layout, text: kept, rows, badRows };
}

interface Counted {
  readonly rows: number;
  readonly isAsItCame: boolean;
  /** Of the text in UTF-8, where they are known. */
  readonly bytes?: number;
}

/** Counts good rows; a line that is none by itself may hold several, or none. */
function countInLines(text: string, sieve: RowSieve): Counted {
  // One row alone is no more than its pattern looks at.
  const scan = text.includes('\n') ? new RowScan(text, 'lines') : undefined;
  let [rows, isAsItCame, line, start] = [0, true, 1, 0];
  while (start <= text.length) {
    if (scan) {
      const usual = sieve.takeMany(scan, start);
      rows += usual.rows;
      line += usual.rows;
      start = usual.until;
      if (usual.isOver) break;
    }
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    const one = text.slice(start, end);
    // Blank lines may be many, and to parse one is slow.
    const problem = one === '' || one === '\r' ? notJson : sieve.take(one);
    rows += problem === undefined ? 1 : countGood(cutsOfLine(one, line, problem), sieve);
    isAsItCame &&= problem === undefined;
    start = end + 1;
    line++;
  }
  return { rows, isAsItCame, ...(scan ? bytesOf(text, scan) : {}) };
}

/** Of ASCII they need not be counted. */
const bytesOf = (text: string, { isAscii }: RowScan) => (isAscii ? { bytes: text.length } : {});

/** What stands in a line that is no good row: several, or the one that is bad; of a blank line, nothing. */
function cutsOfLine(text: string, line: number, problem: string): readonly Cut[] {
  if (text.trim() === '') return [];
  const cutter = new LineCutter();
  const cuts = [...cutter.push(text), ...cutter.end()];
  return cuts.map((cut) => (cutter.hasJoined ? { ...cut, line } : { ...cut, line, problem }));
}

/** One row that is all of the text stays as it came; an array without rows may stand beside it. */
function countAlone(cuts: Iterable<Cut>, text: string, sieve: RowSieve): Counted {
  let [rows, isWhole] = [0, false];
  for (const cut of cuts) {
    isWhole = cut.text.length === text.length;
    if (sieve.passes(cut)) rows++;
  }
  return { rows, isAsItCame: rows === 1 && isWhole };
}

/** Rows of so much text are in memory at a time, besides the text. */
const pieceCharacters = 256 * 1024;

function* cutsOf(cutter: Cutter, text: string): Generator<Cut> {
  for (let at = 0; at < text.length; at += pieceCharacters) yield* cutter.push(text.slice(at, at + pieceCharacters));
  yield* cutter.end();
}

function countGood(cuts: Iterable<Cut>, sieve: RowSieve): number {
  let rows = 0;
  for (const cut of cuts) if (sieve.passes(cut)) rows++;
  return rows;
}

function without(badRows: readonly UnreadableRow[], cuts: Iterable<Cut>, separator: string): string {
  const bad = new Set(badRows.map(({ row }) => row));
  const good: string[] = [];
  let row = 0;
  for (const cut of cuts) if (!bad.has(row++)) good.push(cut.text);
  return good.join(separator);
}

const leadingLines = (body: string) => newlinesIn(body.slice(0, body.length - body.trimStart().length));

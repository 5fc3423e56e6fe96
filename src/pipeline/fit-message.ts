/**
 * Brings the rows of one message into the form that their load has: fitted to their table, when it is known, and converted, when
 * the load asks for another format, or for CSV in another notation than the message's own.
 */
import { streamOrAborted } from '../messages/reading.ts';
import { withOperations } from '../messages/route.ts';
import { type Chunk, type CsvNotation, formatOf, type Rejection, type RowFormat } from '../rows/chunk.ts';
import { convertChunk, csvRowOf } from '../rows/convert.ts';
import type { CsvLayout } from '../rows/csv-rows.ts';
import { formedSource, type KeyFindings, withBadRows } from '../rows/fit-chunk.ts';
import { csvForm, emptyAsNull, jsonForm, type PlainRow } from '../rows/fit-csv.ts';
import type { FittedPart } from '../rows/fit-json.ts';
import { endingOf, type Form, formRows, measureRows } from '../rows/form-rows.ts';
import { chunkOfRows } from '../rows/row-parts.ts';
import { mayHoldNames, namedRows } from './named-rows.ts';
import { headedWay, mapped, narrowed, type Ready, type Way, withKeys } from './way.ts';

/** True: its rows are loaded as they stand, since nobody knows more of them; what `fitMessage` finds, too. */
export const isLoadedAsItCame = (chunk: Chunk, way: Way): boolean =>
  way.fitter === undefined &&
  way.destination.primaryKey === undefined &&
  formatOfLoad(way) === 'json' &&
  formatOf(chunk) === 'json' &&
  (chunk.csv ?? chunk.header ?? chunk.source ?? chunk.badRows) === undefined;

/**
 * @in      csv: the notation of loads; until: bounds the reading of rows that are not in memory
 * @out     at least one portion, in the order in which they are to be loaded; or why none can be
 * @throws  SinkError: rows that are not in memory cannot be read, or need loads of their own
 */
export function fitMessage(chunk: Chunk, way: Way, csv: CsvLayout, until?: AbortSignal): Ready | Promise<Ready> {
  if (mayHoldNames(chunk)) return fitNamed(chunk, way, csv, until).then(asLoadsHaveIt);
  if (chunk.source === undefined) return asLoadsHaveIt(fitHeld(chunk, way, csv));
  return fitStreamed(chunk, chunk.source, way, csv, until).then(asLoadsHaveIt);
}

/** Rows of other columns are another load. */
async function fitNamed(came: Chunk, way: Way, csv: CsvLayout, until: AbortSignal | undefined): Promise<Ready> {
  const all: Ready[] = [];
  for (const chunk of await namedRows(came, way, csv, until)) {
    const own = chunk.columns && came.columns === undefined ? headedWay(way, chunk.columns) : way;
    all.push(chunk.source ? await fitStreamed(chunk, chunk.source, own, csv, until) : fitHeld(chunk, own, csv));
  }
  return allOf(all, keysOf(all));
}

/** What a chunk says of a notation of its own is over. */
function asLoadsHaveIt(ready: Ready): Ready {
  if (!ready.ok || ready.portions.every(({ chunk }) => chunk.csv === undefined && chunk.header === undefined))
    return ready;
  const portions = ready.portions.map(({ chunk: { csv: _, header: __, ...chunk }, destination }) => ({
    chunk,
    destination,
  }));
  return { ...ready, portions };
}

const formatOfLoad = ({ destination }: Way) => destination.headers['format'] as RowFormat;

function fitHeld(chunk: Chunk, way: Way, csv: CsvLayout): Ready {
  if (chunk.rows === 0) return convertOnly(chunk, way, csv);
  if (formatOf(chunk) === 'json') return fitHeldJson(withNulls(chunk, way, csv), way, csv);
  const { layout, form, rejection } = formOfCsv(chunk, way, csv);
  if (rejection) return { ok: false, rejection };
  if (form === undefined) return convertOnly(chunk, way, csv);
  const { good, bad: cut, isAsItCame } = formRows(chunk, form, layout);
  const bad = cut.map((row) => ({ ...row, csv: { layout, columns: way.columns } }));
  const { csv: _, ...own } = chunk;
  const isJson = formatOfLoad(way) === 'json';
  const formed: Chunk = isJson ? { ...own, layout: 'lines', columns: undefined } : own;
  const texts = good.map(({ text }) => text);
  const isSame = isAsItCame && !isJson && layout.rowDelimiter === csv.rowDelimiter;
  const fitted = withBadRows(isSame ? formed : chunkOfRows(formed, chunk.id, texts, csv), bad);
  return isJson ? fitHeldJson(fitted, way, csv) : withKeys(convertOnly(fitted, mapped(way), csv), way, fitted);
}

/** Of rows that are JSON and were CSV. */
function withNulls(chunk: Chunk, { fitter }: Way, csv: CsvLayout): Chunk {
  if (chunk.csv === undefined || fitter === undefined) return chunk;
  const { good } = formRows(chunk, emptyAsNull(fitter.table), csv);
  return chunkOfRows(
    chunk,
    chunk.id,
    good.map(({ text }) => text),
    csv,
  );
}

function fitHeldJson(chunk: Chunk, way: Way, csv: CsvLayout): Ready {
  if (way.fitter === undefined || chunk.rows === 0) return convertOnly(chunk, way, csv);
  const { parts, ...keys } = way.fitter.fitJson(chunk);
  return allOf(
    parts.map((part) => portionOf(part, way, csv)),
    keys,
  );
}

/** What becomes of rows of CSV: rows of the load's CSV, or JSON. @out  no form: they stay what they are */
function formOfCsv(
  chunk: Chunk,
  { fitter, columns: names, ...way }: Way,
  csv: CsvLayout,
): { readonly layout: CsvLayout; readonly form?: Form<PlainRow> | undefined; readonly rejection?: Rejection } {
  const layout = chunk.csv ?? csv;
  const reading = { layout, names, table: fitter?.table };
  if (way.destination.headers['format'] === 'csv') return { layout, form: csvForm(reading, csv) };
  if (names !== undefined) return { layout, form: jsonForm({ ...reading, names }) };
  return { layout, rejection: { code: 'COLUMNS_UNKNOWN', detail: 'Rows are csv, sink.properties.format is json.' } };
}

function convertOnly(chunk: Chunk, { destination, columns }: Way, csv: CsvLayout): Ready {
  const format = destination.headers['format'] as RowFormat;
  const converted = convertChunk(withOperations(chunk, destination), format, columns, csv);
  return converted.ok ? { ok: true, portions: [{ chunk: converted.chunk, destination }] } : converted;
}

async function fitStreamed(
  chunk: Chunk,
  source: () => AsyncIterable<Uint8Array>,
  way: Way,
  csv: CsvLayout,
  until: AbortSignal | undefined,
): Promise<Ready> {
  const open = () => streamOrAborted(source(), until);
  if (formatOf(chunk) === 'json') return fitStreamedJson(chunk, open, way, csv);
  const isJson = formatOfLoad(way) === 'json';
  const fitted = await (isJson ? fitStreamedJson(chunk, open, way, csv) : fitStreamedCsv(chunk, open, way, csv));
  return badRowsAs({ layout: chunk.csv ?? csv, columns: way.columns }, fitted);
}

/** Says of bad rows how they are written. */
function badRowsAs(csv: CsvNotation, ready: Ready): Ready {
  if (!ready.ok) return ready;
  const portions = ready.portions.map(({ chunk, destination }) => {
    const badRows = chunk.badRows?.map((row) => ({ ...row, csv }));
    return { chunk: badRows ? { ...chunk, badRows } : chunk, destination };
  });
  return { ...ready, portions };
}

async function fitStreamedCsv(
  chunk: Chunk,
  open: () => AsyncIterable<Uint8Array>,
  way: Way,
  csv: CsvLayout,
): Promise<Ready> {
  const { layout, form } = formOfCsv(chunk, way, csv);
  if (form === undefined) return convertOnly(chunk, way, csv);
  const notations = { from: layout, to: endingOf('csv', csv) };
  const measured = await measureRows(chunk, open(), form, notations, () => undefined);
  const formed = { ...chunk, ...formedSource(chunk, measured, form, notations) };
  return withKeys(convertOnly(withBadRows(formed, measured.bad), mapped(way), csv), way, formed);
}

/** Rows that are JSON in the end, or on their way to CSV. */
async function fitStreamedJson(
  chunk: Chunk,
  open: () => AsyncIterable<Uint8Array>,
  way: Way,
  csv: CsvLayout,
): Promise<Ready> {
  const wasCsv = chunk.csv !== undefined && way.fitter !== undefined;
  const { layout, form, rejection } =
    formatOf(chunk) === 'csv'
      ? formOfCsv(chunk, way, csv)
      : { layout: csv, form: wasCsv ? emptyAsNull(way.fitter.table) : undefined };
  if (rejection) return { ok: false, rejection };
  const notations = { from: layout, to: endingOf('json', csv) };
  if (way.fitter) {
    const { parts, ...keys } = await way.fitter.fitStream(chunk, open, notations, form);
    const all = await Promise.all(parts.map((part) => streamedPortion(part, way, csv)));
    return allOf(all, keys);
  }
  if (form === undefined) return streamedPortion({ chunk, columns: chunk.columns, mappings: [] }, way, csv);
  const measured = await measureRows(chunk, open(), form, notations, () => undefined);
  const formed = { ...chunk, layout: 'items' as const, ...formedSource(chunk, measured, form, notations) };
  const ready = withBadRows(formed, measured.bad);
  return streamedPortion({ chunk: ready, columns: undefined, mappings: [] }, way, csv);
}

/** JSON rows that are not held in memory, as their load has them. */
async function streamedPortion(part: FittedPart, way: Way, csv: CsvLayout): Promise<Ready> {
  const { chunk, columns, mappings, saysOperations = true } = part;
  const marked = saysOperations ? withOperations(chunk, way.destination) : chunk;
  if (formatOfLoad(way) === 'json') {
    if (columns === undefined && way.fitter === undefined) return convertOnly(chunk, way, csv);
    return {
      ok: true,
      portions: [{ chunk: marked, destination: narrowed(way, columns?.filter(isNoOperation), mappings) }],
    };
  }
  const names = namesOfCsv(marked, columns, way);
  const form = names && csvRowOf(names, csv);
  if (form === undefined || marked.source === undefined) return convertOnly(marked, { ...way, columns: names }, csv);
  const notations = { from: csv, to: endingOf('csv', csv) };
  const measured = await measureRows(marked, marked.source(), form, notations, () => undefined);
  const { columns: _, ...rows } = marked;
  const formed = {
    ...rows,
    columns: names,
    layout: 'csv' as const,
    ...formedSource(marked, measured, form, notations),
  };
  const ready = withBadRows(formed, measured.bad);
  return { ok: true, portions: [{ chunk: ready, destination: narrowed(way, names, mappings) }] };
}

const isNoOperation = (name: string) => name !== '__op';

const namesOfCsv = ({ hasDeletes }: Chunk, columns: readonly string[] | undefined, way: Way) =>
  hasDeletes && columns ? [...columns.filter(isNoOperation), '__op'] : (columns ?? way.columns);

function portionOf({ chunk, columns, mappings }: FittedPart, way: Way, csv: CsvLayout): Ready {
  const marked = withOperations(chunk, way.destination);
  if (formatOfLoad(way) === 'json')
    return { ok: true, portions: [{ chunk: marked, destination: narrowed(way, columns, mappings) }] };
  const names = namesOfCsv(marked, columns, way);
  const converted = convertChunk(marked, 'csv', names, csv);
  return converted.ok
    ? { ok: true, portions: [{ chunk: converted.chunk, destination: narrowed(way, names, mappings) }] }
    : converted;
}

/** What the keys of several chunks of one table say. @out  undefined: nothing is known of any */
function keysOf(all: readonly Ready[]): KeyFindings | undefined {
  const found = all.flatMap((ready) => (ready.ok && ready.keys ? [ready.keys] : []));
  if (found.length === 0) return undefined;
  return {
    unknown: new Set(found.flatMap(({ unknown }) => [...unknown])),
    rowsWithUnknown: found.reduce((rows, keys) => rows + keys.rowsWithUnknown, 0),
    misspelt: new Set(found.flatMap(({ misspelt }) => [...misspelt])),
  };
}

function allOf(all: readonly Ready[], keys?: KeyFindings): Ready {
  const failed = all.find((ready) => !ready.ok);
  if (failed) return failed;
  const portions = all.flatMap((ready) => (ready.ok ? ready.portions : []));
  return { ok: true, portions, ...(keys ? { keys } : {}) };
}

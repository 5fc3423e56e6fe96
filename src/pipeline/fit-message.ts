/**
 * Brings the rows of one message into the form that their load has: fitted to their table, when it is known, and converted, when
 * the load asks for another format, or for CSV in another notation than the message's own.
 */
import { streamOrAborted } from '../messages/reading.ts';
import { withOperations } from '../messages/route.ts';
import type { Destination } from '../ports.ts';
import { type Chunk, formatOf, type Rejection, type RowFormat } from '../rows/chunk.ts';
import { convertChunk, csvRowOf } from '../rows/convert.ts';
import { takeHeader, takeStreamedHeader } from '../rows/csv-header.ts';
import type { CsvHeader, CsvLayout, HeaderRule } from '../rows/csv-rows.ts';
import { type ChunkFitter, formedSource, type KeyFindings, withBadRows } from '../rows/fit-chunk.ts';
import { csvForm, emptyAsNull, jsonForm, type PlainRow } from '../rows/fit-csv.ts';
import type { FittedPart } from '../rows/fit-json.ts';
import { sourcesOf } from '../rows/fit-table.ts';
import { endingOf, type Form, formRows, measureRows } from '../rows/form-rows.ts';
import { nameProblem } from '../rows/names.ts';
import { chunkOfRows } from '../rows/row-parts.ts';

/** Where chunks of one kind go. */
export interface Way {
  readonly destination: Destination;
  /** Columns by which rows are read, or written, when the load asks for another format. */
  readonly columns: readonly string[] | undefined;
  /** Undefined: rows travel as they came. */
  readonly fitter: ChunkFitter | undefined;
  /** The destinations of rows that hold only some columns, by these: one object each. */
  readonly narrower: Map<string, Destination>;
  readonly csvHeader: CsvHeader;
  /** Columns of the table, if they are known. */
  readonly known: readonly string[] | undefined;
}

/** Rows that go one way. A message has several when its rows cannot share a load. */
export interface Portion {
  readonly chunk: Chunk;
  readonly destination: Destination;
}

export type Ready =
  | { readonly ok: true; readonly portions: readonly Portion[]; readonly keys?: KeyFindings }
  | { readonly ok: false; readonly rejection: Rejection };

/**
 * @in      csv: the notation of loads; until: bounds the reading of rows that are not in memory
 * @out     at least one portion, in the order in which they are to be loaded; or why none can be
 * @throws  SinkError: rows that are not in memory cannot be read, or need loads of their own
 */
export function fitMessage(chunk: Chunk, way: Way, csv: CsvLayout, until?: AbortSignal): Ready | Promise<Ready> {
  if (chunk.source === undefined) return asLoadsHaveIt(fitWhole(chunk, way, csv));
  return fitStreamed(chunk, chunk.source, way, csv, until).then(asLoadsHaveIt);
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

function fitWhole(chunk: Chunk, way: Way, csv: CsvLayout): Ready {
  const headed =
    chunk.columns === undefined ? takeHeader(chunk, headerOf(chunk, way), way.known, chunk.csv ?? csv) : undefined;
  if (headed === undefined) return fitHeld(chunk, way, csv);
  const { chunk: rows, names } = headed;
  return headerProblem(names) ?? fitHeld({ ...rows, columns: names }, headedWay(way, names), csv);
}

const headerOf = ({ header }: Chunk, { csvHeader }: Way): HeaderRule => ({
  mode: header?.mode ?? csvHeader,
  firstLine: header?.firstLine,
});

function headerProblem(names: readonly string[]): Ready | undefined {
  const wrong = names.find(nameProblem);
  if (wrong === undefined) return undefined;
  const detail = `The header line of CSV names ${JSON.stringify(wrong.slice(0, 64))}, which ${nameProblem(wrong)}.`;
  return { ok: false, rejection: { code: 'NAME_INVALID', detail } };
}

function headedWay(way: Way, names: readonly string[]): Way {
  const isCsv = way.destination.headers['format'] === 'csv';
  return { ...way, columns: names, destination: isCsv ? narrowed(way, names) : way.destination };
}

const formatOfLoad = ({ destination }: Way) => destination.headers['format'] as RowFormat;

function fitHeld(chunk: Chunk, way: Way, csv: CsvLayout): Ready {
  if (chunk.rows === 0) return convertOnly(chunk, way, csv);
  if (formatOf(chunk) === 'json') return fitHeldJson(withNulls(chunk, way, csv), way, csv);
  const { layout, form, rejection } = formOfCsv(chunk, way, csv);
  if (rejection) return { ok: false, rejection };
  if (form === undefined) return convertOnly(chunk, way, csv);
  const { good, bad, isAsItCame } = formRows(chunk, form, layout);
  const { csv: _, ...own } = chunk;
  const isJson = formatOfLoad(way) === 'json';
  const formed: Chunk = isJson ? { ...own, layout: 'lines', columns: undefined } : own;
  const texts = good.map(({ text }) => text);
  const isSame = isAsItCame && !isJson && layout.rowDelimiter === csv.rowDelimiter;
  const fitted = withBadRows(isSame ? formed : chunkOfRows(formed, chunk.id, texts, csv), bad);
  return isJson ? fitHeldJson(fitted, way, csv) : convertOnly(fitted, mapped(way), csv);
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
  came: Chunk,
  source: () => AsyncIterable<Uint8Array>,
  before: Way,
  csv: CsvLayout,
  until: AbortSignal | undefined,
): Promise<Ready> {
  const bounded = (each: Chunk) => () => streamOrAborted((each.source ?? source)(), until);
  const own = came.csv ?? csv;
  const headed =
    came.columns === undefined
      ? await takeStreamedHeader(came, bounded(came), headerOf(came, before), before.known, own)
      : undefined;
  const problem = headed && headerProblem(headed.names);
  if (problem) return problem;
  const way = headed ? headedWay(before, headed.names) : before;
  const chunk = headed ? { ...headed.chunk, columns: headed.names } : came;
  const open = bounded(chunk);
  const format = formatOfLoad(way);
  if (formatOf(chunk) === 'json' || format === 'json') return fitStreamedJson(chunk, open, way, csv);
  const { form } = formOfCsv(chunk, way, csv);
  if (form === undefined) return convertOnly(chunk, way, csv);
  const notations = { from: own, to: endingOf('csv', csv) };
  const measured = await measureRows(chunk, open(), form, notations, () => undefined);
  const formed = { ...chunk, ...formedSource(chunk, measured, form, notations) };
  return convertOnly(withBadRows(formed, measured.bad), mapped(way), csv);
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

/** CSV is read by place: the names say what is made of which field. */
function mapped(way: Way): Way {
  if (way.fitter === undefined || way.columns === undefined) return way;
  const { columns, mappings } = sourcesOf(way.fitter.table, way.columns);
  return mappings.length === 0 ? way : { ...way, destination: narrowed(way, columns, mappings) };
}

/** The destination with these columns named, or with none. */
function narrowed(
  { destination, narrower }: Way,
  columns: readonly string[] | undefined,
  mappings: readonly string[] = [],
): Destination {
  const named = columns && [...columns.map((name) => `\`${name}\``), ...mappings].join(',');
  if (destination.headers['columns'] === named) return destination;
  const { columns: _, ...headers } = destination.headers;
  const known = narrower.get(named ?? '') ?? {
    ...destination,
    headers: named === undefined ? headers : { ...headers, columns: named },
  };
  narrower.set(named ?? '', known);
  return known;
}

function allOf(all: readonly Ready[], keys?: KeyFindings): Ready {
  const failed = all.find((ready) => !ready.ok);
  if (failed) return failed;
  const portions = all.flatMap((ready) => (ready.ok ? ready.portions : []));
  return { ok: true, portions, ...(keys ? { keys } : {}) };
}

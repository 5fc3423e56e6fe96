/**
 * Brings the rows of one message into the form that their load has: fitted to their table, when it is known, and converted, when
 * the load asks for another format.
 */
import { withOperations } from '../messages/route.ts';
import type { Destination } from '../ports.ts';
import { type Chunk, formatOf, type Rejection, type RowFormat } from '../rows/chunk.ts';
import { convertChunk } from '../rows/convert.ts';
import { type CsvHeader, takeHeader } from '../rows/csv-header.ts';
import type { CsvLayout } from '../rows/csv-rows.ts';
import type { ChunkFitter, KeyFindings } from '../rows/fit-chunk.ts';
import type { FittedPart } from '../rows/fit-json.ts';
import { nameProblem } from '../rows/names.ts';

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

/** @out  at least one portion, in the order in which they are to be loaded; or why none can be */
export function fitMessage(chunk: Chunk, way: Way, csv: CsvLayout): Ready {
  const headed = chunk.columns === undefined ? takeHeader(chunk, way.csvHeader, way.known, csv) : undefined;
  if (headed === undefined) return fitRowsOf(chunk, way, csv);
  const wrong = headed.names.find(nameProblem);
  if (wrong !== undefined) {
    const detail = `The header line of CSV names ${JSON.stringify(wrong.slice(0, 64))}, which ${nameProblem(wrong)}.`;
    return { ok: false, rejection: { code: 'NAME_INVALID', detail } };
  }
  const isCsv = way.destination.headers['format'] === 'csv';
  const destination = isCsv ? narrowed(way, headed.names) : way.destination;
  return fitRowsOf(headed.chunk, { ...way, destination, columns: headed.names }, csv);
}

function fitRowsOf(chunk: Chunk, way: Way, csv: CsvLayout): Ready {
  const { destination, columns, fitter } = way;
  const format = destination.headers['format'] as RowFormat;
  if (fitter === undefined || chunk.rows === 0) return convertOnly(chunk, way, csv);
  if (chunk.source !== undefined) return fitStreamed(chunk, way, csv);
  if (formatOf(chunk) === 'json') {
    const { parts, ...keys } = fitter.fitJson(chunk);
    return allOf(
      parts.map((part) => portionOf(part, way, format, csv)),
      keys,
    );
  }
  if (columns === undefined) return convertOnly(chunk, way, csv);
  const fitted = fitter.fitCsv(chunk, columns);
  if (format === 'csv') return convertOnly(fitted, way, csv);
  const converted = convertChunk(fitted, format, columns, csv);
  if (!converted.ok) return converted;
  const { parts } = fitter.fitJson({ ...converted.chunk, columns: undefined });
  return allOf(parts.map((part) => portionOf(part, way, format, csv)));
}

function convertOnly(chunk: Chunk, { destination, columns }: Way, csv: CsvLayout): Ready {
  const format = destination.headers['format'] as RowFormat;
  const converted = convertChunk(withOperations(chunk, destination), format, columns, csv);
  return converted.ok ? { ok: true, portions: [{ chunk: converted.chunk, destination }] } : converted;
}

/** Rows that are not in memory cannot be asked what they hold. */
function fitStreamed(chunk: Chunk, way: Way, csv: CsvLayout): Ready {
  const isPartial = way.destination.headers['partial_update'] === 'true';
  if (formatOf(chunk) !== 'json' || (!isPartial && chunk.columns === undefined)) return convertOnly(chunk, way, csv);
  if (chunk.columns !== undefined) {
    const columns = chunk.columns.filter((name) => name !== '__op');
    return convertOnly(chunk, { ...way, destination: narrowed(way, columns) }, csv);
  }
  const detail = `A payload of ${chunk.bytes} bytes updates some columns (partial_update), and does not say which. Name them in the attribute columns, or send smaller messages.`;
  return { ok: false, rejection: { code: 'MESSAGE_TOO_LARGE', detail } };
}

function portionOf({ chunk, columns }: FittedPart, way: Way, format: RowFormat, csv: CsvLayout): Ready {
  const marked = withOperations(chunk, way.destination);
  if (format === 'json') return { ok: true, portions: [{ chunk: marked, destination: narrowed(way, columns) }] };
  const names = marked.hasDeletes && columns ? [...columns, '__op'] : (columns ?? way.columns);
  const converted = convertChunk(marked, format, names, csv);
  return converted.ok
    ? { ok: true, portions: [{ chunk: converted.chunk, destination: narrowed(way, names) }] }
    : converted;
}

/** The destination with these columns named, or with none. */
function narrowed({ destination, narrower }: Way, columns: readonly string[] | undefined): Destination {
  const named = columns?.map((name) => `\`${name}\``).join(',');
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

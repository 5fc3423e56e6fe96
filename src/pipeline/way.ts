/** Where chunks of one kind go, and what of that follows from the names of their columns. */
import type { TableShape } from '../messages/route.ts';
import type { Destination } from '../ports.ts';
import type { Chunk, Rejection } from '../rows/chunk.ts';
import { unnamed } from '../rows/csv-header.ts';
import type { CsvHeader } from '../rows/csv-rows.ts';
import type { ChunkFitter, KeyFindings } from '../rows/fit-chunk.ts';
import { shapeOf } from '../rows/fit-shape.ts';
import { sourcesOf } from '../rows/fit-table.ts';

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
  /** Which keys that no column has become columns, and a fitter for when they do not. */
  readonly adds?: TableShape['adds'];
  readonly refusing?: (why: string) => ChunkFitter;
  /** The table is to be made first. */
  readonly isAbsent?: true;
}

/** Rows that go one way. A message has several when its rows cannot share a load. */
export interface Portion {
  readonly chunk: Chunk;
  readonly destination: Destination;
}

export type Ready =
  | { readonly ok: true; readonly portions: readonly Portion[]; readonly keys?: KeyFindings }
  | { readonly ok: false; readonly rejection: Rejection };

export function headedWay(way: Way, names: readonly string[]): Way {
  const isCsv = way.destination.headers['format'] === 'csv';
  const named = names.map((name, at) => (name === unnamed ? `skipped_${at + 1}` : name));
  return { ...way, columns: names, destination: isCsv ? narrowed(way, named) : way.destination };
}

/** Tells of the names of CSV as of the keys of JSON. */
export function withKeys(ready: Ready, { fitter, columns }: Way, { rows }: Chunk): Ready {
  if (!ready.ok || fitter === undefined || columns === undefined) return ready;
  const { unknown, misspelt } = shapeOf(columns, fitter.table, undefined);
  const rowsWithUnknown = unknown.length > 0 ? rows : 0;
  return { ...ready, keys: { unknown: new Set(unknown), rowsWithUnknown, misspelt: new Set(misspelt) } };
}

/** @source StarRocks matches the names in the header `columns` whatever their case is */
const areAlike = (a: string, b: string | undefined) => a.toLowerCase() === b?.toLowerCase();

/** CSV is read by place: the names say what is made of which field. */
export function mapped(way: Way): Way {
  if (way.fitter === undefined || way.columns === undefined) return way;
  const { columns, mappings } = sourcesOf(way.fitter.table, way.columns);
  const isSame = mappings.length === 0 && columns.every((name, at) => areAlike(name, way.columns?.[at]));
  return isSame ? way : { ...way, destination: narrowed(way, columns, mappings) };
}

/** The destination with these columns named, or with none. */
export function narrowed(
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

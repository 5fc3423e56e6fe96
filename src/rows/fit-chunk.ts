import type { Chunk } from './chunk.ts';
import type { CsvLayout } from './csv-rows.ts';
import { fitCsvChunk } from './fit-csv.ts';
import { type FittedPart, fitRows, partOfAll } from './fit-json.ts';
import { partialParts } from './fit-partial.ts';
import { RowFitter } from './fit-row.ts';
import { columnOf, type FitTable } from './fit-table.ts';

/** What the keys of a chunk say of its table, once for each table. */
export interface KeyFindings {
  /** Keys that no column has. */
  readonly unknown: ReadonlySet<string>;
  /** Rows that have some. */
  readonly rowsWithUnknown: number;
  /** Keys whose case is not that of their column. */
  readonly misspelt: ReadonlySet<string>;
}

export interface FittedChunk extends KeyFindings {
  /** At least one; the first has the bad rows. */
  readonly parts: readonly FittedPart[];
}

/** Fits the chunks of one table. */
export interface ChunkFitter {
  /** JSON rows that are loaded as JSON, or become CSV later. */
  fitJson(chunk: Chunk): FittedChunk;
  /** @in  names: of the fields of CSV that is loaded as CSV */
  fitCsv(chunk: Chunk, names: readonly string[]): Chunk;
}

export function createChunkFitter(table: FitTable, csv: CsvLayout): ChunkFitter {
  const fitters = new Map<string, { readonly fitter: RowFitter; readonly only: ReadonlySet<string> | undefined }>();
  const fitterOf = (columns: readonly string[] | undefined) => {
    const key = columns?.join() ?? '';
    const only = columns && new Set(columns.map((name) => columnOf(table, name)?.name ?? name));
    const known = fitters.get(key) ?? { fitter: new RowFitter(table, only), only };
    fitters.set(key, known);
    return known;
  };
  return {
    fitJson: (chunk) => fitJsonChunk(chunk, table, csv, fitterOf(chunk.columns)),
    fitCsv: (chunk, names) => fitCsvChunk(chunk, names, table, csv),
  };
}

function fitJsonChunk(
  chunk: Chunk,
  table: FitTable,
  csv: CsvLayout,
  { fitter, only }: { readonly fitter: RowFitter; readonly only: ReadonlySet<string> | undefined },
): FittedChunk {
  const rows = fitRows(chunk, fitter, csv);
  const { parts, bad } = table.rules.isPartial
    ? partialParts(chunk, rows, table, fitter, csv)
    : { parts: [partOfAll(chunk, rows, table, only, csv)], bad: rows.bad };
  const badRows = bad.toSorted((a, b) => a.row - b.row);
  const came = new Set(rows.good.map((row) => row.came));
  return {
    parts: parts.map((part, at) => ({ ...part, chunk: withBadRows(part.chunk, at === 0 ? badRows : []) })),
    unknown: new Set([...came].flatMap((shape) => shape.unknown)),
    rowsWithUnknown: rows.good.filter((row) => row.came.unknown.length > 0).length,
    misspelt: new Set([...came].flatMap((shape) => shape.misspelt)),
  };
}

function withBadRows({ badRows: _, ...chunk }: Chunk, badRows: Chunk['badRows'] & object): Chunk {
  return badRows.length > 0 ? { ...chunk, badRows } : chunk;
}

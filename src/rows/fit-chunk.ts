import type { Chunk } from './chunk.ts';
import type { CsvLayout } from './csv-rows.ts';
import { createPlanner, type FittedPart, type GoodRow, type Planner, partOfAll } from './fit-json.ts';
import { partialParts } from './fit-partial.ts';
import { KeySets, streamedParts } from './fit-partial-stream.ts';
import { RowFitter } from './fit-row.ts';
import type { Shape } from './fit-shape.ts';
import { columnOf, type FitRules, type FitTable } from './fit-table.ts';
import { type Form, formedBytes, formRows, measureRows, type Notations } from './form-rows.ts';
import { bytesOfUnit } from './look-at-row.ts';
import { shapesSeen } from './row-watch.ts';

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

/** Opens the bytes of rows that are not held in memory. */
export type OpenSource = () => AsyncIterable<Uint8Array>;

/** Fits the chunks of one table. */
export interface ChunkFitter {
  readonly table: FitTable;
  /** Who fits the rows of chunks of this kind. */
  fitterOf(chunk: Chunk): RowFitter;
  /** JSON rows that are held in memory. */
  fitJson(chunk: Chunk): FittedChunk;
  /**
   * Rows that are not, which are JSON in the end.
   *
   * @in      open: for the look at them now
   * @throws  SinkError MESSAGE_TOO_LARGE: rows that need loads of their own; VALUE_UNFIT: too many bad rows; what the source throws
   */
  fitStream(chunk: Chunk, open: OpenSource, notations: Notations, form?: ToJson): Promise<FittedChunk>;
}

/** Makes JSON of a row that is none yet. */
type ToJson = Form<{ readonly ok: true; readonly text: string }>;

interface FitterOfColumns {
  /** The table, as rows of this kind are fitted to it. */
  readonly table: FitTable;
  readonly fitter: RowFitter;
  readonly plan: Planner;
}

export function createChunkFitter(table: FitTable, csv: CsvLayout): ChunkFitter {
  const fitters = new Map<string, FitterOfColumns>();
  const ofAlike = new WeakMap<object, FitterOfColumns>();
  const fitterOf = (chunk: Chunk): FitterOfColumns => {
    const { alike } = chunk;
    const known = alike && ofAlike.get(alike);
    if (known !== undefined) return known;
    const found = fitterByKind(chunk);
    if (alike !== undefined) ofAlike.set(alike, found);
    return found;
  };
  const fitterByKind = (chunk: Chunk): FitterOfColumns => {
    const { layout, columns, isUntyped, hasHexBytes, isPartial } = chunk;
    // The columns of CSV are its fields, and those are the keys by now.
    const named = layout === 'csv' || isPartial ? undefined : columns;
    const key = JSON.stringify([named, isUntyped, hasHexBytes, isPartial]);
    const known = fitters.get(key);
    if (known !== undefined) return known;
    const only = named && new Set(named.map((name) => columnOf(table, name)?.name ?? name));
    const own = { ...table, rules: rulesFor(chunk, table.rules) };
    const made = { table: own, fitter: new RowFitter(own, only), plan: createPlanner(own, only) };
    fitters.set(key, made);
    return made;
  };
  return {
    table,
    fitterOf: (chunk) => fitterOf(chunk).fitter,
    fitJson: (chunk) => fitHeld(chunk, csv, fitterOf(chunk)),
    fitStream: (chunk, open, notations, toJson) => fitStreamed(chunk, open, notations, toJson, fitterOf(chunk)),
  };
}

/** Moments of change events are those of UTC, as they are where an event has a schema. */
const rulesFor = ({ isUntyped, hasHexBytes, isPartial }: Chunk, rules: FitRules): FitRules => ({
  ...rules,
  ...(isUntyped ? { isUntyped, timeZone: 'UTC' } : {}),
  ...(hasHexBytes ? { hasHexBytes } : {}),
  ...(isPartial ? { isPartial } : {}),
});

function fitHeld(chunk: Chunk, csv: CsvLayout, of: FitterOfColumns): FittedChunk {
  const { table, fitter, plan } = of;
  const seen = fitSeen(chunk, of);
  if (seen) return seen;
  const unitBytes = bytesOfUnit(chunk.text, chunk.bytes);
  const rows = formRows<GoodRow>(chunk, (text) => fitter.fitText(text, unitBytes), csv);
  const { parts, bad } = table.rules.isPartial
    ? partialParts(chunk, rows, table, fitter, plan, csv)
    : { parts: [partOfAll(chunk, rows, plan, csv)], bad: rows.bad };
  const badRows = bad.toSorted((a, b) => a.row - b.row);
  const keys = new KeyList();
  for (const row of rows.good) keys.see(row.came);
  return {
    parts: parts.map((part, at) => ({ ...part, chunk: withBadRows(part.chunk, at === 0 ? badRows : []) })),
    ...keys.findings(),
  };
}

/** Rows that were looked at when they were parsed. @out undefined: they were not, or something has to be written into them */
function fitSeen(chunk: Chunk, { table, fitter, plan }: FitterOfColumns): FittedChunk | undefined {
  const shapes = shapesSeen(chunk, fitter);
  if (shapes === undefined || chunk.badRows !== undefined) return undefined;
  if (table.rules.isPartial && new Set([...shapes.keys()].map(({ signature }) => signature)).size > 1) return undefined;
  const { columns, mappings, complete } = plan(new Set(shapes.keys()));
  if (complete !== undefined) return undefined;
  const keys = new KeyList();
  for (const [shape, rows] of shapes) keys.see(shape, rows);
  return { parts: [{ chunk, columns, mappings }], ...keys.findings() };
}

async function fitStreamed(
  chunk: Chunk,
  open: OpenSource,
  notations: Notations,
  toJson: ToJson | undefined,
  { table, fitter, plan }: FitterOfColumns,
): Promise<FittedChunk> {
  const fitJson = (text: string) => fitter.fitText(text);
  const form: Form<GoodRow> = (text) => {
    const json = toJson?.(text);
    if (json === undefined) return fitJson(text);
    return json.ok ? fitJson(json.text) : json;
  };
  const keys = new KeyList();
  const shapes = new Set<Shape>();
  const held = table.rules.isPartial ? new KeySets(table.primaryKey ?? []) : undefined;
  let measured = await measureRows(chunk, open(), form, notations, (row) => {
    shapes.add(row.shape);
    keys.see(row.came);
    held?.see(row);
  });
  const sets = held?.sets(chunk);
  if (sets && sets.size > 1) {
    const parts = await streamedParts(chunk, open, form, notations, { sets, plan });
    const badRows = (at: number) => (at === 0 ? measured.bad : []);
    return {
      parts: parts.map((part, at) => ({ ...part, chunk: withBadRows(part.chunk, badRows(at)) })),
      ...keys.findings(),
    };
  }
  const { columns, mappings, complete } = plan(shapes);
  const whole: Form<{ readonly ok: true; readonly text: string }> = (text) => {
    const row = form(text);
    return row.ok && complete ? { ok: true, text: complete(row) } : row;
  };
  if (complete) measured = await measureRows(chunk, open(), whole, notations, () => undefined);
  const layout = notations.to.isList ? ('items' as const) : ('csv' as const);
  const formed = { ...chunk, layout, ...formedSource(chunk, measured, whole, notations) };
  const saysOperations = [...shapes].some(({ operation }) => operation >= 0);
  return {
    parts: [{ chunk: withBadRows(formed, measured.bad), columns, mappings, saysOperations }],
    ...keys.findings(),
  };
}

/** What of a chunk follows from what its rows become; as they came when nothing is changed. */
export function formedSource(
  chunk: Chunk,
  { rows, bytes, bad, isAsItCame }: Awaited<ReturnType<typeof measureRows>>,
  form: Form<{ readonly ok: true; readonly text: string }>,
  notations: Notations,
): Pick<Chunk, 'rows' | 'bytes' | 'source' | 'badRows'> {
  const { source } = chunk;
  if (source === undefined || isAsItCame) return { rows, bytes, ...(source ? { source } : {}), badRows: bad };
  return { rows, bytes, badRows: bad, source: () => formedBytes(chunk, source(), form, notations) };
}

class KeyList {
  readonly #came = new Set<Shape>();
  #rowsWithUnknown = 0;

  see(came: Shape, rows = 1): void {
    this.#came.add(came);
    if (came.unknown.length > 0) this.#rowsWithUnknown += rows;
  }

  findings(): KeyFindings {
    return {
      unknown: new Set([...this.#came].flatMap((shape) => shape.unknown)),
      rowsWithUnknown: this.#rowsWithUnknown,
      misspelt: new Set([...this.#came].flatMap((shape) => shape.misspelt)),
    };
  }
}

export function withBadRows({ badRows: _, ...chunk }: Chunk, badRows: Chunk['badRows'] & object): Chunk {
  return badRows.length > 0 ? { ...chunk, badRows } : chunk;
}

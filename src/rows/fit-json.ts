import type { Chunk } from './chunk.ts';
import type { CsvLayout } from './csv-rows.ts';
import type { FittedRow } from './fit-row.ts';
import type { Shape } from './fit-shape.ts';
import { defaultOf, emptiesOf, type FitColumn, type FitTable, mappingOf } from './fit-table.ts';
import type { FormedRows } from './form-rows.ts';
import { chunkOfRows } from './row-parts.ts';

/** A row that fits, as text, and what it holds. */
export type GoodRow = FittedRow & { readonly ok: true };

/** Rows that one load can carry, and the columns that it names. */
export interface FittedPart {
  readonly chunk: Chunk;
  /** In table order; undefined: none is named, and StarRocks matches keys by itself. */
  readonly columns: readonly string[] | undefined;
  /** How columns are made that rows do not hold as they are. */
  readonly mappings: readonly string[];
  /** Rows say operations; told of rows that are not held in memory, which cannot be asked. */
  readonly saysOperations?: boolean;
}

/** What one load of rows of some shapes names, and what is written into those that lack it. */
export interface PartPlan {
  readonly columns: readonly string[] | undefined;
  readonly mappings: readonly string[];
  /** Writes the DEFAULT of columns that a row does not hold and others do; undefined: no row lacks any. */
  readonly complete: ((row: GoodRow) => string) | undefined;
}

/** All headers of a load together may have 8 KB. @source FE http_max_header_size, 8,192 in older releases */
const longestColumns = 6 * 1024;

/**
 * Plans one load for all rows: an absent key is NULL, or its column's DEFAULT, which StarRocks fills in when no row holds the
 * column, and which is written into the row when others do.
 *
 * @in  shapes: of the rows; only: columns that the message says its rows are read for
 */
function planPart(shapes: ReadonlySet<Shape>, table: FitTable, only: ReadonlySet<string> | undefined): PartPlan {
  const held = new Set([...shapes].flatMap((shape) => [...shape.held]));
  const columns = namedColumns(held, table, only)?.filter((column) => column.type.kind !== 'union' || held.has(column));
  const filled = (columns ?? table.columns).filter((column) => column.default !== undefined && !column.autoIncrement);
  const isFull = [...shapes].every((shape) => filled.every((column) => shape.held.has(column)));
  return {
    columns: columns?.map(({ source }) => source),
    mappings: [...(columns ?? []).flatMap((column) => mappingOf(column) ?? []), ...emptiesOf(table, held)],
    complete: isFull ? undefined : (row) => withDefaults(row, filled, table),
  };
}

/** Plans one load for rows of some shapes. */
export type Planner = (shapes: ReadonlySet<Shape>) => PartPlan;

/** Rows of a message mostly have one shape, and so have those of the next: its plan is made once. */
export function createPlanner(table: FitTable, only: ReadonlySet<string> | undefined): Planner {
  const plans = new WeakMap<Shape, PartPlan>();
  return (shapes) => {
    const [shape] = shapes;
    if (shape === undefined || shapes.size > 1) return planPart(shapes, table, only);
    const plan = plans.get(shape) ?? planPart(shapes, table, only);
    plans.set(shape, plan);
    return plan;
  };
}

/** One load for all rows that are held in memory. */
export function partOfAll(
  chunk: Chunk,
  { good, isAsItCame }: Pick<FormedRows<GoodRow>, 'good' | 'isAsItCame'>,
  plan: Planner,
  csv: CsvLayout,
): FittedPart {
  const { columns, mappings, complete } = plan(new Set(good.map(({ shape }) => shape)));
  if (complete === undefined && isAsItCame) return { chunk, columns, mappings };
  return { chunk: chunkOfRows(chunk, chunk.id, good.map(complete ?? (({ text }) => text)), csv), columns, mappings };
}

function namedColumns(
  held: ReadonlySet<FitColumn>,
  { columns, rules }: FitTable,
  only: ReadonlySet<string> | undefined,
): readonly FitColumn[] | undefined {
  const isRead = (column: FitColumn) => only === undefined || only.has(column.name) || column.isRequired;
  const named = rules.isPartial
    ? columns.filter((column) => held.has(column))
    : columns.filter(
        (column) => held.has(column) || (column.default === undefined && !column.autoIncrement && isRead(column)),
      );
  if (isShort(named)) return named;
  const heldOnly = columns.filter((column) => held.has(column) || column.isRequired);
  // What is not read as it is must be named.
  const isMapped = columns.some((column) => mappingOf(column) !== undefined);
  return isShort(heldOnly) || rules.isPartial || isMapped ? heldOnly : undefined;
}

const isShort = (columns: readonly FitColumn[]) =>
  columns.reduce((bytes, { name }) => bytes + Buffer.byteLength(name) + '``,'.length, 0) <= longestColumns;

function withDefaults({ text, shape }: GoodRow, filled: readonly FitColumn[], { rules }: FitTable): string {
  const members = filled
    .filter((column) => !shape.held.has(column))
    .map((column) => `,${JSON.stringify(column.source)}:${defaultOf(column, rules)}`);
  return members.length === 0 ? text : `${text.slice(0, text.lastIndexOf('}'))}${members.join('')}}`;
}

/**
 * Makes columns of keys that no column has (`sink.unknown-columns` = add), and tables that do not exist (`sink.create-tables`), out
 * of all rows that an event has for the table: once for each table, before any of them is loaded.
 */
import type { Clock } from '../kit/clock.ts';
import { SinkError } from '../kit/errors.ts';
import type { CompiledRoute } from '../options/compile-routes.ts';
import type { TableId } from '../ports.ts';
import { type Chunk, formatOf } from '../rows/chunk.ts';
import { splitCsvFields } from '../rows/csv-fields.ts';
import type { CsvLayout } from '../rows/csv-rows.ts';
import { ArrayCutter } from '../rows/cut-arrays.ts';
import { tableKey } from '../rows/destination.ts';
import { textsOf } from '../rows/form-rows.ts';
import { keepDigits } from '../rows/json-values.ts';
import { nameProblem } from '../rows/names.ts';
import { SeenKeys } from '../rows/planned-columns.ts';
import { rowTexts } from '../rows/row-parts.ts';
import { decodeUtf8 } from '../rows/row-stream.ts';
import { valueOfField } from '../rows/seen-values.ts';
import type { NewColumn, TableChanger } from '../starrocks/change-table.ts';
import type { Telemetry } from '../telemetry.ts';
import { namedRows } from './named-rows.ts';
import { planOfRoute, planOfRows, tableStatement } from './plan-new-table.ts';
import type { Way } from './way.ts';

export interface GrowthDeps extends TableChanger {
  /** The route that fills a table. */
  readonly routeTo: (database: string, table: string) => CompiledRoute | undefined;
}

export interface Growth {
  /**
   * Adds a column for each key of the table's rows that none of these columns has.
   *
   * @throws  SinkError: it may work later
   */
  addColumns(table: TableId, known: readonly string[]): Promise<Grown>;
  /** Makes the table. @throws SinkError: it may work later, or it is refused */
  createTable(table: TableId): Promise<Grown>;
}

/** When it was done, in epoch milliseconds; or why it is refused; or nothing, since there are only NULLs to be kept. */
export type Grown = { readonly doneMs: number } | { readonly refusal: string } | undefined;

interface RowsOfWay {
  readonly chunk: Chunk;
  readonly way: Way;
}

/**
 * @in  chunks: all of an event; wayOf: where each goes; csv: the notation of loads; deadlineMs: epoch milliseconds at which nothing is
 *      waited for any more
 */
export function createGrowth(
  chunks: () => readonly Chunk[],
  wayOf: (chunk: Chunk) => Way | undefined,
  {
    csv,
    telemetry,
    clock,
    deadlineMs,
    ...deps
  }: GrowthDeps & {
    readonly clock: Pick<Clock, 'now'>;
    readonly csv: CsvLayout;
    readonly telemetry: Telemetry;
    readonly deadlineMs: number;
  },
): Growth {
  const ofTable = (id: TableId) => {
    const key = tableKey(id);
    return chunks().flatMap((chunk): RowsOfWay[] => {
      const way = wayOf(chunk);
      return way !== undefined && tableKey(way.destination) === key ? [{ chunk, way }] : [];
    });
  };
  const added = new Map<string, Promise<Grown>>();
  const made = new Map<string, Promise<Grown>>();
  const add = async (table: TableId, known: readonly string[]): Promise<Grown> => {
    const names = new Set(known.map((name) => name.toLowerCase()));
    const columns = await columnsOf(ofTable(table), csv, (key) => !names.has(key.toLowerCase()));
    if (columns.length === 0) return undefined;
    const wrong = columns.find(({ name }) => columnProblem(name));
    if (wrong) return { refusal: `${JSON.stringify(wrong.name.slice(0, 64))} ${columnProblem(wrong.name)}` };
    try {
      await deps.addColumns(table, columns, deadlineMs);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      telemetry.event('error', 'columns not added', { ...told(table, columns), reason: error.detail });
      return { refusal: error.detail };
    }
    telemetry.event('warn', 'columns added', told(table, columns));
    return { doneMs: clock.now() };
  };
  const create = async (table: TableId): Promise<Grown> => {
    const route = deps.routeTo(table.database, table.table);
    const own = ofTable(table);
    const seen = route && route.columns.length > 0 ? [] : await columnsOf(own, csv, () => true);
    const removes = own.some(({ chunk }) => chunk.removesRows);
    const plan = route && route.columns.length > 0 ? planOfRoute(route) : planOfRows(table, seen, route, removes);
    await deps.createTable(table, tableStatement(plan), deadlineMs);
    telemetry.event('warn', 'table made', told(table, plan.columns));
    return { doneMs: clock.now() };
  };
  return {
    addColumns: (table, known) => once(added, table, () => add(table, known)),
    createTable: (table) => once(made, table, () => create(table)),
  };
}

function once<T>(known: Map<string, Promise<T>>, table: TableId, run: () => Promise<T>): Promise<T> {
  const key = tableKey(table);
  const found = known.get(key) ?? run();
  known.set(key, found);
  return found;
}

const isRefusal = (error: unknown): error is SinkError =>
  error instanceof SinkError &&
  (error.code === 'STARROCKS_PRIVILEGE_MISSING' || error.code === 'STARROCKS_CONFIGURATION');

/** @source StarRocks refuses columns of these names */
const reserved = /^__(op|row)$/i;

const columnProblem = (name: string) =>
  reserved.test(name) ? 'is a name that StarRocks keeps to itself' : nameProblem(name);

const told = ({ database, table }: TableId, columns: readonly NewColumn[]) => ({
  table: `${database}.${table}`,
  columns: columns.map(({ name, type }) => `${name} ${type}`),
});

async function columnsOf(
  rows: readonly RowsOfWay[],
  csv: CsvLayout,
  wanted: (key: string) => boolean,
): Promise<readonly NewColumn[]> {
  const keys = new SeenKeys();
  for (const { chunk, way } of rows) {
    if (formatOf(chunk) === 'csv') await seeCsv(keys, chunk, way, csv, wanted);
    else for await (const row of jsonRowsOf(chunk, csv)) keys.add(JSON.parse(row, keepDigits), wanted);
  }
  return keys.columns();
}

/** Fields that nobody names are those of the columns that there are. */
async function seeCsv(
  keys: SeenKeys,
  came: Chunk,
  way: Way,
  csv: CsvLayout,
  wanted: (key: string) => boolean,
): Promise<void> {
  for (const chunk of await namedRows(came, way, csv)) {
    const { columns, csv: layout = csv } = chunk;
    if (!columns?.some(wanted)) continue;
    for await (const row of csvRowsOf(chunk, layout)) {
      const fields = splitCsvFields(row, layout);
      if (fields.length !== columns.length) continue;
      keys.add(Object.fromEntries(fields.map((field, at) => [columns[at], valueOfField(field)])), wanted);
    }
  }
}

async function* csvRowsOf(chunk: Chunk, csv: CsvLayout): AsyncGenerator<string> {
  if (chunk.source === undefined) return yield* rowTexts(chunk, csv);
  for await (const texts of textsOf(chunk, chunk.source(), csv)) yield* texts;
}

async function* jsonRowsOf(chunk: Chunk, csv: CsvLayout): AsyncGenerator<string> {
  if (chunk.source === undefined) return yield* rowTexts(chunk, csv);
  const cutter = new ArrayCutter();
  yield* [...cutter.push('[')].map(({ text }) => text);
  for await (const text of decodeUtf8(chunk.source())) for (const cut of cutter.push(text)) yield cut.text;
  for (const cut of cutter.push(']')) yield cut.text;
}

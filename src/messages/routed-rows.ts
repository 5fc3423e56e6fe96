/** Rows as their route has them: columns by the names of the table, and columns for where they came from. */
import type { CompiledRoute } from '../options/compile-routes.ts';
import { type Chunk, formatOf } from '../rows/chunk.ts';
import type { CsvLayout } from '../rows/csv-rows.ts';
import { keepDigits } from '../rows/json-values.ts';
import { chunkOfRows, rowTexts } from '../rows/row-parts.ts';
import type { HistoryColumns } from './changes/table-rows.ts';
import type { SourceNames, Taken } from './message-route.ts';

interface ColumnNames {
  /** What a column of the source is called in rows, where that is something else. */
  readonly renamed: ReadonlyMap<string, string>;
  /** Columns that are filled by what is told of a change. */
  readonly told: ReadonlyMap<string, string>;
}

const known = new WeakMap<CompiledRoute, ColumnNames>();

function namesOf(route: CompiledRoute): ColumnNames {
  const found = known.get(route);
  if (found) return found;
  const isTold = ({ sourceType = '' }: (typeof route.columns)[number]) => sourceType.startsWith('@');
  const pairs = route.columns
    .filter((column) => !isTold(column))
    .map(({ name, source = name, field = name }) => [source, field] as const)
    .filter(([source, field]) => source !== field);
  const told = route.columns.filter(isTold).map(({ name, sourceType = '' }) => [sourceType, name] as const);
  const made = { renamed: new Map(pairs), told: new Map(told) };
  known.set(route, made);
  return made;
}

/** What a column of the source is called in rows of the route. */
export const columnOf = (route: CompiledRoute, source: string): string => namesOf(route).renamed.get(source) ?? source;

/** The columns for where rows came from, as members of JSON: `"_shard_database":"shop_1"`. */
export function originMembers(route: CompiledRoute, { database, table }: SourceNames): string {
  const { told } = namesOf(route);
  const values = [
    [told.get('@database'), database],
    [told.get('@table'), table],
  ] as const;
  return values
    .flatMap(([name, value]) =>
      name === undefined ? [] : [`${JSON.stringify(name)}:${JSON.stringify(value ?? null)}`],
    )
    .join(',');
}

/** The columns for what is told of each change. */
export function toldColumnsOf(route: CompiledRoute): HistoryColumns {
  const { told } = namesOf(route);
  const named = (word: keyof HistoryColumns, type: string) => (told.has(type) ? { [word]: told.get(type) } : {});
  return {
    ...named('operation', '@operation'),
    ...named('position', '@position'),
    ...named('version', '@version'),
    ...named('committedAt', '@committed-at'),
    ...named('transaction', '@transaction'),
    ...named('before', '@before'),
    ...named('after', '@after'),
  };
}

/** The columns that a route fills with what is told of a change. */
export const toldNames = (route: CompiledRoute): readonly string[] => [...namesOf(route).told.values()];

/** True: rows of a source have to be written anew, so that they are rows of the route's table. */
export const isRenamed = ({ route, source }: Taken): boolean =>
  source !== undefined && (namesOf(route).renamed.size > 0 || originMembers(route, source) !== '');

/** The chunk with the columns of its table, which has those of its source. */
export function renameColumns(chunk: Chunk, taken: Taken, csv: CsvLayout): Chunk {
  const { route, source } = taken;
  if (source === undefined || !isRenamed(taken)) return chunk;
  const columns = chunk.columns?.map((name) => columnOf(route, name));
  if (formatOf(chunk) === 'csv') return { ...chunk, columns };
  const members = originMembers(route, source);
  const rows = rowTexts(chunk, csv).map((row) => renameRow(row, route, members));
  return { ...chunkOfRows({ ...chunk, layout: 'lines' }, chunk.id, rows, csv), columns };
}

function renameRow(text: string, route: CompiledRoute, members: string): string {
  const row = JSON.parse(text, keepDigits) as Record<string, unknown>;
  const own = Object.entries(row).map(([name, value]) => [columnOf(route, name), value]);
  const written = JSON.stringify(Object.fromEntries(own));
  if (members === '') return written;
  return written === '{}' ? `{${members}}` : `${written.slice(0, -1)},${members}}`;
}

/** Without the rows that delete. */
export function withoutDeletes(chunk: Chunk, csv: CsvLayout): Chunk {
  if (formatOf(chunk) === 'csv' || !chunk.text.includes('"__op"')) return chunk;
  const all = rowTexts(chunk, csv);
  const kept = all.filter((row) => !deletes(row));
  return kept.length === all.length ? chunk : chunkOfRows(chunk, chunk.id, kept, csv);
}

function deletes(row: string): boolean {
  if (!row.includes('"__op"')) return false;
  const { __op: word } = JSON.parse(row) as { readonly __op?: unknown };
  return word === 1 || (typeof word === 'string' && /^\s*(1|delete)\s*$/i.test(word));
}

import { SinkError } from '../kit/errors.ts';
import { globs } from '../kit/globs.ts';
import type { Routes } from '../options/compile-routes.ts';
import type { Destination, TableId } from '../ports.ts';
import { type Chunk, formatOf, type Rejection } from '../rows/chunk.ts';
import { type CsvHeader, type CsvLayout, isSameNotation } from '../rows/csv-rows.ts';
import { columnsInHeader, hasMappings } from '../rows/destination.ts';
import type { ChunkFitter } from '../rows/fit-chunk.ts';
import { nameProblem } from '../rows/names.ts';

/** What routing needs to know of the options. */
export interface RouteRules {
  readonly database: string | undefined;
  readonly table: string | undefined;
  /** Patterns `database.table`, `*` for any characters; tables that a message may name. */
  readonly allow: readonly string[];
  /** Tables that routes fill may be named, too. */
  readonly routes?: Pick<Routes, 'routeTo'>;
  /** Stream Load headers, `sink.properties.*`. */
  readonly properties: Readonly<Record<string, string>>;
  /** Whether CSV begins with the names of its columns; `auto` unless told. */
  readonly csvHeader?: CsvHeader;
  /** The notation of CSV loads. */
  readonly csv?: CsvLayout;
}

/** Where a chunk goes, or why it may not. */
export type Routing =
  | { readonly ok: true; readonly target: TableId }
  | { readonly ok: false; readonly rejection: Rejection };

/**
 * Finds the table of a chunk.
 *
 * @out  the table; or why the chunk may not be loaded into the one that it names
 */
export function createRouter(rules: RouteRules): (chunk: Chunk) => Routing {
  const isAllowed = allowList(rules);
  return (chunk) => {
    const database = chunk.database ?? rules.database;
    const table = chunk.table ?? rules.table;
    if (database === undefined || table === undefined) {
      return refuse('TABLE_MISSING', `Found database ${database ?? '(none)'}, table ${table ?? '(none)'}.`);
    }
    const invalid = [database, table, ...(chunk.columns ?? [])].find(nameProblem);
    if (invalid !== undefined) {
      return refuse('NAME_INVALID', `${JSON.stringify(invalid.slice(0, 64))} ${nameProblem(invalid)}.`);
    }
    if (!isAllowed(database, table)) return refuse('TABLE_NOT_ALLOWED', `Found ${database}.${table}.`);
    return { ok: true, target: { database, table } };
  };
}

/** @out  true of the tables that a message may name */
export function allowList({
  allow,
  database,
  table,
  routes,
}: RouteRules): (database: string, table: string) => boolean {
  // Database and table are matched apart: a database named `sales.x` is none of `sales.*`.
  const patterns = allow.map((pattern) => {
    const [db = '', ...rest] = pattern === '*' ? ['*', '*'] : pattern.split('.');
    return { database: globs([db]), table: globs([rest.join('.')]) };
  });
  return (db, name) =>
    (db === database && name === table) ||
    routes?.routeTo(db, name) !== undefined ||
    patterns.some((pattern) => pattern.database(db) && pattern.table(name));
}

/** What is known of a table: its columns in order, without generated ones and `__op`, and the key of a primary-key table. */
export interface TableShape {
  readonly columns: readonly string[];
  readonly primaryKey: readonly string[] | undefined;
  /** Of each column of the key. */
  readonly keyKinds?: Destination['keyKinds'];
  /** The column that says that the source deleted a row, where such rows are kept. */
  readonly deleted?: string;
  /** Undefined: rows travel as they came. */
  readonly fitter?: ChunkFitter | undefined;
  /** Which keys that no column has become columns; undefined: none. */
  readonly adds?: 'of all rows' | 'of changes' | undefined;
  /** @out  a fitter for when they do not: rows that have some are bad */
  readonly refusing?: (why: string) => ChunkFitter;
  /** There is no such table yet; it is made of rows. */
  readonly isAbsent?: true;
}

/**
 * The Stream Load headers of a chunk, `sink.properties.*` first, then what is known of the columns.
 *
 * CSV is read by position, so its columns are named when the message or the schema names them. JSON is read by key; the
 * schema's columns are named all the same, back-ticked, since StarRocks would parse a column named like a keyword as SQL.
 *
 * @throws  SinkError DELETE_WITHOUT_KEY, CHANGE_TABLES_MIXED, ORDER_COLUMNS_MISSING
 */
export function destinationOf(
  target: TableId,
  chunk: Chunk,
  rules: RouteRules,
  schema: TableShape | undefined,
): Destination {
  if (chunk.removesRows && schema !== undefined && schema.primaryKey === undefined)
    throw new SinkError('DELETE_WITHOUT_KEY', `Found the table ${target.database}.${target.table}.`);
  if (chunk.isPartial && chunk.columns === undefined && schema === undefined)
    throw new SinkError('CHANGE_TABLES_MIXED', 'Some hold all columns and some do not, and the table is not known.');
  if (chunk.orderedBy !== undefined && schema) requireOrder(target, chunk.orderedBy, schema);
  // Rows were taken from under it when the message was read.
  const { json_root: _, ...given } = rules.properties;
  const properties = chunk.isPartial ? { ...given, ...partialUpdate } : given;
  const isAnew = schema !== undefined && isWrittenAnew(chunk, rules);
  const format = properties['format'] ?? (isAnew ? 'json' : formatOf(chunk));
  const named = format === 'csv' || chunk.isPartial ? columnsOfCsv(chunk, schema) : schema?.columns;
  const isOwnOrder = format === 'csv' && ownColumns(chunk) !== undefined;
  const set = isOwnOrder ? undefined : properties['columns'];
  const columns = set ?? named?.map((name) => `\`${name}\``).join(',');
  const primaryKey = schema?.primaryKey;
  return {
    ...target,
    ...(primaryKey ? { primaryKey } : {}),
    ...(primaryKey && schema?.keyKinds ? { keyKinds: schema.keyKinds } : {}),
    headers: {
      ...{ ...properties, format },
      ...(columns === undefined ? {} : { columns }),
      ...(chunk.orderedBy === undefined ? {} : { merge_condition: chunk.orderedBy }),
    },
  };
}

/** CSV in a notation of its own is written anew, and best as JSON, which carries every value. */
const isWrittenAnew = ({ csv }: Chunk, rules: RouteRules) =>
  csv !== undefined && rules.csv !== undefined && !isSameNotation(csv, rules.csv);

/** @throws SinkError ORDER_COLUMNS_MISSING */
function requireOrder(
  { database, table }: TableId,
  version: string,
  { columns, primaryKey, deleted }: TableShape,
): void {
  const missing = [version, ...(deleted === undefined ? [] : [deleted])].filter((name) => !columns.includes(name));
  const lacks = primaryKey === undefined ? 'a primary key' : missing.join(' and ');
  if (lacks !== '') throw new SinkError('ORDER_COLUMNS_MISSING', `The table ${database}.${table} has not ${lacks}.`);
}

/** @source Stream Load: partial update of primary-key tables, by rows that hold all columns that are named */
const partialUpdate = { partial_update: 'true' };

/** Names of the columns that a message gives its own CSV, from left to right. */
const ownColumns = (chunk: Chunk) => (formatOf(chunk) === 'csv' ? chunk.columns : undefined);

/**
 * A CSV message knows the order of its own columns; the option can only say which there are.
 *
 * @out  undefined: the message's order counts; or the contradiction between it and `sink.properties.columns`
 */
export function columnsProblem(chunk: Chunk, { properties }: RouteRules): Rejection | undefined {
  const own = ownColumns(chunk);
  const header = properties['columns'];
  if (own === undefined || header === undefined) return undefined;
  const named = columnsInHeader(header);
  const isSameSet = JSON.stringify(own.toSorted()) === JSON.stringify(named.toSorted());
  const isMapped = (properties['format'] ?? 'csv') === 'csv' && hasMappings(header);
  if (isSameSet && !isMapped) return undefined;
  return {
    code: 'MESSAGE_ATTRIBUTE_INVALID',
    detail: `The attribute columns names ${own.join(',')}; sink.properties.columns says ${header}. Expected are the same columns, without expressions, in any order.`,
  };
}

/**
 * Chunks of one kind have the same destination, and the same columns.
 *
 * @out  all that `destinationOf` and `columnsOfCsv` look at, as text
 */
export function kindOf(chunk: Chunk, rules: RouteRules): string {
  const { properties } = rules;
  const isWritten = formatOf(chunk) === 'json' && properties['format'] === 'csv';
  const { database, table, columns } = chunk;
  const { isPartial, removesRows, orderedBy } = chunk;
  const operations = isWritten && saysOperations(chunk);
  const isAnew = isWrittenAnew(chunk, rules);
  return JSON.stringify([
    database,
    table,
    columns,
    formatOf(chunk),
    operations,
    isPartial,
    removesRows,
    orderedBy,
    isAnew,
  ]);
}

/** The columns that a chunk's CSV has, or is to have, from left to right. */
export function columnsOfCsv(chunk: Chunk, schema: TableShape | undefined): readonly string[] | undefined {
  if (chunk.columns !== undefined || schema === undefined) return chunk.columns;
  return saysOperations(chunk) ? [...schema.columns, '__op'] : schema.columns;
}

/**
 * Says whether rows may carry operations. JSON is full of quotes, so it is searched for what stands between them first. Rows that are told
 * by their keys have none that says it.
 */
function saysOperations({ layout, text, columns, alike }: Chunk): boolean {
  if (layout === 'csv') return columns?.includes('__op') ?? false;
  return alike === undefined && text.includes('__op') && text.includes('"__op"');
}

/** Marks a chunk whose rows may delete others, or be older than others of the same load. */
export const withOperations = (chunk: Chunk, { primaryKey }: Destination): Chunk =>
  primaryKey !== undefined && (chunk.source !== undefined || chunk.orderedBy !== undefined || saysOperations(chunk))
    ? { ...chunk, hasDeletes: true }
    : chunk;

const refuse = (code: Rejection['code'], detail: string): Routing => ({ ok: false, rejection: { code, detail } });

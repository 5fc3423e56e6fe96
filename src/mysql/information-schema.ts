import * as v from 'valibot';
import { SinkError } from '../kit/errors.ts';

export interface SourceColumn {
  readonly name: string;
  /** DATA_TYPE, lower-case: `bigint`. */
  readonly dataType: string;
  /** COLUMN_TYPE, as MySQL prints it: `bigint(20) unsigned`. */
  readonly columnType: string;
  readonly nullable: boolean;
  /** A literal without its quotes, as MySQL 8 reports it, or an expression; null: none. */
  readonly default: string | null;
  readonly charset: string | null;
  readonly collation: string | null;
  /** `auto_increment`, `DEFAULT_GENERATED on update …`, `VIRTUAL GENERATED`, … */
  readonly extra: string;
  readonly comment: string;
  /** MariaDB keeps the start or the end of a row version in it: a table WITH SYSTEM VERSIONING. */
  readonly isPeriod?: true;
}

/** A primary key or unique index: rows are told apart by these columns. */
export interface SourceKey {
  readonly name: string;
  /** In key order. */
  readonly columns: readonly string[];
  /** Only the first characters of a column are indexed. */
  readonly isPrefix: boolean;
}

export interface SourceTable {
  readonly database: string;
  readonly name: string;
  readonly comment: string;
  /** DATA_LENGTH. */
  readonly bytes: number;
  readonly createdAtMs?: number;
  readonly isPartitioned: boolean;
  /** In ordinal order. */
  readonly columns: readonly SourceColumn[];
  /** The primary key first, then unique indexes in the server's order. */
  readonly keys: readonly SourceKey[];
}

export interface SourceSchema {
  readonly tables: readonly SourceTable[];
  /** Views and sequences. */
  readonly skipped: readonly { readonly database: string; readonly name: string; readonly type: string }[];
}

const text = v.optional(v.nullable(v.string()), null);
const number = v.optional(v.nullable(v.pipe(v.union([v.number(), v.string()]), v.transform(Number), v.number())), null);
const tableEntries = { tableschema: v.string(), tablename: v.string() };

const tableRow = v.object({
  ...tableEntries,
  tabletype: v.optional(v.string(), 'BASE TABLE'),
  datalength: number,
  createtime: text,
  createoptions: text,
  tablecomment: text,
});
const columnRow = v.object({
  ...tableEntries,
  columnname: v.string(),
  ordinalposition: v.pipe(v.union([v.number(), v.string()]), v.transform(Number)),
  columndefault: text,
  isnullable: v.string(),
  datatype: v.string(),
  columntype: v.string(),
  charactersetname: text,
  collationname: text,
  columnkey: text,
  extra: text,
  generationexpression: text,
  columncomment: text,
});
const keyUsageRow = v.object({
  ...tableEntries,
  columnname: v.string(),
  constraintname: v.string(),
  ordinalposition: number,
});
const constraintRow = v.object({ ...tableEntries, constraintname: v.string(), constrainttype: v.string() });
const statisticsRow = v.object({
  ...tableEntries,
  nonunique: v.pipe(v.union([v.number(), v.string()]), v.transform(Number)),
  indexname: v.string(),
  seqinindex: v.pipe(v.union([v.number(), v.string()]), v.transform(Number)),
  /** null for a part that is an expression */
  columnname: text,
  subpart: number,
});
/** MySQL names no table here, and needs none: it has a type for JSON. */
const checkRow = v.object({ constraintschema: v.string(), tablename: text, checkclause: v.string() });

const rowsShape = v.object({
  tables: v.array(tableRow),
  columns: v.array(columnRow),
  keycolumnusage: v.optional(v.array(keyUsageRow), []),
  tableconstraints: v.optional(v.array(constraintRow)),
  statistics: v.optional(v.array(statisticsRow)),
  checkconstraints: v.optional(v.array(checkRow), []),
});

type Rows = v.InferOutput<typeof rowsShape>;

/**
 * Makes a schema of the rows of information_schema.
 *
 * @in      {tables, columns, key_column_usage | statistics, table_constraints?, check_constraints?}: arrays of rows. Names of
 *          columns may be written `TABLE_NAME`, `tableName` or `table_name`. Defaults as MySQL 8 reports them
 * @throws  SinkError MIGRATION_SCHEMA_UNREADABLE
 */
export function parseInformationSchema(json: unknown): SourceSchema {
  const parsed = v.safeParse(rowsShape, plainNames(json));
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new SinkError('MIGRATION_SCHEMA_UNREADABLE', `At ${v.getDotPath(issue) ?? 'the top'}: ${issue.message}.`);
  }
  const rows = parsed.output;
  const columns = Map.groupBy(rows.columns, tableId);
  const keys = uniqueKeys(rows);
  const jsonIds = jsonColumns(rows);
  const isTable = (row: Rows['tables'][number]) => /^(BASE TABLE|SYSTEM VERSIONED)$/i.test(row.tabletype);
  const tables = rows.tables.filter(isTable).map((row) => ({
    database: row.tableschema,
    name: row.tablename,
    comment: row.tablecomment ?? '',
    bytes: row.datalength ?? 0,
    ...(row.createtime && !Number.isNaN(Date.parse(row.createtime)) && { createdAtMs: Date.parse(row.createtime) }),
    isPartitioned: /partitioned/i.test(row.createoptions ?? ''),
    columns: (columns.get(tableId(row)) ?? [])
      .toSorted((a, b) => a.ordinalposition - b.ordinalposition)
      .map((column) => toColumn(column, jsonIds)),
    keys: keys.get(tableId(row)) ?? [],
  }));
  const skipped = rows.tables
    .filter((row) => !isTable(row))
    .map((row) => ({ database: row.tableschema, name: row.tablename, type: row.tabletype }));
  return { tables: tables.toSorted(byName), skipped: skipped.toSorted(byName) };
}

/** Row and list names without case, underscores, and the two slips of the pen in smt's own dumps. */
function plainNames(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(plainNames);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [
      name.toLowerCase().replaceAll('_', '').replace('contraint', 'constraint'),
      plainNames(value),
    ]),
  );
}

function toColumn(row: Rows['columns'][number], jsonIds: ReadonlySet<string>): SourceColumn {
  const isJson = row.datatype.toLowerCase() === 'longtext' && jsonIds.has(columnId(row));
  return {
    name: row.columnname,
    dataType: isJson ? 'json' : row.datatype.toLowerCase(),
    columnType: isJson ? 'json' : row.columntype,
    nullable: row.isnullable.toUpperCase() === 'YES',
    default: row.columndefault,
    charset: row.charactersetname,
    collation: row.collationname,
    extra: row.extra ?? '',
    comment: row.columncomment ?? '',
    ...(isPeriod(row) && { isPeriod: true }),
  };
}

const isPeriod = (row: Rows['columns'][number]) => /^ROW (START|END)$/i.test(row.generationexpression ?? '');

/** MariaDB's JSON is a longtext with CHECK (json_valid(`column`)). */
function jsonColumns({ checkconstraints }: Rows): ReadonlySet<string> {
  return new Set(
    checkconstraints.flatMap(({ constraintschema, tablename, checkclause }) => {
      const [, quoted] = /^\(*json_valid\(`((?:[^`]|``)+)`\)+$/i.exec(checkclause) ?? [];
      if (tablename === null || quoted === undefined) return [];
      return columnId({ tableschema: constraintschema, tablename, columnname: quoted.replaceAll('``', '`') });
    }),
  );
}

function uniqueKeys(rows: Rows): ReadonlyMap<string, readonly SourceKey[]> {
  // MariaDB adds the end of the row version to every unique index: it tells versions apart, not rows.
  const periods = new Set(rows.columns.filter(isPeriod).map(columnId));
  const parts = (rows.statistics ? partsOfStatistics(rows.statistics) : partsOfKeyUsage(rows)).filter(
    ({ table, column }) => !periods.has(`${table}\0${column}`),
  );
  const byTable = Map.groupBy(parts, (part) => part.table);
  return new Map(
    [...byTable].map(([table, ofTable]) => {
      const byKey = Map.groupBy(ofTable, (part) => part.key);
      const keys = [...byKey].map(([name, ofKey]) => ({
        name,
        columns: ofKey.toSorted((a, b) => a.position - b.position).map((part) => part.column),
        isPrefix: ofKey.some((part) => part.isPrefix),
      }));
      const usable = keys.filter((key) => key.columns.every((column) => column !== null)) as SourceKey[];
      return [table, usable.toSorted((a, b) => Number(isPrimary(b.name)) - Number(isPrimary(a.name)))] as const;
    }),
  );
}

function partsOfStatistics(rows: NonNullable<Rows['statistics']>) {
  return rows
    .filter((row) => row.nonunique === 0)
    .map((row) => ({
      table: tableId(row),
      key: row.indexname,
      column: row.columnname,
      position: row.seqinindex,
      isPrefix: row.subpart !== null,
    }));
}

/** key_column_usage holds foreign keys too: what is unique is said by table_constraints, or else shown by COLUMN_KEY. */
function partsOfKeyUsage(rows: Rows) {
  const kinds =
    rows.tableconstraints &&
    new Map(rows.tableconstraints.map((row) => [`${tableId(row)}\0${row.constraintname}`, row.constrainttype]));
  const keyed = new Map(
    [...Map.groupBy(rows.columns, tableId)].map(([table, columns]) => {
      const named = (mark: string) => columns.filter((c) => c.columnkey === mark).map((c) => c.columnname);
      return [table, { primary: new Set(named('PRI')), unique: new Set(named('UNI')) }] as const;
    }),
  );
  const groups = Map.groupBy(rows.keycolumnusage, (row) => `${tableId(row)}\0${row.constraintname}`);
  return [...groups].flatMap(([id, parts]) => {
    const [first] = parts;
    if (first === undefined) return [];
    const names = new Set(parts.map((part) => part.columnname));
    const marks = keyed.get(tableId(first));
    const looksUnique =
      isPrimary(first.constraintname) ||
      marks?.primary.symmetricDifference(names).size === 0 ||
      (names.size === 1 && names.isSubsetOf(marks?.unique ?? new Set()));
    const kind = kinds?.get(id);
    if (kinds ? kind !== 'PRIMARY KEY' && kind !== 'UNIQUE' : !looksUnique) return [];
    return parts.map((part, index) => ({
      table: tableId(part),
      key: part.constraintname,
      column: part.columnname,
      position: part.ordinalposition ?? index,
      isPrefix: false,
    }));
  });
}

const isPrimary = (name: string) => name === 'PRIMARY';
const tableId = (row: { readonly tableschema: string; readonly tablename: string }) =>
  `${row.tableschema}\0${row.tablename}`;
const columnId = (row: { readonly tableschema: string; readonly tablename: string; readonly columnname: string }) =>
  `${tableId(row)}\0${row.columnname}`;

function byName(a: { database: string; name: string }, b: { database: string; name: string }): number {
  return compare(a.database, b.database) || compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

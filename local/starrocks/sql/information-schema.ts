import type { Column, TableDefinition, TableModel } from '../model.ts';
import type { EditableCatalog } from '../storage/catalog.ts';
import { literal, quoted } from '../storage/duck-names.ts';
import type { EngineConnection } from '../storage/engine.ts';

/** A row of information_schema.loads; columns that are left out are NULL. */
export type LoadRecord = Readonly<Record<string, string | number | null>>;

type Cell = string | number | null;

interface View {
  readonly columns: readonly string[];
  rows(catalog: EditableCatalog, loads: readonly LoadRecord[]): Readonly<Record<string, Cell>>[];
}

/** Columns that hold numbers; all others hold texts. */
const NUMBERS =
  /^(ORDINAL_POSITION|.*_LENGTH|NUMERIC_.*|.*_PRECISION|.*_SIZE|.*_DIGITS|SRS_ID|VERSION|TABLE_ROWS|.*_FREE)$|^(DISTRIBUTE_BUCKET|TABLE_ID|ID|SCAN_.*|.*_ROWS|AUTO_INCREMENT|CHECKSUM)$/;

const COLUMN_KEYS: Readonly<Record<TableModel, string>> = {
  PRIMARY_KEYS: 'PRI',
  UNIQUE_KEYS: 'UNI',
  DUP_KEYS: 'DUP',
  AGG_KEYS: 'AGG',
};

/** Digits of numeric types. */
const PRECISIONS: Readonly<Record<string, number>> = {
  BOOLEAN: 1,
  TINYINT: 3,
  SMALLINT: 5,
  INT: 10,
  BIGINT: 19,
  LARGEINT: 39,
  FLOAT: 7,
  DOUBLE: 15,
};

/** Columns as StarRocks documents them: docs, sql-reference/information_schema. */
const VIEWS: Readonly<Record<string, View>> = {
  schemata: {
    columns: words('CATALOG_NAME SCHEMA_NAME DEFAULT_CHARACTER_SET_NAME DEFAULT_COLLATION_NAME SQL_PATH'),
    rows: (catalog) =>
      [...catalog.databases(), 'information_schema'].map((database) => ({
        CATALOG_NAME: 'def',
        SCHEMA_NAME: database,
        DEFAULT_CHARACTER_SET_NAME: 'utf8',
        DEFAULT_COLLATION_NAME: 'utf8_general_ci',
      })),
  },
  tables: {
    columns: words(
      `TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_TYPE ENGINE VERSION ROW_FORMAT TABLE_ROWS AVG_ROW_LENGTH DATA_LENGTH
       MAX_DATA_LENGTH INDEX_LENGTH DATA_FREE AUTO_INCREMENT CREATE_TIME UPDATE_TIME CHECK_TIME TABLE_COLLATION CHECKSUM
       CREATE_OPTIONS TABLE_COMMENT`,
    ),
    rows: (catalog) =>
      allTables(catalog).map((table) => ({
        TABLE_CATALOG: 'def',
        TABLE_SCHEMA: table.database,
        TABLE_NAME: table.name,
        TABLE_TYPE: 'BASE TABLE',
        ENGINE: 'StarRocks',
        TABLE_COLLATION: 'utf8_general_ci',
        TABLE_COMMENT: table.comment,
      })),
  },
  columns: {
    columns: words(
      `TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME ORDINAL_POSITION COLUMN_DEFAULT IS_NULLABLE DATA_TYPE
       CHARACTER_MAXIMUM_LENGTH CHARACTER_OCTET_LENGTH NUMERIC_PRECISION NUMERIC_SCALE DATETIME_PRECISION
       CHARACTER_SET_NAME COLLATION_NAME COLUMN_TYPE COLUMN_KEY EXTRA PRIVILEGES COLUMN_COMMENT COLUMN_SIZE
       DECIMAL_DIGITS GENERATION_EXPRESSION SRS_ID`,
    ),
    rows: (catalog) =>
      allTables(catalog).flatMap((table) => table.columns.map((column, index) => columnRow(table, column, index))),
  },
  tables_config: {
    columns: words(
      `TABLE_SCHEMA TABLE_NAME TABLE_ENGINE TABLE_MODEL PRIMARY_KEY PARTITION_KEY DISTRIBUTE_KEY DISTRIBUTE_TYPE
       DISTRIBUTE_BUCKET SORT_KEY PROPERTIES TABLE_ID`,
    ),
    rows: (catalog) => allTables(catalog).map(configRow),
  },
  loads: {
    columns: words(
      `ID LABEL PROFILE_ID DB_NAME TABLE_NAME USER WAREHOUSE STATE PROGRESS TYPE PRIORITY SCAN_ROWS SCAN_BYTES
       FILTERED_ROWS UNSELECTED_ROWS SINK_ROWS RUNTIME_DETAILS CREATE_TIME LOAD_START_TIME LOAD_COMMIT_TIME
       LOAD_FINISH_TIME PROPERTIES ERROR_MSG TRACKING_SQL REJECTED_RECORD_PATH`,
    ),
    rows: (_, loads) => [...loads],
  },
  views: empty(
    `TABLE_CATALOG TABLE_SCHEMA TABLE_NAME VIEW_DEFINITION CHECK_OPTION IS_UPDATABLE DEFINER SECURITY_TYPE
     CHARACTER_SET_CLIENT COLLATION_CONNECTION`,
  ),
  statistics: empty(
    `TABLE_CATALOG TABLE_SCHEMA TABLE_NAME NON_UNIQUE INDEX_SCHEMA INDEX_NAME SEQ_IN_INDEX COLUMN_NAME COLLATION
     CARDINALITY SUB_PART PACKED NULLABLE INDEX_TYPE COMMENT`,
  ),
  table_constraints: empty(
    'CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME TABLE_SCHEMA TABLE_NAME CONSTRAINT_TYPE',
  ),
  key_column_usage: empty(
    `CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME
     ORDINAL_POSITION POSITION_IN_UNIQUE_CONSTRAINT REFERENCED_TABLE_SCHEMA REFERENCED_TABLE_NAME REFERENCED_COLUMN_NAME`,
  ),
  referential_constraints: empty(
    `CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME UNIQUE_CONSTRAINT_CATALOG UNIQUE_CONSTRAINT_SCHEMA
     UNIQUE_CONSTRAINT_NAME MATCH_OPTION UPDATE_RULE DELETE_RULE TABLE_NAME REFERENCED_TABLE_NAME`,
  ),
  routines: empty(
    `SPECIFIC_NAME ROUTINE_CATALOG ROUTINE_SCHEMA ROUTINE_NAME ROUTINE_TYPE DTD_IDENTIFIER ROUTINE_BODY
     ROUTINE_DEFINITION EXTERNAL_NAME EXTERNAL_LANGUAGE PARAMETER_STYLE IS_DETERMINISTIC SQL_DATA_ACCESS SQL_PATH
     SECURITY_TYPE CREATED LAST_ALTERED SQL_MODE ROUTINE_COMMENT DEFINER CHARACTER_SET_CLIENT COLLATION_CONNECTION
     DATABASE_COLLATION`,
  ),
  column_privileges: empty('GRANTEE TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME PRIVILEGE_TYPE IS_GRANTABLE'),
  table_privileges: empty('GRANTEE TABLE_CATALOG TABLE_SCHEMA TABLE_NAME PRIVILEGE_TYPE IS_GRANTABLE'),
};

/** Tables that StarRocks has for the sake of MySQL clients. */
function empty(columns: string): View {
  return { columns: words(columns), rows: () => [] };
}

export function isInformationSchemaTable(name: string): boolean {
  return Object.hasOwn(VIEWS, name.toLowerCase());
}

/** Puts what is known now into temporary tables of the connection, named like the tables of information_schema. */
export async function fillInformationSchema(
  connection: EngineConnection,
  names: Iterable<string>,
  catalog: EditableCatalog,
  loads: readonly LoadRecord[],
): Promise<void> {
  for (const name of names) {
    const view = VIEWS[name];
    if (view === undefined) continue;
    const declared = view.columns.map((column) => `${quoted(column)} ${NUMBERS.test(column) ? 'BIGINT' : 'VARCHAR'}`);
    await connection.run(`CREATE OR REPLACE TEMP TABLE ${quoted(name)} (${declared.join(', ')})`);
    const rows = view
      .rows(catalog, loads)
      .map((row) => `(${view.columns.map((column) => cell(row[column])).join(', ')})`);
    if (rows.length > 0) await connection.run(`INSERT INTO temp.main.${quoted(name)} VALUES ${rows.join(', ')}`);
  }
}

/** DATA_TYPE: the type without its parameters, as MySQL calls it. */
function dataType({ type }: Column): string {
  if (type.base === 'BOOLEAN') return 'tinyint';
  return type.base === 'LARGEINT' ? 'bigint unsigned' : type.base.toLowerCase();
}

function columnRow(table: TableDefinition, column: Column, index: number): Record<string, Cell> {
  const { type } = column;
  const isText = type.base === 'VARCHAR' || type.base === 'CHAR';
  const precision = type.precision ?? PRECISIONS[type.base] ?? null;
  return {
    TABLE_SCHEMA: table.database,
    TABLE_NAME: table.name,
    COLUMN_NAME: column.name,
    ORDINAL_POSITION: index + 1,
    COLUMN_DEFAULT: column.default ?? null,
    IS_NULLABLE: column.nullable ? 'YES' : 'NO',
    DATA_TYPE: dataType(column),
    CHARACTER_MAXIMUM_LENGTH: isText ? (type.length ?? null) : null,
    CHARACTER_OCTET_LENGTH: isText ? (type.length ?? null) : null,
    NUMERIC_PRECISION: precision,
    NUMERIC_SCALE: type.scale ?? (precision === null || type.base === 'FLOAT' || type.base === 'DOUBLE' ? null : 0),
    DATETIME_PRECISION: type.base === 'DATETIME' ? 6 : null,
    CHARACTER_SET_NAME: isText ? 'utf8' : null,
    COLLATION_NAME: isText ? 'utf8_general_ci' : null,
    COLUMN_TYPE: type.text,
    COLUMN_KEY: column.key ? COLUMN_KEYS[table.model] : '',
    EXTRA: column.autoIncrement === true ? 'auto_increment' : '',
    PRIVILEGES: '',
    COLUMN_COMMENT: column.comment,
    COLUMN_SIZE: type.length ?? precision,
    DECIMAL_DIGITS: type.scale ?? null,
    GENERATION_EXPRESSION: column.generated ?? '',
  };
}

function configRow(table: TableDefinition, index: number): Record<string, Cell> {
  const names = (columns: readonly string[]) => columns.map((name) => `\`${name}\``).join(', ');
  const hasPrimaryKey = table.model === 'PRIMARY_KEYS' || table.model === 'UNIQUE_KEYS';
  return {
    TABLE_SCHEMA: table.database,
    TABLE_NAME: table.name,
    TABLE_ENGINE: 'OLAP',
    TABLE_MODEL: table.model,
    PRIMARY_KEY: hasPrimaryKey ? names(table.keys) : '',
    PARTITION_KEY: names(table.partitions),
    DISTRIBUTE_KEY: names(table.distribution.columns),
    DISTRIBUTE_TYPE: table.distribution.type,
    DISTRIBUTE_BUCKET: table.distribution.buckets ?? 0,
    SORT_KEY: names(table.keys),
    PROPERTIES: JSON.stringify(table.properties),
    TABLE_ID: 10_001 + index,
  };
}

function allTables(catalog: EditableCatalog): TableDefinition[] {
  return catalog.databases().flatMap((database) => catalog.tables(database));
}

function cell(value: Cell | undefined): string {
  if (value === undefined || value === null) return 'NULL';
  return typeof value === 'number' ? String(value) : literal(value);
}

function words(text: string): string[] {
  return text.split(/\s+/);
}

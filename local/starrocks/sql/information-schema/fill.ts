import type { TableDefinition, ViewDefinition } from '../../model.ts';
import { duckType, literal, quoted } from '../../storage/duck-names.ts';
import type { Engine, EngineConnection } from '../../storage/engine.ts';
import type { ClusterView } from '../cluster-view.ts';
import type { Objects } from '../objects.ts';
import type { Rights, Visible } from '../rights/access.ts';
import type { Session } from '../session.ts';
import { partitionsOf } from '../show/partitions.ts';
import type { TableFacts } from '../table-facts.ts';
import { timeText } from '../time-text.ts';
import type { Variables } from '../variables.ts';
import { type Cell, columnRow, configRow, type Row } from './table-rows.ts';
import { informationSchema, ownDatabases, systemTable, systemTables } from './tables.ts';

/** What the rows are made from. */
export interface Known extends TableFacts {
  /** As the session may see it. */
  readonly catalog: Visible;
  readonly rights: Rights;
  readonly cluster: ClusterView;
  readonly objects: Objects;
  readonly variables: Variables;
  readonly session: Session;
}

type Rows = (known: Known) => readonly Row[] | Promise<readonly Row[]>;

/** Tables that have rows; all others are there for the sake of MySQL clients, or tell of what a stand-in has not. */
const rowsOfView: Readonly<Record<string, Rows>> = {
  schemata: ({ catalog, rights }) =>
    [
      ...catalog.databases(),
      informationSchema,
      ...ownDatabases.filter((database) => rights.allowed('ANY', { kind: 'DATABASE', database })),
    ].map((database) => ({
      CATALOG_NAME: 'def',
      SCHEMA_NAME: database,
      DEFAULT_CHARACTER_SET_NAME: 'utf8',
      DEFAULT_COLLATION_NAME: 'utf8_general_ci',
    })),
  tables: async (known) => [
    ...(await Promise.all([...tables(known), ...systemTables].map((table) => tableRow(known, table)))),
    ...views(known).map((view) => viewRow(known, view)),
  ],
  views: (known) =>
    views(known).map(({ database, name, query }) => ({
      TABLE_CATALOG: 'def',
      TABLE_SCHEMA: database,
      TABLE_NAME: name,
      VIEW_DEFINITION: query,
      CHECK_OPTION: 'NONE',
      IS_UPDATABLE: 'NO',
      SECURITY_TYPE: 'INVOKER',
      CHARACTER_SET_CLIENT: 'utf8',
      COLLATION_CONNECTION: 'utf8_general_ci',
    })),
  columns: (known) => columnRows([...tables(known), ...views(known)]),
  tables_config: (known) => [
    ...tables(known).map((table) => configRow(table, known.objects.of(table.database, table.name).id)),
    ...views(known).map(({ database, name }) => ({ TABLE_SCHEMA: database, TABLE_NAME: name, TABLE_ENGINE: 'VIEW' })),
  ],
  partitions_meta: async (known) =>
    (await Promise.all(tables(known).map((table) => partitionRows(known, table)))).flat(),
  be_tablets: (known) => tables(known).flatMap((table) => tabletRows(known, table)),
  loads: ({ cluster }) => cluster.loads(),
  load_tracking_logs: ({ cluster }) => cluster.trackingLogs(),
  session_variables: ({ variables, session }) => variableRows(variables.all(session, 'session')),
  global_variables: ({ variables, session }) => variableRows(variables.all(session, 'global')),
  engines: () => [
    { ENGINE: 'OLAP', SUPPORT: 'YES', COMMENT: 'Default storage engine of StarRocks', TRANSACTIONS: 'NO' },
  ],
  character_sets: () => [
    { CHARACTER_SET_NAME: 'utf8', DEFAULT_COLLATE_NAME: 'utf8_general_ci', DESCRIPTION: 'UTF-8 Unicode', MAXLEN: 3 },
  ],
};

/** A database in memory beside the tables: it holds the rows that never change, which are most of those of `columns`. */
const constantRows = 'starrocks_constant_rows';

/** To be done before anything is filled; once is enough. */
export async function keepConstantRows(engine: Engine): Promise<void> {
  await engine.run(`ATTACH IF NOT EXISTS ':memory:' AS ${constantRows}`);
  const rows = columnRows(systemTables);
  await engine.connected((connection) => makeTable(connection, constantRows, 'columns', rows));
}

/** Puts what is known now into temporary tables of the connection, named like the tables of information_schema. */
export async function fillInformationSchema(
  connection: EngineConnection,
  names: Iterable<string>,
  known: Known,
): Promise<void> {
  for (const name of names) {
    await makeTable(connection, 'temp', name, (await rowsOfView[name]?.(known)) ?? []);
    if (name === 'columns') await connection.run(`INSERT INTO temp.main.columns FROM ${constantRows}.columns`);
  }
}

/** @in database: of DuckDB */
async function makeTable(
  connection: EngineConnection,
  database: 'temp' | typeof constantRows,
  name: string,
  rows: readonly Row[],
): Promise<void> {
  const table = `${database}.main.${quoted(name)}`;
  const { columns = [] } = systemTable(name) ?? {};
  const declared = columns.map((column) => `${quoted(column.name)} ${duckType(column.type)}`);
  await connection.run(
    `CREATE OR REPLACE ${database === 'temp' ? 'TEMP ' : ''}TABLE ${table} (${declared.join(', ')})`,
  );
  const values = rows.map((row) => `(${columns.map((column) => cell(row[column.name])).join(', ')})`);
  if (values.length > 0) await connection.run(`INSERT INTO ${table} VALUES ${values.join(', ')}`);
}

function columnRows(relations: readonly (TableDefinition | ViewDefinition)[]): Row[] {
  return relations.flatMap((relation) => relation.columns.map((column, index) => columnRow(relation, column, index)));
}

function tables({ catalog }: Known): TableDefinition[] {
  return catalog.databases().flatMap((database) => catalog.tables(database));
}

function views({ catalog }: Known): ViewDefinition[] {
  return catalog.databases().flatMap((database) => catalog.views(database));
}

function viewRow({ objects }: Known, { database, name, comment }: ViewDefinition): Row {
  return {
    TABLE_CATALOG: 'def',
    TABLE_SCHEMA: database,
    TABLE_NAME: name,
    TABLE_TYPE: 'VIEW',
    CREATE_TIME: timeText(objects.of(database, name).createdAtMs),
    TABLE_COLLATION: 'utf8_general_ci',
    TABLE_COMMENT: comment,
  };
}

async function tableRow({ objects, countRows }: Known, table: TableDefinition): Promise<Row> {
  const isSystem = table.database === informationSchema;
  const made = timeText(objects.of(table.database, table.name).createdAtMs);
  const numbers = isSystem
    ? {}
    : { TABLE_ROWS: await countRows(table), AVG_ROW_LENGTH: 0, DATA_LENGTH: 0, UPDATE_TIME: made };
  return {
    TABLE_CATALOG: 'def',
    TABLE_SCHEMA: table.database,
    TABLE_NAME: table.name,
    TABLE_TYPE: isSystem ? 'SYSTEM VIEW' : 'BASE TABLE',
    ENGINE: isSystem ? 'MEMORY' : 'StarRocks',
    CREATE_TIME: made,
    TABLE_COLLATION: 'utf8_general_ci',
    TABLE_COMMENT: table.comment,
    ...numbers,
  };
}

/** All rows of a table are counted in its first partition. */
async function partitionRows(known: Known, table: TableDefinition): Promise<Row[]> {
  const count = await known.countRows(table);
  const partitions = await partitionsOf(table, known);
  return partitions.map(({ name }, index) => partitionRow(known, table, { name, count: index === 0 ? count : 0 }));
}

function partitionRow(
  { objects }: Known,
  table: TableDefinition,
  partition: { readonly name: string; readonly count: number },
): Row {
  const { database, name, distribution } = table;
  const { id, createdAtMs } = objects.of(database, name, partition.name);
  return {
    DB_NAME: database,
    TABLE_NAME: name,
    PARTITION_NAME: partition.name,
    PARTITION_ID: id,
    VISIBLE_VERSION: 1,
    VISIBLE_VERSION_TIME: timeText(createdAtMs),
    NEXT_VERSION: 2,
    DATA_VERSION: 1,
    VERSION_TXN_TYPE: 'TXN_NORMAL',
    PARTITION_KEY: '',
    PARTITION_VALUE: '',
    DISTRIBUTION_KEY: distribution.type === 'RANDOM' ? 'ALL KEY' : distribution.columns.join(', '),
    BUCKETS: distribution.buckets ?? 1,
    REPLICATION_NUM: 1,
    STORAGE_MEDIUM: 'SSD',
    COOLDOWN_TIME: '9999-12-31 15:59:59',
    IS_IN_MEMORY: 0,
    IS_TEMP: 0,
    DATA_SIZE: '0B',
    ROW_COUNT: partition.count,
    STORAGE_SIZE: 0,
  };
}

/** Older versions are merged. */
const mergedAfterMs = 60_000;

/** Every tablet has a version for each load of the last minute, and one for all before. */
function tabletRows({ cluster, objects }: Known, { database, name, distribution }: TableDefinition): Row[] {
  const loads = cluster.transactions().filter((each) => each.database === database && each.table === name);
  const visible = loads.filter(({ state }) => state === 'VISIBLE');
  const young = visible.filter(({ finishedAtMs = 0 }) => finishedAtMs >= cluster.now() - mergedAfterMs);
  const [{ id: backend } = { id: -1 }] = cluster.backends();
  return Array.from({ length: distribution.buckets ?? 1 }, (_, index) => ({
    BE_ID: backend,
    TABLE_ID: objects.of(database, name).id,
    PARTITION_ID: objects.of(database, name, name).id,
    TABLET_ID: objects.of(database, name, `tablet ${index}`).id,
    NUM_VERSION: 1 + young.length,
    MAX_VERSION: 1 + visible.length,
    MIN_VERSION: 0,
    NUM_ROWSET: 1 + young.length,
    STATE: 'RUNNING',
    MEDIUM_TYPE: 'HDD',
  }));
}

function variableRows(variables: readonly (readonly [string, string])[]): Row[] {
  return variables.map(([name, value]) => ({ VARIABLE_NAME: name, VARIABLE_VALUE: value }));
}

function cell(value: Cell | undefined): string {
  if (value === undefined || value === null) return 'NULL';
  return typeof value === 'number' ? String(value) : literal(value);
}

/** Reads what a table looks like, over the query port. */

import { backticked } from '../kit/backticked.ts';
import { SinkError } from '../kit/errors.ts';
import { openQueryPort, type QueryAccess, type QueryPort, type Row } from './query-port.ts';
import { type TableModel, tableModelOf, tableModelOfKeys } from './table-model.ts';

export interface TableColumn {
  readonly name: string;
  /** As StarRocks prints it, e.g. `varchar(20)`, `decimal(10,2)` */
  readonly type: string;
  readonly nullable: boolean;
  readonly key: boolean;
  /** Computed by StarRocks: such a column must stay out of loads. */
  readonly generated: boolean;
  /** StarRocks numbers rows that hold no value. */
  readonly autoIncrement: boolean;
  /** The DEFAULT as StarRocks prints it: a value, or an expression such as CURRENT_TIMESTAMP. */
  readonly default: string | undefined;
}

export interface TableSchema {
  /** In table order. */
  readonly columns: readonly TableColumn[];
  readonly model: TableModel;
}

/**
 * Reads columns and model of a table; the hosts of the URL are tried in turn.
 *
 * @in     meanwhile: called when StarRocks has been asked, and is waited for
 * @throws SinkError OPTIONS_INVALID: the URL; STARROCKS_UNREACHABLE: every host and why; STARROCKS_ACCESS_DENIED;
 *         STARROCKS_PRIVILEGE_MISSING; STARROCKS_CONFIGURATION: no such database or table; STARROCKS_TRANSIENT: an outage;
 *         TABLE_MODEL_UNKNOWN
 * @source information_schema.columns, information_schema.tables_config: Stream Load reference §10
 */
export async function readTable(
  access: QueryAccess,
  database: string,
  table: string,
  meanwhile?: () => void,
): Promise<TableSchema> {
  const port = await openQueryPort(access);
  try {
    return await readSchema(port, { database, table }, meanwhile);
  } finally {
    port.close();
  }
}

async function readSchema(
  port: QueryPort,
  about: { database: string; table: string },
  meanwhile?: () => void,
): Promise<TableSchema> {
  const { database, table } = about;
  // SELECT *: GENERATION_EXPRESSION does not exist in every release.
  const asked = port.query(
    'SELECT * FROM information_schema.columns WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION',
    [database, table],
    about,
  );
  meanwhile?.();
  const columns = await asked;
  if (columns.length === 0) throw await whyNothing(port, about);
  const model = tableModelOfKeys(columns.map((column) => text(column['COLUMN_KEY']))) ?? (await askModel(port, about));
  const described = columns.map(readColumn);
  const numbered = described.some(mayNumberItself) ? await numberedColumn(port, about) : undefined;
  return { columns: described.map((column) => ({ ...column, autoIncrement: column.name === numbered })), model };
}

/** A table without key columns says its model here only. @throws SinkError TABLE_MODEL_UNKNOWN, or as a question does */
async function askModel(port: QueryPort, about: { database: string; table: string }): Promise<TableModel> {
  const { database, table } = about;
  const [config] = await port.query(
    'SELECT TABLE_MODEL FROM information_schema.tables_config WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
    [database, table],
    about,
  );
  const word = text(config?.['TABLE_MODEL']);
  const model = tableModelOf(word);
  if (model !== undefined) return model;
  const found = config === undefined ? 'has no row for it' : `says ${JSON.stringify(word)}`;
  throw new SinkError('TABLE_MODEL_UNKNOWN', `Of ${database}.${table}, information_schema.tables_config ${found}.`);
}

/** @source Stream Load reference: an AUTO_INCREMENT column is BIGINT NOT NULL */
const mayNumberItself = ({ type, nullable, generated, default: byDefault }: TableColumn) =>
  /^bigint\b/i.test(type) && !/unsigned/i.test(type) && !nullable && !generated && byDefault === undefined;

/** information_schema does not tell it. @source test/fixtures/recorded/information-schema.json */
async function numberedColumn(port: QueryPort, about: { database: string; table: string }) {
  const { database, table } = about;
  try {
    const [row] = await port.query(`SHOW CREATE TABLE ${backticked(database)}.${backticked(table)}`, [], about);
    return /^\s*`((?:[^`]|``)+)`[^\n]*\sAUTO_INCREMENT\b/im
      .exec(text(row?.['CREATE TABLE']))?.[1]
      ?.replaceAll('``', '`');
  } catch (error) {
    // Who may only INSERT need not be shown it.
    if (error instanceof SinkError && error.code === 'STARROCKS_PRIVILEGE_MISSING') return undefined;
    throw error;
  }
}

/** What may not be seen is not there in information_schema, so that only DESC tells it apart from what does not exist. */
async function whyNothing(port: QueryPort, about: { database: string; table: string }): Promise<unknown> {
  const { database, table } = about;
  try {
    await port.query(`DESC ${backticked(database)}.${backticked(table)}`, [], about);
  } catch (error) {
    return error;
  }
  return new SinkError(
    'STARROCKS_CONFIGURATION',
    `There is no table ${database}.${table} in information_schema.columns, or the user may not see it.`,
  );
}

function readColumn(row: Row): TableColumn {
  return {
    name: text(row['COLUMN_NAME']),
    type: text(row['COLUMN_TYPE']),
    nullable: text(row['IS_NULLABLE']).toUpperCase() === 'YES',
    key: text(row['COLUMN_KEY']) !== '',
    generated: text(row['GENERATION_EXPRESSION']) !== '' || /(?:virtual|stored) generated/i.test(text(row['EXTRA'])),
    autoIncrement: false,
    default: defaultIn(row['COLUMN_DEFAULT']),
  };
}

/** HLL and BITMAP say that their default is a character that is none. */
function defaultIn(value: unknown): string | undefined {
  return value === null || value === undefined || value === '\0' ? undefined : String(value);
}

function text(value: unknown): string {
  return value === null || value === undefined ? '' : String(value);
}

import { backticked } from '../../kit/backticked.ts';
import { SinkError } from '../../kit/errors.ts';
import { columnDefinition } from '../../mysql/ddl.ts';
import type { FollowedTable, MySqlSource, SchemaChange } from '../../mysql/follow/source.ts';
import type { SourceColumn } from '../../mysql/information-schema.ts';
import { type PlannedColumn, planColumn } from '../../mysql/plan-column.ts';
import type { CompiledRoute, Routes } from '../../options/compile-routes.ts';
import type { TableSchema } from '../../starrocks/schema.ts';
import { columnsIn } from './alter-clauses.ts';

export interface SchemaChangeDeps {
  readonly routes: Routes;
  /** The table as StarRocks has it. @throws SinkError */
  readonly targetOf: (database: string, table: string) => Promise<TableSchema>;
  /** Runs a statement in StarRocks; one that adds a column that is there is the caller's not to send. */
  readonly run: (statement: string) => Promise<void>;
  readonly told: (statement: string) => void;
}

/** How migrate would plan a column, whatever it was asked then: types are compared as far as both profiles agree. */
const choices = {
  profile: 'native',
  useDecimalV3: true,
  tinyint1: 'tinyint',
  binary: 'varbinary',
  json: 'json',
} as const;

/**
 * Makes what becomes of a change of a table: it is done in StarRocks, needs nothing, or stops the follower. What a person has
 * done in the meantime is seen: the same statement is met again when following goes on.
 *
 * @throws SinkError SOURCE_TABLE_CHANGED
 */
export function createSchemaChanges(deps: SchemaChangeDeps) {
  return async (change: SchemaChange, transaction: string, source: Pick<MySqlSource, 'tables'>): Promise<void> => {
    const { database, table } = change;
    const stop = (remedy: string) => stopped(change, transaction, remedy);
    const followed = async () => (await source.tables()).filter((each) => each.database === database);
    const route = deps.routes.routeOf(database, table);
    if (table === '' && change.change === 'drop' && (await followed()).length > 0)
      throw stop('its tables are followed.');
    if (table === '' || route === undefined || change.change === 'create') return;
    if (change.change === 'alter') {
      if (columnsIn(change.statement) === 'none') return;
      // One that is not there was dropped since, and that statement is to come.
      const now = (await followed()).find((each) => each.table === table);
      if (now) await adapt(now, stop, deps);
      return;
    }
    const remedy = whyNot(change, route);
    if (remedy !== undefined) throw stop(remedy);
  };
}

/** @out  undefined: the route allows it */
function whyNot({ change }: SchemaChange, { options, target }: CompiledRoute): string | undefined {
  const where = `${backticked(target.database)}.${backticked(target.table)}`;
  if (change === 'truncate')
    return options['sink.on-truncate'] === 'ignore'
      ? undefined
      : `when the queues are empty, run in StarRocks: TRUNCATE TABLE ${where}, and go on behind it. Or set sink.on-truncate to ignore in its route.`;
  if (change === 'drop')
    return options['sink.on-drop'] === 'ignore'
      ? undefined
      : 'set sink.on-drop to ignore in its route, if its rows are to stay.';
  return 'take a snapshot of the table again, under another source.name.';
}

type Stop = (remedy: string) => SinkError;

async function adapt(followed: FollowedTable, stop: Stop, deps: SchemaChangeDeps): Promise<void> {
  const { route } = followed;
  const { database, table } = route.target;
  const target = await deps.targetOf(database, table);
  const has = new Map(target.columns.map((column) => [column.name.toLowerCase(), column]));
  const where = `${backticked(database)}.${backticked(table)}`;
  const wanted = wantedColumns(followed);
  const gone = route.columns.find(
    ({ name, source = name, sourceType = '' }) =>
      !sourceType.startsWith('@') && !wanted.some((each) => each.from === source),
  );
  if (gone)
    throw stop(
      `the route of ${where} names the column ${gone.source ?? gone.name}, which is gone: take it out, or give it another source.`,
    );
  for (const { planned } of wanted) {
    const found = has.get(planned.name.toLowerCase());
    if (found !== undefined && isNarrower(found.type, planned.type))
      throw stop(`run in StarRocks: ALTER TABLE ${where} MODIFY COLUMN ${columnDefinition(planned)}.`);
  }
  const missing = wanted.filter(({ planned }) => !has.has(planned.name.toLowerCase()));
  if (missing.length === 0 || route.options['sink.schema-change'] === 'ignore') return;
  const clauses = missing.map(({ planned }) => `ADD COLUMN ${columnDefinition({ ...planned, nullable: true })}`);
  const statement = `ALTER TABLE ${where} ${clauses.join(', ')}`;
  if (route.options['sink.schema-change'] === 'refuse')
    throw stop(
      `run in StarRocks: ${statement}; and name the column in the route. Or set sink.schema-change to add-columns, or to ignore.`,
    );
  await deps.run(statement);
  deps.told(statement);
}

/** Columns of the source that StarRocks should have, by the name that they have there. */
function wantedColumns({ source, route, key }: FollowedTable): readonly { from: string; planned: PlannedColumn }[] {
  const named = new Map(route.columns.map(({ name, source: from = name }) => [from.toLowerCase(), name]));
  const isKey = new Set(key.map((name) => name.toLowerCase()));
  return source.columns.map((column: SourceColumn) => {
    const lower = column.name.toLowerCase();
    const name = named.get(lower) ?? column.name;
    const where = `${source.database}.${source.name}.${column.name}`;
    return { from: column.name, planned: planColumn(column, name, where, isKey.has(lower), choices).column };
  });
}

const order = ['tinyint', 'smallint', 'int', 'bigint', 'largeint'];

/** Whether values of the second type may not fit into the first, of types that differ in nothing else. */
function isNarrower(has: string, wants: string): boolean {
  const [found, wanted] = [partsOf(has), partsOf(wants)];
  const ranks = [order.indexOf(found.name), order.indexOf(wanted.name)] as const;
  if (ranks[0] >= 0 && ranks[1] >= 0) return ranks[0] < ranks[1];
  return found.name === wanted.name && wanted.sizes.some((size, at) => size > (found.sizes[at] ?? size));
}

const partsOf = (type: string) => {
  const [, name = '', sizes = ''] = /^([a-z]+)\d*(?:\(([\d, ]*)\))?/i.exec(type) ?? [];
  return { name: name.toLowerCase(), sizes: sizes === '' ? [] : sizes.split(',').map(Number) };
};

const stopped = ({ database, table, statement }: SchemaChange, transaction: string, remedy: string) =>
  new SinkError(
    'SOURCE_TABLE_CHANGED',
    `${database}${table === '' ? '' : `.${table}`}, in the transaction ${transaction}: ${statement.slice(0, 500)}. ${remedy[0]?.toUpperCase()}${remedy.slice(1)}`,
  );

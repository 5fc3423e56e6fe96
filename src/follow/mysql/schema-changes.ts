import { backticked } from '../../kit/backticked.ts';
import { SinkError } from '../../kit/errors.ts';
import type { FollowedTable, MySqlSource, SchemaChange } from '../../mysql/follow/source.ts';
import type { CompiledRoute, Routes } from '../../options/compile-routes.ts';
import type { TableSchema } from '../../starrocks/schema.ts';
import { adaptTarget } from './adapt-target.ts';
import { columnClauses } from './alter-clauses.ts';

export interface SchemaChangeDeps {
  readonly routes: Routes;
  /** The table as StarRocks has it. @throws SinkError */
  readonly targetOf: (database: string, table: string) => Promise<TableSchema>;
  /** Runs a statement in StarRocks; one that adds a column that is there is the caller's not to send. */
  readonly run: (statement: string) => Promise<void>;
  readonly told: (statement: string) => void;
}

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
    const route = deps.routes.routeOf(database, table);
    if (route === undefined || change.change === 'create') return;
    if (change.change !== 'alter') {
      const remedy = whyNot(change, route, await source.tables());
      if (remedy !== undefined) throw stop(remedy);
      return;
    }
    const clauses = columnClauses(change.statement);
    if (clauses.length === 0) return;
    // One that is not there was dropped since, and that statement is to come.
    const now = (await source.tables()).find((each) => each.database === database && each.table === table);
    if (now === undefined) return;
    const statement = adaptTarget(clauses, now, await deps.targetOf(route.target.database, route.target.table), stop);
    if (statement === undefined) return;
    await deps.run(statement);
    deps.told(statement);
  };
}

/** @out  undefined: the route allows it */
function whyNot(
  { change, database, table }: SchemaChange,
  route: CompiledRoute,
  tables: readonly FollowedTable[],
): string | undefined {
  const { options, target } = route;
  const where = `${backticked(target.database)}.${backticked(target.table)}`;
  if (change === 'truncate') {
    if (options['sink.on-truncate'] === 'ignore') return undefined;
    const isShared = tables.some(
      (each) => each.route === route && !(each.database === database && each.table === table),
    );
    const shard = isShared
      ? `DELETE FROM ${where} WHERE …, of the rows that came from ${table} alone`
      : `TRUNCATE TABLE ${where}`;
    return `when the queues are empty, run in StarRocks: ${shard}; then go on with --past. Or set sink.on-truncate to ignore in its route.`;
  }
  if (change === 'drop')
    return options['sink.on-drop'] === 'ignore'
      ? undefined
      : 'set sink.on-drop to ignore in its route, if its rows are to stay.';
  const copied = 'take a snapshot of the table again, under another source.name.';
  return change === 'rename'
    ? `${copied} If a tool changed its columns by a copy (gh-ost, pt-online-schema-change), do in StarRocks what it did, and go on with --past.`
    : copied;
}

const stopped = ({ database, table, statement }: SchemaChange, transaction: string, remedy: string) =>
  new SinkError(
    'SOURCE_TABLE_CHANGED',
    `${database}${table === '' ? '' : `.${table}`}, in the transaction ${transaction}: ${statement.slice(0, 500)}. ${remedy[0]?.toUpperCase()}${remedy.slice(1)}`,
  );

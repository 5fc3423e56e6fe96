/** What becomes of a table in StarRocks when columns of its source change. */
import { backticked } from '../../kit/backticked.ts';
import type { SinkError } from '../../kit/errors.ts';
import { addColumns } from '../../mysql/compare-table.ts';
import { columnDefinition } from '../../mysql/ddl.ts';
import type { FollowedTable } from '../../mysql/follow/source.ts';
import { readColumnType } from '../../rows/column-type.ts';
import type { TableColumn, TableSchema } from '../../starrocks/schema.ts';
import type { ColumnClause } from './alter-clauses.ts';
import { goneColumns, hasRoom, keyGap, type TargetColumn, targetColumns } from './target-columns.ts';

/** Makes the error that stops the follower, with what to do. */
export type Stop = (remedy: string) => SinkError;

interface Adapted {
  readonly table: FollowedTable;
  readonly target: TableSchema;
  readonly stop: Stop;
  readonly columns: readonly TargetColumn[];
  readonly found: (name: string) => TableColumn | undefined;
  /** The table in StarRocks, back-ticked. */
  readonly where: string;
}

/**
 * Looks what a table in StarRocks needs after an ALTER TABLE of its source.
 *
 * @in      table: as the source has it now, which may be after further statements
 * @out     the statement that adds columns, where the route allows it; undefined: nothing is to be done
 * @throws  what `stop` makes: a person must act first
 */
export function adaptTarget(
  clauses: readonly ColumnClause[],
  table: FollowedTable,
  target: TableSchema,
  stop: Stop,
): string | undefined {
  const columns = targetColumns(table);
  const { route } = table;
  const byName = new Map(target.columns.map((column) => [column.name.toLowerCase(), column]));
  const where = `${backticked(route.target.database)}.${backticked(route.target.table)}`;
  const found = (name: string) => byName.get(name.toLowerCase());
  const adapted = { table, target, stop, columns, found, where };
  const [gone] = goneColumns(table);
  if (gone)
    throw stop(
      `the route of ${where} names the column ${gone.source ?? gone.name}, which is gone: take it out, or give it another source.`,
    );
  for (const clause of clauses) if (clause.kind !== 'add') checkClause(clause, adapted);
  return additions(clauses, adapted);
}

function checkClause(clause: Exclude<ColumnClause, { kind: 'add' }>, adapted: Adapted): void {
  const { table, columns, stop, where } = adapted;
  const { route } = table;
  switch (clause.kind) {
    case 'key': {
      const gap = route.mode === 'mirror' ? keyGap(table, route, columns) : [];
      if (gap.length === 0) return;
      throw stop(
        `the key of ${where} does not tell its rows apart any more: fill a table with ${gap.join(', ')} in its key, from a snapshot under another source.name.`,
      );
    }
    case 'drop':
      checkDropped(clause.column, adapted);
      return;
    case 'rename':
      checkRenamed(clause, adapted);
      return;
    case 'modify':
      for (const column of columns)
        if (column.from?.toLowerCase() === clause.column.toLowerCase()) checkValues(column, adapted);
      return;
    case 'convert':
      for (const column of columns) if (charsetOf(column) !== null) checkValues(column, adapted);
  }
}

/** One that the route names is seen before. */
function checkDropped(column: string, { table: { route }, found, stop, where }: Adapted): void {
  if (route.columns.length > 0 || route.options['sink.schema-change'] === 'ignore') return;
  if (found(column)?.generated !== false) return;
  throw stop(`run in StarRocks: ALTER TABLE ${where} DROP COLUMN ${backticked(column)}.`);
}

function checkRenamed(
  { column, to }: { readonly column: string; readonly to: string },
  { table: { route }, found, stop, where }: Adapted,
): void {
  if (route.columns.length > 0 || found(to) || !found(column)) return;
  throw stop(
    `when the queues are empty, run in StarRocks: ALTER TABLE ${where} RENAME COLUMN ${backticked(column)} TO ${backticked(to)}.`,
  );
}

const charsetOf = ({ planned: { origin } }: TargetColumn) => (typeof origin === 'string' ? null : origin.charset);

/** A column of other text, or of another type: its values must have room, and those that are there must be what they were. */
function checkValues(column: TargetColumn, { table, found, stop, where }: Adapted): void {
  const { planned, isSent } = column;
  const now = found(planned.name);
  if (!isSent || now === undefined) return;
  // What a history holds is what was.
  if (table.route.mode === 'mirror' && !keepsValues(column, now))
    throw stop(
      `rows of ${where} may hold values of ${planned.name} that were converted in the source, of which the binlog tells nothing: take a snapshot of the table again, under another source.name. If none was, go on with --past.`,
    );
  if (!hasRoom(column, now))
    throw stop(
      `run in StarRocks: ALTER TABLE ${where} MODIFY COLUMN ${columnDefinition({ ...planned, nullable: now.nullable })}.`,
    );
}

/**
 * Whether values of a column are what they were. What the column is in StarRocks tells what it was in the source: within a kind, the
 * server refuses a value that it would have to change; but decimals are rounded, and fractions of seconds.
 */
function keepsValues({ planned }: TargetColumn, found: TableColumn): boolean {
  const [now, before] = [readColumnType(planned.type), readColumnType(found.type)];
  const { origin } = planned;
  const isOfTime = typeof origin !== 'string' && /^(?:time|datetime|timestamp)$/.test(origin.dataType);
  if (isOfTime || now.kind !== before.kind) return false;
  return now.kind !== 'decimal' || (before.kind === 'decimal' && now.scale >= before.scale);
}

type Addition = Extract<ColumnClause, { kind: 'add' }>;

function additions(
  clauses: readonly ColumnClause[],
  { table, columns, found, stop, where }: Adapted,
): string | undefined {
  const { route } = table;
  const byOption = route.options['sink.schema-change'];
  const added = clauses
    .filter((clause): clause is Addition => clause.kind === 'add')
    .flatMap((clause) => {
      // One that is not there was dropped or renamed since, and that statement is to come.
      const column = columns.find(({ from }) => from?.toLowerCase() === clause.column.toLowerCase());
      return column === undefined ? [] : [{ clause, column }];
    });
  for (const { column } of added) {
    const there = found(column.planned.name);
    if (there !== undefined && column.isSent && !hasRoom(column, there))
      throw stop(`run in StarRocks: ALTER TABLE ${where} MODIFY COLUMN ${columnDefinition(column.planned)}.`);
  }
  const missing = added.filter(({ column }) => found(column.planned.name) === undefined);
  if (missing.length === 0 || byOption === 'ignore') return undefined;
  const { database, table: name } = route.target;
  const planned = missing.map(({ column }) => column.planned);
  const statement = addColumns({ database, name }, planned);
  const untold = missing.filter(({ clause, column }) => isUntold(clause, column));
  if (untold.length > 0 && route.mode === 'mirror')
    throw stop(
      `run in StarRocks: ${statement}; with the value as DEFAULT that rows which are there got of ${untold.map(({ clause }) => clause.column).join(', ')}, since the binlog does not tell it; if they got several, take a snapshot of the table again.`,
    );
  if (byOption === 'refuse')
    throw stop(
      `run in StarRocks: ${statement}; and name the column in the route. Or set sink.schema-change to add-columns, or to ignore.`,
    );
  return statement;
}

/** Rows that are there got a value which StarRocks would not give them. */
const isUntold = ({ fills }: Addition, { planned }: TargetColumn) =>
  fills === 'unknown' || (fills === 'constant' && planned.default === undefined);

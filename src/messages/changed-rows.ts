import type { SinkOptions } from '../options/table.ts';
import type { Chunk, Rejection } from '../rows/chunk.ts';
import { type JsonRows, rowsOfObjects } from '../rows/json-rows.ts';
import type { RowAttributes } from './attributes.ts';
import type { Change, Image } from './changes/change.ts';
import { type OrderRules, orderProblem } from './changes/order.ts';
import { readChanges } from './changes/read-changes.ts';
import type { MirrorRules } from './changes/table-rows.ts';
import type { MessageRouter, Taken, Told } from './message-route.ts';
import { columnNamer, orderOf, rowWriter } from './routed-changes.ts';
import { toldNames } from './routed-rows.ts';

export interface ChangedRowsRules extends MirrorRules {
  /** True of tables that a message may name. */
  readonly isAllowed: (database: string, table: string) => boolean;
  /** Finds the route of an event. */
  readonly router?: Pick<MessageRouter, 'ofChange'>;
  /** Deletes are left out, but for those of a changed key. */
  readonly dropsDeletes?: boolean;
  /** What becomes of a change of the table itself; refused unless told. */
  readonly schemaChange?: SchemaChangePolicy;
  /** An older change must not win over a newer, in whatever order they arrive. */
  readonly order?: OrderRules;
}

/** Rows, and what the chunk of them has to say. */
type ChangedRows = Omit<Extract<JsonRows, { ok: true }>, 'ok'> &
  Pick<
    Chunk,
    | 'database'
    | 'table'
    | 'columns'
    | 'isPartial'
    | 'removesRows'
    | 'isUntyped'
    | 'hasHexBytes'
    | 'orderedBy'
    | 'addsColumns'
  >;

type Named = Pick<RowAttributes, 'database' | 'table'>;

/** Attributes of a message, and what else routes ask for. */
type Asked = Named & Partial<Pick<Told, 'attributes' | 'object'>>;

/**
 * Makes rows of a text of change events. They go to the table that the message names, or else to that of the route which takes
 * the table of the event, or else to this itself, where messages may name it, or else to the default table.
 *
 * @out  for each table its rows, at least one, in the order of the events; undefined: the text holds no change events
 */
export function changedRows(
  text: string,
  named: Asked,
  rules: ChangedRowsRules,
):
  | { readonly ok: true; readonly tables: readonly ChangedRows[] }
  | { readonly ok: false; readonly rejection: Rejection }
  | undefined {
  const changes = readChanges(text);
  if (changes === undefined) return undefined;
  if ('code' in changes) return { ok: false, rejection: changes };
  const altered = problemOfSchema(changes, named, rules);
  if (altered) return { ok: false, rejection: altered };
  const tables = byTarget(changes, named, rules);
  if (tables.length === 0) tables.push({ target: { database: named.database, table: named.table }, runs: [] });
  const unordered = problemOfOrder(tables, rules);
  if (unordered) return { ok: false, rejection: unordered };
  return { ok: true, tables: tables.map((table) => ({ ...rowsOfTable(table.runs, rules), ...table.target })) };
}

/** @out  why a change of a table is not taken; undefined: there is none, or none that matters */
function problemOfSchema(changes: readonly Change[], named: Asked, rules: ChangedRowsRules): Rejection | undefined {
  const refused = changes.find((change) => {
    if (change.altered === undefined) return false;
    const policy = policyOf(rules.router?.ofChange(change, { attributes: {}, ...named }), rules);
    return policy === 'refuse' || (policy === 'add-columns' && !change.altered.addsColumnsOnly);
  });
  return refused?.altered?.rejection;
}

type SchemaChangePolicy = SinkOptions['sink.schema-change'];

const policyOf = (taken: Taken | undefined, { schemaChange = 'refuse' }: ChangedRowsRules): SchemaChangePolicy =>
  taken?.route.options['sink.schema-change'] ?? schemaChange;

interface TableChanges {
  readonly target: Named;
  readonly runs: Run[];
}

/** Changes of one table of the source that follow each other, and the route that takes them. */
interface Run {
  readonly taken: Taken | undefined;
  readonly changes: Change[];
}

/** Changes of one table mostly follow each other, and are not looked at again. */
function byTarget(changes: readonly Change[], named: Asked, rules: ChangedRowsRules): TableChanges[] {
  const tables = new Map<string, TableChanges>();
  let open: Run | undefined;
  for (const change of changes) {
    if (change.rows.length === 0) continue;
    const before = open?.changes.at(-1);
    const isAlike =
      before?.table === change.table && before?.database === change.database && before?.schema === change.schema;
    if (!isAlike || open === undefined) {
      const taken = rules.router?.ofChange(change, { attributes: {}, ...named });
      const target = taken?.route.target ?? targetOf(change, named, rules);
      const key = JSON.stringify([target.database, target.table]);
      const table = tables.get(key) ?? { target, runs: [] };
      tables.set(key, table);
      open = { taken, changes: [] };
      table.runs.push(open);
    }
    open.changes.push(change);
  }
  return [...tables.values()];
}

function problemOfOrder(tables: readonly TableChanges[], rules: ChangedRowsRules): Rejection | undefined {
  for (const { taken, changes } of tables.flatMap(({ runs }) => runs)) {
    const order = orderOf(taken, rules);
    const problem = order && orderProblem(changes, order);
    if (problem) return problem;
  }
  return undefined;
}

function rowsOfTable(runs: readonly Run[], rules: ChangedRowsRules): Omit<ChangedRows, 'database' | 'table'> {
  const rows: string[] = [];
  for (const { taken, changes } of runs) {
    const write = rowWriter(taken, rules);
    for (const change of changes) rows.push(...write(change));
  }
  const changes = runs.flatMap((run) => run.changes);
  const order = orderOf(runs[0]?.taken, rules);
  const read = rows.length > 0 ? rowsOfObjects(rows) : noRows;
  return {
    ...{ ...read, columns: undefined },
    ...(changes.some(({ isPartial }) => isPartial) ? { isPartial: true as const, columns: heldByAll(runs) } : {}),
    ...(order ? { orderedBy: order.columns.version } : {}),
    ...(!order && rows.some(removesRow) ? { removesRows: true as const } : {}),
    ...(changes.some(({ isUntyped }) => isUntyped) ? { isUntyped: true as const } : {}),
    ...(changes.some(({ hasHexBytes }) => hasHexBytes) ? { hasHexBytes: true as const } : {}),
    ...(policyOf(runs[0]?.taken, rules) === 'add-columns' ? { addsColumns: true as const } : {}),
  };
}

const noRows: Omit<Extract<JsonRows, { ok: true }>, 'ok'> = { layout: 'items', text: '', rows: 0, badRows: [] };

/** As rows of a mirror are written. */
const removesRow = (row: string) => row.endsWith('"__op":1}');

/** @out  undefined: the events hold different columns, so that only the table's own say which loads they need */
function heldByAll(runs: readonly Run[]): readonly string[] | undefined {
  const images = runs.flatMap(({ taken, changes }) => {
    const nameOf = columnNamer(taken);
    const told = taken ? toldNames(taken.route) : [];
    const heldBy = ({ names }: Image) => [...names.map(nameOf), ...told];
    return changes.flatMap(({ rows }) => rows.flatMap(({ after }) => (after ? [heldBy(after)] : [])));
  });
  const isOne = new Set(images.map((names) => names.join('\0'))).size === 1;
  return isOne ? images[0]?.filter((name) => name !== '__op') : undefined;
}

/** In StarRocks a schema of Postgres, or of SQL Server, is mostly a database of its own. */
function targetOf({ database, schema, table }: Change, attributes: Named, { isAllowed }: ChangedRowsRules): Named {
  const named = { database: attributes.database, table: attributes.table };
  const name = named.table ?? table;
  const databases = named.database === undefined ? [database, schema] : [named.database];
  if (name === undefined || (named.database !== undefined && named.table !== undefined)) return named;
  const found = databases.find((each) => each !== undefined && isAllowed(each, name));
  return found === undefined ? named : { database: found, table: name };
}

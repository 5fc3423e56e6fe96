import type { Chunk, Rejection } from '../rows/chunk.ts';
import { type JsonRows, rowsOfObjects } from '../rows/json-rows.ts';
import type { RowAttributes } from './attributes.ts';
import type { Change } from './changes/change.ts';
import { readChanges } from './changes/read-changes.ts';
import { type MirrorRules, mirrorRows } from './changes/table-rows.ts';

export interface ChangedRowsRules extends MirrorRules {
  /** True of tables that a message may name. */
  readonly isAllowed: (database: string, table: string) => boolean;
}

/** Rows, and what the chunk of them has to say. */
type ChangedRows = Omit<Extract<JsonRows, { ok: true }>, 'ok'> &
  Pick<Chunk, 'database' | 'table' | 'columns' | 'isPartial' | 'removesRows' | 'isUntyped'>;

type Named = Pick<RowAttributes, 'database' | 'table'>;

/**
 * Makes rows of a text of change events. They go to the table that the message names, or else to that of the event, where
 * messages may name it, or else to the default table.
 *
 * @out  undefined: the text holds no change events
 */
export function changedRows(
  text: string,
  named: Named,
  rules: ChangedRowsRules,
):
  | { readonly ok: true; readonly rows: ChangedRows }
  | { readonly ok: false; readonly rejection: Rejection }
  | undefined {
  const changes = readChanges(text);
  if (changes === undefined) return undefined;
  if ('code' in changes) return { ok: false, rejection: changes };
  const changing = changes.filter(({ rows }) => rows.length > 0);
  const kinds = kindsOf(changing, named, rules);
  const [kind = { database: named.database, table: named.table, columns: undefined }] = kinds;
  if (kinds.length > 1) return { ok: false, rejection: mixed(kinds) };
  const rows: string[] = [];
  for (const change of changing) for (const row of change.rows) rows.push(...mirrorRows(row, rules));
  const read = rows.length > 0 ? rowsOfObjects(rows) : noRows;
  const flags = {
    ...(kind.columns ? { isPartial: true as const } : {}),
    ...(changing.some(removesRows) ? { removesRows: true as const } : {}),
    ...(changing.some(({ isUntyped }) => isUntyped) ? { isUntyped: true as const } : {}),
  };
  return { ok: true, rows: { ...read, ...kind, ...flags } };
}

const noRows: Omit<Extract<JsonRows, { ok: true }>, 'ok'> = { layout: 'items', text: '', rows: 0, badRows: [] };

const removesRows = ({ rows }: Change) => rows.some((row) => row.operation === 'delete' || row.movesKey);

type Kind = Pick<Chunk, 'database' | 'table' | 'columns'>;

/** Changes of one table mostly follow each other, and what is the same object is not looked at again. */
function kindsOf(changes: readonly Change[], named: Named, rules: ChangedRowsRules): readonly Kind[] {
  const kinds = new Map<string, Kind>();
  let before: Change | undefined;
  for (const change of changes) {
    const isAlike =
      before?.table === change.table &&
      before?.database === change.database &&
      before?.schema === change.schema &&
      !before?.isPartial &&
      !change.isPartial;
    before = change;
    if (isAlike) continue;
    const kind = kindOf(change, named, rules);
    kinds.set(JSON.stringify(kind), kind);
  }
  return [...kinds.values()];
}

/** What has to be the same of all rows of a message. */
function kindOf(change: Change, named: Named, rules: ChangedRowsRules): Kind {
  const [row] = change.rows.flatMap(({ after }) => after ?? []);
  const columns = change.isPartial && row ? row.names.filter((name) => name !== '__op') : undefined;
  return { ...targetOf(change, named, rules), columns };
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

function mixed(kinds: readonly Kind[]): Rejection {
  const tables = new Set(kinds.map(({ database, table }) => `${database ?? '(default)'}.${table ?? '(default)'}`));
  const detail =
    tables.size > 1
      ? `Found events of ${[...tables].slice(0, 5).join(', ')}.`
      : 'Found events that hold all columns beside events that hold some, or others.';
  return { code: 'CHANGE_TABLES_MIXED', detail };
}

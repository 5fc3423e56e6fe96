import type { Chunk, Rejection } from '../rows/chunk.ts';
import { type JsonRows, readJsonRows } from '../rows/json-rows.ts';
import type { RowAttributes } from './attributes.ts';
import type { Change, ChangeRules } from './changes/change.ts';
import { readChanges } from './changes/read-changes.ts';

export interface ChangedRowsRules extends ChangeRules {
  /** True of tables that a message may name. */
  readonly isAllowed: (database: string, table: string) => boolean;
}

/** Rows, and what the chunk of them has to say. */
type ChangedRows = Omit<Extract<JsonRows, { ok: true }>, 'ok'> &
  Pick<Chunk, 'database' | 'table' | 'columns' | 'isPartial' | 'removesRows'>;

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
  const changes = readChanges(text, rules);
  if (changes === undefined) return undefined;
  if ('code' in changes) return { ok: false, rejection: changes };
  const changing = changes.filter(({ rows }) => rows.length > 0);
  const kinds = new Map(
    changing.map((change) => kindOf(change, named, rules)).map((kind) => [JSON.stringify(kind), kind]),
  );
  const [kind = { database: named.database, table: named.table, columns: undefined }] = kinds.values();
  if (kinds.size > 1) return { ok: false, rejection: mixed([...kinds.values()]) };
  const rows = changing.flatMap((change) => change.rows);
  const read = rows.length > 0 ? readJsonRows(rows.map((row) => JSON.stringify(row)).join('\n')) : noRows;
  if (!read.ok) return read;
  const { ok: _, ...found } = read;
  const flags = {
    ...(kind.columns ? { isPartial: true as const } : {}),
    ...(rows.some(({ __op }) => __op === 1) ? { removesRows: true as const } : {}),
  };
  return { ok: true, rows: { ...found, ...kind, ...flags } };
}

const noRows: JsonRows = { ok: true, layout: 'items', text: '', rows: 0, badRows: [] };

type Kind = Pick<Chunk, 'database' | 'table' | 'columns'>;

/** What has to be the same of all rows of a message. */
function kindOf(change: Change, named: Named, rules: ChangedRowsRules): Kind {
  const [row] = change.rows.filter(({ __op }) => __op === 0);
  const columns = change.isPartial && row ? Object.keys(row).filter((name) => name !== '__op') : undefined;
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

import {
  type Change,
  type ChangeOrigin,
  digitsOf,
  invalid,
  isObject,
  type Json,
  nothing,
  type ReadChange,
  schemaChanged,
  textOr,
} from './change.ts';
import { imageOf, overlaid } from './exact-values.ts';
import { mayMoveKey } from './moved-key.ts';
import { binlogVersion } from './versions.ts';

const dataTypes = new Set(['insert', 'update', 'delete', 'bootstrap-insert']);
const empty = new Set(['bootstrap-start', 'bootstrap-complete', 'database-create', 'database-alter', 'table-create']);
const schemaTypes = new Set(['table-alter', 'table-drop', 'database-drop']);

/** Events of Maxwell. @source  Maxwell: data format, bootstrapping; recorded from 1.22.6 */
export const readMaxwell: ReadChange = (event) => {
  const { type, database, table, data, old, encrypted, primary_key_columns: keys } = event;
  if (isObject(encrypted) && 'bytes' in encrypted && (typeof type === 'string' || Object.keys(event).length === 1))
    return invalid('Maxwell', 'it is encrypted; let it be sent as it is (encrypt=none), the queue encrypts');
  if (typeof type !== 'string' || typeof database !== 'string') return undefined;
  const isBare = !('ts' in event) && !('xid' in event) && !dataTypes.has(type);
  if (isBare || 'isDdl' in event) return undefined;
  if (empty.has(type)) return nothing;
  if (schemaTypes.has(type)) return schemaChanged(database, table, type.replace('-', ' '), event['sql']);
  if (!dataTypes.has(type) || typeof table !== 'string' || !('data' in event)) return undefined;
  if (!isObject(data)) return invalid('Maxwell', 'data is expected to be an object');
  const after = plainImage(data);
  const place = { database: textOr(database), table: textOr(table), origin: () => originOf(event) };
  const change = (row: Change['rows'][number]): Change => ({ ...place, rows: [row] });
  if (type === 'delete') return change({ operation: 'delete', before: after });
  if (type === 'bootstrap-insert') return change({ operation: 'snapshot', after });
  if (type === 'insert' || !isObject(old)) return change({ operation: type as 'insert' | 'update', after });
  const before = overlaid(after, plainImage(old));
  // What had a value, and is left out now, is NULL: `output_nulls` says whether NULLs are written.
  const omitted = Object.keys(old).filter((name) => !Object.hasOwn(data, name));
  const whole = omitted.length === 0 ? after : overlaid(after, { names: omitted, texts: omitted.map(() => 'null') });
  const moved = mayMoveKey(keys, old, whole) ? { movesKey: true as const } : {};
  return change({ operation: 'update', before: overlaid(whole, before), after: whole, ...moved });
};

/** A SET is a list of its members, which hold no comma; columns of the type JSON can be such lists too, and are not told apart. */
const plainImage = (row: Json) => imageOf(row, () => setOf);

const setOf = (value: unknown): unknown => {
  const isSet = Array.isArray(value) && value.every((each) => typeof each === 'string' && !each.includes(','));
  return isSet ? value.join(',') : undefined;
};

/** The rows of one statement stand at one place, and are counted through their transaction; its last row is not counted. */
const lastRow = String(2 ** 24 - 1);

/** @source  Maxwell: output_binlog_position, output_commit_info, output_xoffset, output_gtid_position; `ts` counts seconds */
function originOf(event: Json): ChangeOrigin {
  const [seconds, row] = [digitsOf(event['ts']), digitsOf(event['xoffset'])];
  const transaction = textOr(event['gtid']) ?? digitsOf(event['xid']);
  const committed = {
    ...(seconds === undefined ? {} : { committedAtMs: Number(seconds) * 1000 }),
    ...(transaction === undefined ? {} : { transaction }),
  };
  const [, file, place] = /^(.+):(\d+)$/.exec(textOr(event['position']) ?? '') ?? [];
  if (file === undefined || place === undefined) return committed;
  const version = binlogVersion(file, place, row ?? lastRow);
  return { ...committed, position: `${file}:${place}:${row ?? ''}`, ...(version === undefined ? {} : { version }) };
}

import {
  exactNumber,
  invalid,
  isObject,
  type Json,
  mapValues,
  nothing,
  type ReadChange,
  remove,
  schemaChanged,
  textOr,
  upsert,
} from './change.ts';

const dataTypes = new Set(['insert', 'update', 'delete', 'bootstrap-insert']);
const empty = new Set(['bootstrap-start', 'bootstrap-complete', 'database-create', 'database-alter', 'table-create']);
const schemaTypes = new Set(['table-alter', 'table-drop', 'database-drop']);

/** Events of Maxwell. @source  Maxwell: data format, bootstrapping; recorded from 1.22.6 */
export const readMaxwell: ReadChange = (event, { ignoresUpdateBefore }) => {
  const { type, database, table, data, old, primary_key_columns: keys } = event;
  if (typeof type !== 'string' || typeof database !== 'string') return undefined;
  const isBare = !('ts' in event) && !('xid' in event) && !dataTypes.has(type);
  if (isBare || 'isDdl' in event) return undefined;
  if (empty.has(type)) return nothing;
  if (schemaTypes.has(type)) return schemaChanged(database, table, type.replace('-', ' '));
  if (!dataTypes.has(type) || typeof table !== 'string' || !('data' in event)) return undefined;
  if (!isObject(data)) return invalid('Maxwell', 'data is expected to be an object');
  const row = plainRow(data);
  const found = { database: textOr(database), table: textOr(table) };
  if (type === 'delete') return { ...found, rows: [remove(row)] };
  if (!isObject(old) || type !== 'update') return { ...found, rows: [upsert(row)] };
  const before = { ...row, ...plainRow(old) };
  const names = Array.isArray(keys) ? keys : [];
  const isReplaced = !ignoresUpdateBefore || names.some((name) => Object.hasOwn(old, name));
  return { ...found, rows: [...(isReplaced ? [remove(before)] : []), upsert(row)] };
};

/** A SET is a list of its members, which hold no comma; columns of the type JSON can be such lists too, and are not told apart. */
const plainRow = (row: Json): Json =>
  mapValues(row, (value) => {
    const isSet = Array.isArray(value) && value.every((each) => typeof each === 'string' && !each.includes(','));
    return isSet ? value.join(',') : exactNumber(value);
  });

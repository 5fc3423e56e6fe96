import type { Rejection } from '../../rows/chunk.ts';
import {
  type Change,
  type ChangeRules,
  digitsOf,
  invalid,
  isObject,
  type Json,
  nothing,
  type ReadChange,
  remove,
  schemaChanged,
  textOr,
  truncated,
  upsert,
} from './change.ts';
import { fieldsOf, plainRow, type ValueSchema } from './debezium-values.ts';

/**
 * Events of Debezium, of any of its connectors: the envelope, with its schema or without, or the row alone, as
 * ExtractNewRecordState leaves it with `__deleted` or `__op`.
 *
 * @source  Debezium 3.6: data change events; ExtractNewRecordState; Kafka Connect: JsonConverter
 */
export const readDebezium: ReadChange = (event, rules) => {
  const { schema, payload } = event;
  const isWrapped = 'schema' in event && 'payload' in event && Object.keys(event).length === 2;
  if (!isWrapped) return readPayload(event, undefined, rules);
  if (schema === null && payload === null) return nothing;
  if (!isObject(schema) || schema['type'] !== 'struct' || !Array.isArray(schema['fields'])) return undefined;
  if (payload === null) return nothing;
  if (!isObject(payload)) return invalid('Debezium', 'its payload is expected to be an object');
  if (schema['name'] === 'io.debezium.connector.common.Heartbeat') return nothing;
  // With a schema around it, a row needs no other mark.
  return readPayload(payload, schema, rules) ?? readBareRow(payload, schema);
};

function readPayload(
  payload: Json,
  schema: ValueSchema | undefined,
  rules: ChangeRules,
): Change | Rejection | undefined {
  const { op, source, ddl, status, id } = payload;
  if (isObject(source) && 'connector' in source && 'ddl' in payload) return readDdl(payload, source, ddl);
  if (typeof op === 'string' && isObject(source) && 'ts_ms' in payload) {
    return readEnvelope(payload, source, op, schema, rules);
  }
  if ('event_count' in payload && 'data_collections' in payload && typeof status === 'string' && id !== undefined) {
    return nothing;
  }
  const isHeartbeat = digitsOf(payload['ts_ms']) !== undefined && Object.keys(payload).length === 1;
  if (isHeartbeat) return nothing;
  const isMarked = payload['__deleted'] === 'true' || payload['__deleted'] === 'false' || isLetter(payload['__op']);
  return isMarked ? readBareRow(payload, schema) : undefined;
}

const isLetter = (op: unknown) => typeof op === 'string' && /^[crudtm]$/.test(op);

function readEnvelope(
  payload: Json,
  source: Json,
  op: string,
  schema: ValueSchema | undefined,
  { ignoresUpdateBefore }: ChangeRules,
): Change | Rejection {
  const table = tableOf(source['db'], source['schema'], source['table']);
  const image = (side: 'before' | 'after') => {
    const row = payload[side];
    const known = fieldsOf(schema).find((field) => field.field === side);
    return isObject(row) ? plainRow(row, known) : undefined;
  };
  const [before, after] = [image('before'), image('after')];
  switch (op) {
    case 'c':
    case 'r':
    case 'u': {
      if (after === undefined) return invalid('Debezium', `op is ${op}, and it has no image after the change`);
      const isReplaced = op === 'u' && !ignoresUpdateBefore && before !== undefined;
      return written(table, after, isReplaced ? before : undefined);
    }
    case 'd':
      if (before === undefined) return invalid('Debezium', 'op is d, and it has no image before the change, so no key');
      return { ...table, rows: [remove(heldOf(before))] };
    case 't':
      return truncated(table.schema ?? table.database, table.table);
    case 'm':
      return nothing;
    default:
      return invalid('Debezium', `op is expected to be c, r, u, d, t or m, found ${JSON.stringify(op.slice(0, 16))}`);
  }
}

const tableOf = (database: unknown, schema: unknown, table: unknown) => ({
  ...{ database: textOr(database), schema: textOr(schema), table: textOr(table) },
});

function written(table: ReturnType<typeof tableOf>, after: Json, before: Json | undefined): Change {
  const held = heldOf(after);
  const isPartial = Object.keys(held).length < Object.keys(after).length;
  const removed = before === undefined ? [] : [remove(heldOf(before))];
  return { ...table, rows: [...removed, upsert(held)], ...(isPartial ? { isPartial } : {}) };
}

/** Debezium's word for a column that the database did not give it, since it did not change: text, or bytes, or one in a list. */
const placeholder = '__debezium_unavailable_value';
const unavailable: ReadonlySet<unknown> = new Set([placeholder, Buffer.from(placeholder).toString('base64')]);

const isUnavailable = (value: unknown): boolean =>
  unavailable.has(value) ||
  (Array.isArray(value) && value.length === 1 && unavailable.has(value[0])) ||
  (isObject(value) && Object.keys(value).length === 1 && Object.hasOwn(value, placeholder));

const heldOf = (row: Json): Json =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => !isUnavailable(value)));

/** What ExtractNewRecordState adds to a row when it is told to, its prefix being `__`. */
const addedField =
  /^__(?:deleted|op|db|schema|table|ts_ms|ts_us|ts_ns|connector|name|version|snapshot|sequence|gtid|file|pos|row|thread|query|server_id|lsn|txId|xmin|scn|change_lsn|commit_lsn|event_serial_no|(?:source|transaction)_.+)$/;

/** @source  Debezium: ExtractNewRecordState; `__op` is a letter there, and a number for StarRocks */
function readBareRow(payload: Json, schema: ValueSchema | undefined): Change | Rejection {
  const { __op: op, __deleted: deleted } = payload;
  const name = (field: string) => payload[`__${field}`] ?? payload[`__source_${field}`];
  const table = tableOf(name('db'), name('schema'), name('table'));
  if (op === 't') return truncated(table.schema ?? table.database, table.table);
  if (op === 'm') return nothing;
  const columns = Object.entries(plainRow(payload, schema)).filter(([column]) => !addedField.test(column));
  if (columns.length === 0) return invalid('Debezium', 'it has no column beside those that Debezium adds');
  const row = Object.fromEntries(columns);
  return deleted === 'true' || op === 'd' ? { ...table, rows: [remove(heldOf(row))] } : written(table, row, undefined);
}

/**
 * What a snapshot begins with, and statements that change no table, tell nothing new; a new table is not filled yet.
 *
 * @source  Debezium: schema change topic, tableChanges
 */
function readDdl(payload: Json, source: Json, ddl: unknown): Change | Rejection {
  const { tableChanges, databaseName, schemaName } = payload;
  if (!Array.isArray(tableChanges)) return invalid('Debezium', 'a change of the schema without tableChanges');
  const isOfSnapshot =
    source['snapshot'] !== undefined && source['snapshot'] !== 'false' && source['snapshot'] !== false;
  const changed = tableChanges.find((each) => isObject(each) && each['type'] !== 'CREATE');
  if (isOfSnapshot || changed === undefined) return nothing;
  const statement = typeof ddl === 'string' ? /^\s*\w+(?:\s+\w+)?/.exec(ddl)?.[0].trim() : undefined;
  return schemaChanged(textOr(schemaName) ?? databaseName, source['table'], statement ?? 'a change');
}

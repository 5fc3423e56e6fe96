import type { Rejection } from '../../rows/chunk.ts';
import {
  type Change,
  type ChangeOrigin,
  digitsOf,
  type Image,
  invalid,
  isObject,
  type Json,
  nothing,
  type ReadChange,
  type RowChange,
  schemaChanged,
  textOr,
  truncated,
} from './change.ts';
import { originOf, originOfAdded } from './debezium-origin.ts';
import { fieldOf, typedImage, type ValueSchema } from './debezium-values.ts';
import { imageWhere } from './exact-values.ts';

/**
 * Events of Debezium, of any of its connectors: the envelope, with its schema or without, or the row alone, as
 * ExtractNewRecordState leaves it with `__deleted` or `__op`.
 *
 * @source  Debezium 3.6: data change events; ExtractNewRecordState; Kafka Connect: JsonConverter
 */
export const readDebezium: ReadChange = (event) => {
  const { schema, payload } = event;
  const isWrapped = 'schema' in event && 'payload' in event && Object.keys(event).length === 2;
  if (!isWrapped) return readPayload(event, undefined);
  if (schema === null && payload === null) return nothing;
  if (!isObject(schema) || !isRowSchema(schema)) return undefined;
  if (payload === null) return nothing;
  if (!isObject(payload)) return invalid('Debezium', 'its payload is expected to be an object');
  if (schema['name'] === 'io.debezium.connector.common.Heartbeat') return nothing;
  // With a schema around it, a row needs no other mark.
  return readPayload(payload, schema) ?? readBareRow(payload, schema);
};

/** Whether a schema is one of objects, as those of events are. */
export const isRowSchema = ({ type, fields }: ValueSchema): boolean => type === 'struct' && Array.isArray(fields);

function readPayload(payload: Json, schema: ValueSchema | undefined): Change | Rejection | undefined {
  const { op, source, ddl, status, id } = payload;
  if (isObject(source) && 'connector' in source && 'ddl' in payload) return readDdl(payload, source, ddl);
  if (typeof op === 'string' && isObject(source) && 'ts_ms' in payload) {
    return readEnvelope(payload, source, op, schema);
  }
  if ('event_count' in payload && 'data_collections' in payload && typeof status === 'string' && id !== undefined) {
    return nothing;
  }
  const isHeartbeat =
    digitsOf(payload['ts_ms']) !== undefined && Object.keys(payload).every((key) => key.startsWith('ts_'));
  if (isHeartbeat) return nothing;
  const isMarked = deletedOf(payload) !== undefined || isLetter(payload['__op']);
  return isMarked ? readBareRow(payload, schema) : undefined;
}

/** Text where Debezium wrote it; what reads its schema may have made a boolean of it. */
function deletedOf({ __deleted: deleted }: Json): boolean | undefined {
  if (deleted === 'true' || deleted === true) return true;
  return deleted === 'false' || deleted === false ? false : undefined;
}

const isLetter = (op: unknown) => typeof op === 'string' && /^[crudtm]$/.test(op);

function readEnvelope(payload: Json, source: Json, op: string, schema: ValueSchema | undefined): Change | Rejection {
  const place = {
    ...tableOf(source['db'], source['schema'], source['table']),
    origin: () => originOf(source, payload['transaction']),
  };
  const image = (side: 'before' | 'after') => {
    const row = payload[side];
    return isObject(row) ? typedImage(row, schema && fieldOf(schema, side)) : undefined;
  };
  const after = image('after');
  switch (op) {
    case 'c':
    case 'r':
    case 'u': {
      if (after === undefined) return invalid('Debezium', `op is ${op}, and it has no image after the change`);
      const before = op === 'u' ? image('before') : undefined;
      return changed(place, operations[op], after, before, schema);
    }
    case 'd': {
      const before = image('before');
      if (before === undefined) return invalid('Debezium', 'op is d, and it has no image before the change, so no key');
      return changed(place, 'delete', undefined, before, schema);
    }
    case 't':
      return truncated(place.schema ?? place.database, place.table);
    case 'm':
      return nothing;
    default:
      return invalid('Debezium', `op is expected to be c, r, u, d, t or m, found ${JSON.stringify(op.slice(0, 16))}`);
  }
}

export const operations = { c: 'insert', r: 'snapshot', u: 'update', d: 'delete' } as const;

const tableOf = (database: unknown, schema: unknown, table: unknown) => ({
  ...{ database: textOr(database), schema: textOr(schema), table: textOr(table) },
});

export type Place = ReturnType<typeof tableOf> & { readonly origin: () => ChangeOrigin };

/** A key that changes is an event for the old one, and one for the new. */
export function changed(
  place: Place,
  operation: RowChange['operation'],
  after: Image | undefined,
  before: Image | undefined,
  schema: ValueSchema | undefined,
): Change {
  const held = after && heldOf(after);
  const row = { operation, ...(held ? { after: held } : {}), ...(before ? { before: heldOf(before) } : {}) };
  const isPartial = held !== undefined && held.names.length < (after?.names.length ?? 0);
  return {
    ...{ ...place, rows: [row] },
    ...(isPartial ? { isPartial } : {}),
    ...(schema === undefined ? { isUntyped: true as const } : {}),
  };
}

/** Debezium's word for a column that the database did not give it, since it did not change: text, or bytes, or one in a list. */
const placeholder = '__debezium_unavailable_value';
const unavailable: ReadonlySet<string> = new Set(
  [placeholder, Buffer.from(placeholder).toString('base64'), Buffer.from(placeholder).toString('hex')].flatMap((word) =>
    [word, [word]].map((value) => JSON.stringify(value)),
  ),
);

/** Says of JSON that none of its values can be one that the database did not give. */
export const isGiven = (json: string): boolean => !unavailableWord.test(json);

const unavailableWord = new RegExp(
  ['utf8', 'base64', 'hex'].map((encoding) => Buffer.from(placeholder).toString(encoding as BufferEncoding)).join('|'),
);

const isUnavailable = (text: string): boolean =>
  text.length > placeholder.length &&
  text.length < longestPlaceholder &&
  (unavailable.has(text) || text.startsWith(`{"${placeholder}":`));

const longestPlaceholder = 100;

const heldOf = (image: Image): Image => imageWhere(image, (text) => !isUnavailable(text));

/** What ExtractNewRecordState adds to a row when it is told to, its prefix being `__`. */
const addedField =
  /^__(?:deleted|op|db|schema|table|ts_ms|ts_us|ts_ns|connector|name|version|snapshot|sequence|gtid|file|pos|row|thread|query|server_id|lsn|txId|xmin|scn|change_lsn|commit_lsn|event_serial_no|(?:source|transaction)_.+)$/;

/** @source  Debezium: ExtractNewRecordState; `__op` is a letter there, and a number for StarRocks */
function readBareRow(payload: Json, schema: ValueSchema | undefined): Change | Rejection {
  const { __op: op } = payload;
  const name = (field: string) => payload[`__${field}`] ?? payload[`__source_${field}`];
  const named = namesIn(schema);
  const table = tableOf(name('db') ?? named.database, name('schema'), name('table') ?? named.table);
  const place = { ...table, origin: () => originOfAdded(name) };
  if (op === 't') return truncated(place.schema ?? place.database, place.table);
  if (op === 'm') return nothing;
  const image = imageWhere(typedImage(payload, schema), (_, column) => !addedField.test(column));
  if (image.names.length === 0) return invalid('Debezium', 'it has no column beside those that Debezium adds');
  if (deletedOf(payload) || op === 'd') return changed(place, 'delete', undefined, image, schema);
  return changed(place, isOperation(op) ? operations[op] : 'update', image, undefined, schema);
}

/** Where nothing is added that tells the table, the name of the schema does: `prefix.shop.orders.Value`. */
function namesIn(schema: ValueSchema | undefined): { readonly database?: string; readonly table?: string } {
  const [, database, table] = /\.([^.]+)\.([^.]+)\.Value$/.exec(textOr(schema?.name) ?? '') ?? [];
  return database !== undefined && table !== undefined ? { database, table } : {};
}

const isOperation = (op: unknown): op is keyof typeof operations => typeof op === 'string' && op in operations;

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
  return schemaChanged(textOr(schemaName) ?? databaseName, source['table'], statement ?? 'a change', ddl);
}

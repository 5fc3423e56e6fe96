import { invalid, isObject, type ReadChange } from './change.ts';
import { readDebezium } from './debezium.ts';

/** What a field of the source is called in the attributes of an event, where names have small letters only. */
const fields: readonly (readonly [attribute: string, field: string])[] = [
  ...(['connector', 'name', 'snapshot', 'db', 'schema', 'table', 'file', 'pos', 'row', 'gtid', 'lsn'] as const).map(
    (name) => [name, name] as const,
  ),
  ...([
    ['tsms', 'ts_ms'],
    ['txId', 'txId'],
    ['changelsn', 'change_lsn'],
  ] as const),
  ...([
    ['commitlsn', 'commit_lsn'],
    ['eventserialno', 'event_serial_no'],
  ] as const),
];

/** Events of Debezium that its CloudEventsConverter wrote as JSON. @source  Debezium: Emitting change event records in CloudEvents format */
export const readCloudEvent: ReadChange = (event) => {
  const { specversion, iodebeziumop: op, iodebeziumtxid: transaction, data } = event;
  if (typeof specversion !== 'string' || typeof op !== 'string' || !('data' in event)) return undefined;
  if (!isObject(data))
    return invalid('Debezium', 'the data of a CloudEvent are expected to be JSON, not base64 or Avro');
  const told = fields.map(([attribute, field]) => [field, event[`iodebezium${attribute}`]] as const);
  const source = Object.fromEntries(told.filter(([, value]) => value !== undefined));
  const id = typeof transaction === 'string' ? { transaction: { id: transaction } } : {};
  const around = { source: { connector: '', ...source }, op, ts_ms: source['ts_ms'] ?? null, ...id };
  const { schema, payload } = data;
  if (isObject(schema) && isObject(payload)) return readDebezium({ schema, payload: { ...payload, ...around } });
  return readDebezium({ ...data, ...around });
};

import { isUtf8 } from 'node:buffer';
import { textOf } from '../../rows/json-values.ts';
import { type Envelope, type Fields, fieldsOf, isObject, type Json, unfit } from './envelope.ts';
import { bodiesOf, isRejection } from './envelope-bytes.ts';
import { timeOfEpoch } from './event-time.ts';

/**
 * A record of a Kafka topic, as EventBridge Pipes send it, or records as a function gets them. One without value is a tombstone,
 * which tells Kafka what it may forget.
 *
 * @source  EventBridge user guide, Pipes: Amazon MSK and self managed Apache Kafka as a source; Lambda developer guide, MSK event
 */
export const kafka: Envelope = {
  name: 'kafka',
  service: 'Kafka',
  isOne: ({ eventSource }) => eventSource === 'aws:kafka' || eventSource === 'SelfManagedKafka',
  unwrap(envelope, record, { maxInflatedBytes }) {
    const records = recordsIn(envelope);
    const offsets: unknown[] = [];
    for (const { topic, partition, offset } of records) {
      if (typeof topic !== 'string' || textOf(partition) === null || textOf(offset) === null)
        return unfit('Kafka', 'it has no topic, partition or offset');
      offsets.push([topic, textOf(partition), textOf(offset)]);
    }
    const cluster = envelope['eventSourceArn'] ?? envelope['eventSourceARN'] ?? envelope['bootstrapServers'];
    const held = records.filter(({ value = null }) => value !== null);
    if (held.length === 0) return { record, objects: [] };
    const bodies = bodiesOf(
      'Kafka',
      held.map((each) => ({ data: each['value'], fields: fieldsOfRecord(each, cluster) })),
      maxInflatedBytes,
    );
    if (isRejection(bodies)) return bodies;
    const key = `kafka:${JSON.stringify([cluster, ...(offsets.length === 1 ? offsets.flat() : offsets)])}`;
    return { record, bodies, identity: { key, timeMs: timeOfEpoch(records[0]?.['timestamp']) } };
  },
};

/** Keys are bytes, mostly of text. */
function fieldsOfRecord({ topic, partition, offset, timestamp, key }: Json, source: unknown): Fields {
  const bytes = typeof key === 'string' ? Buffer.from(key, 'base64') : undefined;
  const text = bytes && (isUtf8(bytes) ? bytes.toString() : key);
  const id = `${topic}-${textOf(partition)}-${textOf(offset)}`;
  return fieldsOf({ timeMs: timeOfEpoch(timestamp), sequence: offset, id, key: text, source, topic });
}

/** A function gets them by partition. @throws TypeError */
function recordsIn(envelope: Json): readonly Json[] {
  const { records } = envelope;
  if (records === undefined) return [envelope];
  const all = isObject(records) ? Object.values(records).flat() : [records];
  if (!all.every(isObject)) throw new TypeError('Records of no shape that is known.');
  return all;
}

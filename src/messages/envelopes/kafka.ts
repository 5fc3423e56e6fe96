import { textOf } from '../../rows/json-values.ts';
import { type Envelope, unfit } from './envelope.ts';
import { isRejection, textsOf } from './envelope-bytes.ts';
import { timeOfEpoch } from './event-time.ts';

/**
 * A record of a Kafka topic, as EventBridge Pipes send it. One without value is a tombstone, which tells Kafka what it may forget.
 *
 * @source  EventBridge user guide, Pipes: Amazon MSK and self managed Apache Kafka as a source
 */
export const kafka: Envelope = {
  name: 'kafka',
  service: 'Kafka',
  isOne: ({ eventSource }) => eventSource === 'aws:kafka' || eventSource === 'SelfManagedKafka',
  unwrap(envelope, record, { maxInflatedBytes }) {
    const { topic, value = null } = envelope;
    const [partition, offset] = [textOf(envelope['partition']), textOf(envelope['offset'])];
    if ('records' in envelope) return unfit('Kafka', 'records of several partitions; a pipe sends each by itself');
    if (typeof topic !== 'string' || partition === null || offset === null)
      return unfit('Kafka', 'it has no topic, partition or offset');
    if (value === null) return { record, objects: [] };
    if (typeof value !== 'string') return unfit('Kafka', 'value is expected to be base64');
    const bodies = textsOf('Kafka', value, maxInflatedBytes);
    if (isRejection(bodies)) return bodies;
    const cluster = envelope['eventSourceArn'] ?? envelope['eventSourceARN'] ?? envelope['bootstrapServers'];
    const key = `kafka:${JSON.stringify([cluster, topic, partition, offset])}`;
    return { record, bodies, identity: { key, timeMs: timeOfEpoch(envelope['timestamp']) } };
  },
};

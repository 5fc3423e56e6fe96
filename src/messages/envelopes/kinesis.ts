import { type Envelope, type Fields, fieldsOf, isObject, type Json, recordsOf, unfit } from './envelope.ts';
import { bodiesOf, isRejection } from './envelope-bytes.ts';
import { timeOfEpoch } from './event-time.ts';

const source = 'aws:kinesis';

/**
 * A record of a Kinesis stream, as EventBridge Pipes send it, or records as a function gets them.
 *
 * @source  Kinesis event record of Lambda and Pipes
 */
export const kinesis: Envelope = {
  name: 'kinesis',
  service: 'Kinesis',
  isOne: (envelope) =>
    (envelope['eventSource'] === source && 'kinesisSchemaVersion' in envelope) ||
    recordsOf(envelope, source) !== undefined,
  unwrap(envelope, record, { maxInflatedBytes }) {
    const records = recordsOf(envelope, source) ?? [envelope];
    const flat = records.map((each) => (isObject(each['kinesis']) ? { ...each, ...each['kinesis'] } : each));
    const keys = flat.map(({ eventID, sequenceNumber }) => eventID ?? sequenceNumber);
    if (!keys.every((key) => typeof key === 'string')) return unfit('Kinesis', 'it has no eventID');
    const bodies = bodiesOf(
      'Kinesis',
      flat.map((each) => ({ data: each['data'], fields: fieldsOfRecord(each) })),
      maxInflatedBytes,
    );
    if (isRejection(bodies)) return bodies;
    const timeMs = timeOfEpoch(flat[0]?.['approximateArrivalTimestamp']);
    return { record, bodies, identity: { key: `kinesis:${keys.join()}`, timeMs } };
  },
};

function fieldsOfRecord(record: Json): Fields {
  const { sequenceNumber: sequence, eventID: id, partitionKey: key, eventSourceARN: source } = record;
  return fieldsOf({ timeMs: timeOfEpoch(record['approximateArrivalTimestamp']), sequence, id, key, source });
}

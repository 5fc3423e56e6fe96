import { type Envelope, fieldsOf, isObject, type Json, unfit } from './envelope.ts';
import { bodiesOf, isRejection } from './envelope-bytes.ts';
import { timeOfEpoch } from './event-time.ts';

/**
 * Records of Firehose: what it posts to an HTTP endpoint, or gives to a function to transform.
 *
 * @source  Firehose developer guide, "HTTP endpoint delivery request and response specifications"
 */
export const firehose: Envelope = {
  name: 'firehose',
  service: 'Firehose',
  isOne: ({ records, requestId, timestamp, deliveryStreamArn }) =>
    Array.isArray(records) &&
    (typeof deliveryStreamArn === 'string' ||
      (typeof requestId === 'string' && timestamp !== undefined && records.length > 0 && records.every(hasData))),
  unwrap(envelope, record, { maxInflatedBytes }) {
    const { requestId, invocationId, timestamp, deliveryStreamArn: stream } = envelope;
    const records = envelope['records'] as readonly unknown[];
    const key = requestId ?? invocationId;
    if (typeof key !== 'string') return unfit('Firehose', 'it has no requestId or invocationId');
    const all = records.map((each) => (isObject(each) ? each : {}));
    const timeOf = (each: Json | undefined) => timeOfEpoch(timestamp ?? each?.['approximateArrivalTimestamp']);
    const told = (each: Json) => fieldsOf({ timeMs: timeOf(each), id: each['recordId'] ?? key, source: stream });
    const bodies = bodiesOf(
      'Firehose',
      all.map((each) => ({ data: each['data'], fields: told(each) })),
      maxInflatedBytes,
    );
    if (isRejection(bodies)) return bodies;
    return { record, bodies, identity: { key: `firehose:${key}`, timeMs: timeOf(all[0]) } };
  },
};

const hasData = (each: unknown) => isObject(each) && typeof each['data'] === 'string';

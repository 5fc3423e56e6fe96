import { type Envelope, isObject, unfit } from './envelope.ts';
import { isRejection, textsOfAll } from './envelope-bytes.ts';
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
    const { requestId, invocationId, timestamp } = envelope;
    const records = envelope['records'] as readonly unknown[];
    const key = requestId ?? invocationId;
    if (typeof key !== 'string') return unfit('Firehose', 'it has no requestId or invocationId');
    const all = records.map((each) => (isObject(each) ? each : {}));
    const bodies = textsOfAll(
      'Firehose',
      all.map(({ data }) => data),
      maxInflatedBytes,
    );
    if (isRejection(bodies)) return bodies;
    const timeMs = timeOfEpoch(timestamp ?? all[0]?.['approximateArrivalTimestamp']);
    return { record, bodies, identity: { key: `firehose:${key}`, timeMs } };
  },
};

const hasData = (each: unknown) => isObject(each) && typeof each['data'] === 'string';

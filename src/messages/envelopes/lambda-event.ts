import { type Envelope, sourceOf, unfit } from './envelope.ts';

/** Records of a service as a function gets them, which no other envelope knows: nobody has said what its rows are. */
export const lambdaEvent: Envelope = {
  name: 'lambda',
  service: 'Lambda',
  isOne: (envelope) => {
    const { Records: records } = envelope;
    const isEvent = 'eventSourceARN' in envelope || 'eventSourceArn' in envelope;
    return (Array.isArray(records) && records.some(isOfService)) || (isEvent && isOfService(envelope));
  },
  unwrap(envelope) {
    const { Records: records = [envelope] } = envelope;
    const source = (records as readonly unknown[]).map(sourceOf).find(isService);
    return unfit('Lambda', `records of ${String(source).slice(0, 64)} are not known`);
  },
};

const isService = (source: unknown) => typeof source === 'string' && source.startsWith('aws:');
const isOfService = (record: unknown) => isService(sourceOf(record));

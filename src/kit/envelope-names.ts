/** Envelopes of AWS services that are known, by the names that `sink.envelopes` has for them. */
export const envelopeNames = [
  'sns',
  'eventbridge',
  's3',
  'sqs',
  'dynamodb',
  'kinesis',
  'kafka',
  'mq',
  'cloudwatch-logs',
  'lambda',
  'api-gateway',
  'firehose',
] as const;

/** What envelopes say of what they carry. */
export const envelopeFields = ['time', 'sequence', 'id', 'key', 'bucket', 'source', 'topic'] as const;

export type EnvelopeField = (typeof envelopeFields)[number];
export type EnvelopeName = (typeof envelopeNames)[number];

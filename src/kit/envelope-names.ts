/** Envelopes of AWS services that are known, by the names that `sink.envelopes` has for them. */
export const envelopeNames = [
  'sns',
  'eventbridge',
  's3',
  'dynamodb',
  'kinesis',
  'kafka',
  'cloudwatch-logs',
  'lambda',
  'api-gateway',
  'firehose',
] as const;

export type EnvelopeName = (typeof envelopeNames)[number];

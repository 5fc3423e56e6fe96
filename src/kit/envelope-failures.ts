/** What envelopes of AWS services can fail with; part of the table in errors.ts. */
export const envelopeFailures = {
  ENVELOPE_INVALID: {
    verdict: 'reject',
    scope: 'message',
    says: 'The message has the marks of an envelope of an AWS service, and carries no rows that could be taken out of it.',
    remedy:
      'Do what is named here, or send what is no envelope without its marks. docs/envelopes.md has what is taken of each.',
  },
  ENVELOPE_NOT_TAKEN: {
    verdict: 'reject',
    scope: 'message',
    says: 'The message has the marks of an envelope of an AWS service, and this sink is told not to take it off.',
    remedy: 'Add the name to sink.envelopes and redrive, or send such messages elsewhere.',
  },
  SNS_UNCONFIRMED: {
    verdict: 'reject',
    scope: 'message',
    says: 'An SNS topic asks whether the queue wants its messages; this carries no rows.',
    remedy:
      'Confirm the subscription, by the URL named SubscribeURL in the message, if it is wanted; then delete the message.',
  },
  SNS_UNSUBSCRIBED: {
    verdict: 'reject',
    scope: 'message',
    says: 'An SNS topic tells that the queue gets no more of its messages; this carries no rows.',
    remedy:
      'Subscribe again, by the URL named SubscribeURL in the message, if nobody meant to end it; then delete the message.',
  },
  DYNAMODB_NO_IMAGE: {
    verdict: 'reject',
    scope: 'message',
    says: 'A DynamoDB stream tells that an item was written, and not what it is now.',
    remedy:
      'Give the table a stream with NEW_IMAGE or NEW_AND_OLD_IMAGES, and bring the items that were written meanwhile by an export.',
  },
  FORMAT_NOT_READ: {
    verdict: 'reject',
    scope: 'message',
    says: 'What is to hold rows is neither JSON nor CSV, plain or compressed by gzip or zstd, but of a format that is not read here.',
    remedy: 'Write NDJSON or CSV, or load such objects by StarRocks itself: INSERT INTO … SELECT … FROM FILES(…).',
  },
} as const;

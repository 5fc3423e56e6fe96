/** What envelopes of AWS services can fail with; part of the table in errors.ts. */
export const envelopeFailures = {
  ENVELOPE_INVALID: {
    verdict: 'reject',
    scope: 'message',
    says: 'The message has the marks of an envelope of an AWS service, and carries no rows that could be taken out of it.',
    remedy: 'Do what is named here, or send what is no envelope without its marks.',
  },
  ENVELOPE_NOT_TAKEN: {
    verdict: 'reject',
    scope: 'message',
    says: 'The message has the marks of an envelope of an AWS service, and this sink is told not to take it off.',
    remedy: 'Add the name to sink.envelopes and redrive, or send such messages elsewhere.',
  },
  SNS_NOT_SUBSCRIBED: {
    verdict: 'reject',
    scope: 'message',
    says: 'The message tells of a subscription to an SNS topic, and carries no rows.',
    remedy: 'Follow the URL named SubscribeURL in the message if the subscription is wanted; then delete the message.',
  },
} as const;

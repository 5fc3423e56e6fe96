import type { SQSMessageAttributes } from 'aws-lambda';
import { attribute, isObject, type Unwrap, unfit } from './envelope.ts';
import { timeOfText } from './event-time.ts';

/** A message of SNS, delivered other than raw. @source  SNS: JSON formats of HTTP/S and SQS deliveries */
export const unwrapSns: Unwrap = (envelope, record) => {
  const { Type, TopicArn, Message, MessageId, MessageAttributes = {} } = envelope;
  if (typeof TopicArn !== 'string' || typeof Type !== 'string') return undefined;
  if (Type === 'SubscriptionConfirmation' || Type === 'UnsubscribeConfirmation')
    return unfit('SNS', `it is a ${Type}, and carries no rows; confirm the subscription: visit its SubscribeURL`);
  if (Type !== 'Notification') return undefined;
  if (typeof Message !== 'string') return unfit('SNS', 'Message is expected to be text');
  if (typeof MessageId !== 'string') return unfit('SNS', 'it has no MessageId');
  if (!isObject(MessageAttributes)) return unfit('SNS', 'MessageAttributes is expected to be an object');
  const given = Object.entries(MessageAttributes).map(([name, value]) => [name, attributeOf(value)]);
  // What the message in the queue says itself counts more than what the message of the topic says.
  const messageAttributes = { ...Object.fromEntries(given), ...record.messageAttributes };
  const identity = { key: `sns:${MessageId}`, timeMs: timeOfText(envelope['Timestamp']) };
  return { record: { ...record, body: Message, messageAttributes }, identity };
};

/** One that has no text is refused when it is asked for; attributes of others' making do no harm. */
function attributeOf(value: unknown): SQSMessageAttributes[string] {
  const { Type, Value } = isObject(value) ? value : {};
  return { ...attribute('', String(Type)), ...(typeof Value === 'string' ? { stringValue: Value } : {}) };
}

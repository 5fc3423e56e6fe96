import type { SQSMessageAttributes } from 'aws-lambda';
import { attribute, type Envelope, isObject, unfit } from './envelope.ts';
import { timeOfText } from './event-time.ts';

/** What a topic sends that is no message of its publishers. @source  SNS: JSON formats of HTTP/S and SQS deliveries */
const notices: Readonly<Record<string, string>> = {
  SubscriptionConfirmation: 'confirm the subscription: visit its SubscribeURL',
  UnsubscribeConfirmation: 'the subscription was removed; to have it back, visit its SubscribeURL',
};

/** A message of SNS, delivered other than raw. */
export const sns: Envelope = {
  name: 'sns',
  service: 'SNS',
  isOne: ({ Type, TopicArn }) =>
    typeof TopicArn === 'string' &&
    typeof Type === 'string' &&
    (Type === 'Notification' || Object.hasOwn(notices, Type)),
  unwrap(envelope, record) {
    const { Type, Message, MessageId, MessageAttributes = {} } = envelope;
    const remedy = notices[String(Type)];
    if (remedy !== undefined) return { code: 'SNS_NOT_SUBSCRIBED', detail: `It is a ${Type}: ${remedy}.` };
    if (typeof Message !== 'string') return unfit('SNS', 'Message is expected to be text');
    if (typeof MessageId !== 'string') return unfit('SNS', 'it has no MessageId');
    if (!isObject(MessageAttributes)) return unfit('SNS', 'MessageAttributes is expected to be an object');
    const given = Object.entries(MessageAttributes).map(([name, value]) => [name, attributeOf(value)]);
    // What the message in the queue says itself counts more than what the message of the topic says.
    const messageAttributes = { ...Object.fromEntries(given), ...record.messageAttributes };
    const identity = { key: `sns:${MessageId}`, timeMs: timeOfText(envelope['Timestamp']) };
    return { record: { ...record, body: Message, messageAttributes }, identity };
  },
};

/** One that has no text is refused when it is asked for; attributes of others' making do no harm. */
function attributeOf(value: unknown): SQSMessageAttributes[string] {
  const { Type, Value } = isObject(value) ? value : {};
  return { ...attribute('', String(Type)), ...(typeof Value === 'string' ? { stringValue: Value } : {}) };
}

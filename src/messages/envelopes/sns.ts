import type { SQSMessageAttributes } from 'aws-lambda';
import type { Rejection } from '../../rows/chunk.ts';
import { attribute, type Envelope, fieldsOf, isObject, recordsOf, unfit } from './envelope.ts';
import { timeOfText } from './event-time.ts';

/** What a topic sends that is no message of its publishers. @source  SNS: JSON formats of HTTP/S and SQS deliveries */
const notices: Readonly<Record<string, Rejection>> = {
  SubscriptionConfirmation: {
    code: 'SNS_UNCONFIRMED',
    detail: 'It is a SubscriptionConfirmation: confirm the subscription: visit its SubscribeURL.',
  },
  UnsubscribeConfirmation: {
    code: 'SNS_UNSUBSCRIBED',
    detail: 'It is an UnsubscribeConfirmation: the subscription was removed; to have it back, visit its SubscribeURL.',
  },
};

const source = 'aws:sns';

/** A message of SNS, delivered other than raw, or messages as a function gets them. */
export const sns: Envelope = {
  name: 'sns',
  service: 'SNS',
  isOne: (envelope) => {
    const { Type, TopicArn } = envelope;
    const isDelivery = typeof TopicArn === 'string' && typeof Type === 'string';
    if (isDelivery && (Type === 'Notification' || Object.hasOwn(notices, Type))) return true;
    return recordsOf(envelope, source) !== undefined;
  },
  unwrap(envelope, record) {
    const records = recordsOf(envelope, source);
    if (records) {
      const bodies = records.map(({ Sns }) => ({ text: JSON.stringify(isObject(Sns) ? Sns : {}) }));
      return { record, bodies };
    }
    const { Type, Message, MessageId, MessageAttributes = {} } = envelope;
    const notice = notices[String(Type)];
    if (notice !== undefined) return notice;
    if (typeof Message !== 'string') return unfit('SNS', 'Message is expected to be text');
    if (typeof MessageId !== 'string') return unfit('SNS', 'it has no MessageId');
    if (!isObject(MessageAttributes)) return unfit('SNS', 'MessageAttributes is expected to be an object');
    const given = Object.entries(MessageAttributes).map(([name, value]) => [name, attributeOf(value)]);
    // What the message in the queue says itself counts more than what the message of the topic says.
    const messageAttributes = { ...Object.fromEntries(given), ...record.messageAttributes };
    const timeMs = timeOfText(envelope['Timestamp']);
    const { TopicArn: topic, SequenceNumber: sequence } = envelope;
    const fields = fieldsOf({ timeMs, sequence, id: MessageId, topic });
    const identity = { key: `sns:${MessageId}`, timeMs };
    return { record: { ...record, body: Message, messageAttributes }, identity, fields };
  },
};

/** One that has no text is refused when it is asked for; attributes of others' making do no harm. */
function attributeOf(value: unknown): SQSMessageAttributes[string] {
  const { Type, Value } = isObject(value) ? value : {};
  return { ...attribute('', String(Type)), ...(typeof Value === 'string' ? { stringValue: Value } : {}) };
}

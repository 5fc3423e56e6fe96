import type { SQSMessageAttributes } from 'aws-lambda';
import { textOf } from '../../rows/json-values.ts';
import { attribute, type Envelope, fieldsOf, isObject, type Json, recordsOf, unfit } from './envelope.ts';
import { timeOfEpoch } from './event-time.ts';

const source = 'aws:sqs';

/**
 * A message of another queue, as EventBridge Pipes send it, or messages as a function gets them. Their attributes count where the
 * message around them has none of that name.
 *
 * @source  Lambda developer guide, "Using Lambda with Amazon SQS": example event
 */
export const sqs: Envelope = {
  name: 'sqs',
  service: 'SQS',
  isOne: (envelope) =>
    (envelope['eventSource'] === source && 'messageId' in envelope) || recordsOf(envelope, source) !== undefined,
  unwrap(envelope, record) {
    const records = recordsOf(envelope, source) ?? [envelope];
    const ids = records.map(({ messageId }) => messageId);
    if (!ids.every((id) => typeof id === 'string')) return unfit('SQS', 'it has no messageId');
    if (!records.every(({ body }) => typeof body === 'string')) return unfit('SQS', 'a message has no body');
    const [given = {}, ...others] = records.map(attributesOf);
    if (others.some((each) => JSON.stringify(each) !== JSON.stringify(given)))
      return unfit('SQS', 'messages of different attributes come each in a message of its own');
    const bodies = records.map((each) => ({ text: String(each['body']), fields: fieldsOfMessage(each) }));
    const identity = { key: `sqs:${ids.join()}`, timeMs: sentMs(records[0]) };
    const messageAttributes = { ...given, ...record.messageAttributes };
    return { record: Object.keys(given).length > 0 ? { ...record, messageAttributes } : record, bodies, identity };
  },
};

function attributesOf({ messageAttributes }: Json): SQSMessageAttributes {
  const given = isObject(messageAttributes) ? Object.entries(messageAttributes) : [];
  return Object.fromEntries(
    given.map(([name, value]) => {
      const { stringValue, dataType } = isObject(value) ? value : {};
      const told = typeof stringValue === 'string' ? { stringValue } : {};
      return [name, { ...attribute('', String(dataType)), ...told }];
    }),
  );
}

const sentMs = (message: Json | undefined) => {
  const { SentTimestamp } = isObject(message?.['attributes']) ? message['attributes'] : {};
  return timeOfEpoch(SentTimestamp);
};

function fieldsOfMessage(message: Json) {
  const { messageId: id, eventSourceARN: queue, attributes } = message;
  const { SequenceNumber: sequence, MessageGroupId: key } = isObject(attributes) ? attributes : {};
  return fieldsOf({ timeMs: sentMs(message), sequence: textOf(sequence), id, key, source: queue });
}

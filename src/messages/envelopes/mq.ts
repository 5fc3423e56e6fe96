import { type Envelope, type Fields, fieldsOf, isObject, type Json } from './envelope.ts';
import { bodiesOf, isRejection } from './envelope-bytes.ts';
import { timeOfEpoch } from './event-time.ts';

const sources: ReadonlySet<unknown> = new Set(['aws:mq', 'aws:amq', 'aws:rmq']);

/**
 * A message of Amazon MQ, as EventBridge Pipes send it, or messages as a function gets them: of ActiveMQ in a list, of RabbitMQ by queue.
 *
 * @source  Lambda developer guide, "Using Lambda with Amazon MQ"; EventBridge user guide, Pipes: Amazon MQ message broker as a source
 */
export const mq: Envelope = {
  name: 'mq',
  service: 'Amazon MQ',
  isOne: ({ eventSource }) => sources.has(eventSource),
  unwrap(envelope, record, { maxInflatedBytes }) {
    const messages = messagesIn(envelope);
    const bodies = bodiesOf(
      'Amazon MQ',
      messages.map((each) => ({ data: each['data'], fields: fieldsOfMessage(each, envelope) })),
      maxInflatedBytes,
    );
    if (isRejection(bodies)) return bodies;
    // RabbitMQ gives messages no identity.
    const ids = messages.map(({ messageID }) => messageID);
    if (!ids.every((id) => typeof id === 'string')) return { record, bodies };
    const key = `mq:${JSON.stringify([envelope['eventSourceArn'], ...ids])}`;
    return { record, bodies, identity: { key, timeMs: timeOfEpoch(messages[0]?.['timestamp']) } };
  },
};

/** @throws TypeError */
function messagesIn(envelope: Json): readonly Json[] {
  const { messages, rmqMessagesByQueue: byQueue } = envelope;
  const all = messages ?? (isObject(byQueue) ? Object.values(byQueue).flat() : [envelope]);
  if (!Array.isArray(all) || !all.every(isObject)) throw new TypeError('Messages of no shape that is known.');
  return all;
}

function fieldsOfMessage({ messageID: id, timestamp, destination, brokerInTime }: Json, envelope: Json): Fields {
  const { physicalName: topic } = isObject(destination) ? destination : {};
  const timeMs = timeOfEpoch(timestamp ?? brokerInTime);
  return fieldsOf({ timeMs, id, source: envelope['eventSourceArn'], topic: topic ?? envelope['eventSourceKey'] });
}

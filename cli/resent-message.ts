/** A message on its way into the rows queue once more, under the identity that it had. */
import { createHash } from 'node:crypto';
import { type MessageAttributeValue, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { namedOfQueue } from '../src/aws/failures.ts';
import { SinkError } from '../src/kit/errors.ts';
import { resentAttribute } from '../src/messages/attributes.ts';

export interface ResentMessage {
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttributeValue>>;
  /** Needed by a FIFO queue. */
  readonly group: string | undefined;
  /** Whose rows they are: what SQS recognises it by for five minutes, in a FIFO queue. */
  readonly identity: string;
}

/** @source  Amazon SQS message quotas */
const mostAttributes = 10;

/**
 * The attributes of a message that is sent again, which has another id and time for SQS: what tells whose its rows are is kept.
 *
 * @in     identity: of the message as it was
 * @throws SinkError MESSAGE_ATTRIBUTE_INVALID: there is no room for it
 */
export function keepingIdentity<A extends object>(
  attributes: Readonly<Record<string, A>>,
  identity: string,
): Readonly<Record<string, A | MessageAttributeValue>> {
  if (attributes['chunk'] !== undefined || attributes[resentAttribute] !== undefined) return attributes;
  if (Object.keys(attributes).length < mostAttributes)
    return { ...attributes, [resentAttribute]: { DataType: 'String', StringValue: identity } };
  throw new SinkError(
    'MESSAGE_ATTRIBUTE_INVALID',
    `The message has ${mostAttributes} attributes, which is all that SQS takes: there is no room for ${resentAttribute}, and without it the rows would not be known again.`,
  );
}

/** @throws SinkError QUEUE_MISSING, QUEUE_UNREACHABLE, AWS_ACCESS_DENIED, AWS_REFUSED */
export async function sendAgain(message: ResentMessage, queueUrl: string, sqs: SQSClient): Promise<void> {
  const { body, attributes, group, identity } = message;
  const isFifo = queueUrl.endsWith('.fifo');
  const command = new SendMessageCommand({
    ...{ QueueUrl: queueUrl, MessageBody: body, MessageAttributes: { ...attributes } },
    ...(group === undefined && !isFifo ? {} : { MessageGroupId: group ?? 'resent' }),
    ...(isFifo ? { MessageDeduplicationId: createHash('sha256').update(`resent ${identity}`).digest('hex') } : {}),
  });
  await sqs.send(command).catch((error: unknown) => {
    throw namedOfQueue(error, 'sqs:SendMessage', queueUrl);
  });
}

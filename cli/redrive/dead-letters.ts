/**
 * Moves dead letters into the queue that they were meant for: received, sent again under the identity that they had, and only then
 * deleted. Whoever dies in between leaves a message in both, which exactly-once loads once.
 */
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { namedOfQueue } from '../../src/aws/failures.ts';
import type { Clock } from '../../src/kit/clock.ts';
import { SinkError } from '../../src/kit/errors.ts';
import { identityOfMessage, resentAttribute } from '../../src/messages/attributes.ts';
import { readPointer } from '../../src/rows/segment.ts';
import { keepingIdentity, sendAgain } from '../resent-message.ts';

export interface Move {
  readonly from: string;
  readonly to: string;
  /** Messages a second; as many as can be, without it. */
  readonly rate: number | undefined;
}

export interface MoveDeps {
  readonly sqs: SQSClient;
  readonly clock: Clock;
}

/** What is known of a message without a look at its rows. */
interface Letter {
  readonly messageId: string;
  readonly sentAt: string;
  readonly table: string | undefined;
  readonly bytes: number;
  /** What exactly-once knows it by; undefined: a segment, which says itself who it is. */
  readonly chunk: string | undefined;
}

export interface Waiting {
  /** As far as SQS counts them. */
  readonly messages: number;
  /** Some of them. */
  readonly some: readonly Letter[];
}

export interface Moved {
  readonly moved: number;
  /** Of those that stay, why. */
  readonly stay: readonly { readonly messageId: string; readonly why: string }[];
}

const batchSize = 10;
/** SQS hides what is received for so long: a batch must be sent by then. */
const hiddenS = 600;

/** Looks at dead letters, and leaves them where they are. */
export async function lookAt({ from }: Move, { sqs }: MoveDeps): Promise<Waiting> {
  const asked = { QueueUrl: from, AttributeNames: ['ApproximateNumberOfMessages' as const] };
  const { Attributes = {} } = await asking(
    'sqs:GetQueueAttributes',
    from,
    sqs.send(new GetQueueAttributesCommand(asked)),
  );
  const some = await receive(from, 0, sqs);
  const counted = Number(Attributes['ApproximateNumberOfMessages']);
  return { messages: Math.max(counted, some.length), some: some.map(letterOf) };
}

/**
 * @in     a rate: it is kept by pauses, so that what is loaded meanwhile has its turn
 * @throws SinkError QUEUE_MISSING, QUEUE_UNREACHABLE, AWS_ACCESS_DENIED, AWS_REFUSED: what was moved by then is moved
 */
export async function moveDeadLetters(move: Move, deps: MoveDeps): Promise<Moved> {
  const { from, to, rate } = move;
  const { sqs, clock } = deps;
  // What fails at once is a dead letter again, under the same identity: it is not moved in circles.
  const seen = new Set<string>();
  const stay = new Map<string, string>();
  let moved = 0;
  for (;;) {
    const messages = await receive(from, hiddenFor(rate), sqs);
    const fresh = messages.filter((message) => !seen.has(identityOf(message)));
    if (fresh.length === 0) return { moved, stay: [...stay].map(([messageId, why]) => ({ messageId, why })) };
    for (const message of fresh) {
      const { MessageId = '', ReceiptHandle } = message;
      seen.add(identityOf(message));
      if (rate !== undefined && moved > 0) await clock.sleep(1000 / rate);
      try {
        await sendOn(message, to, sqs);
      } catch (error) {
        if (!(error instanceof SinkError) || error.code !== 'MESSAGE_ATTRIBUTE_INVALID') throw error;
        stay.set(MessageId, error.detail);
        continue;
      }
      const gone = new DeleteMessageCommand({ QueueUrl: from, ReceiptHandle });
      await asking('sqs:DeleteMessage', from, sqs.send(gone));
      moved += 1;
    }
  }
}

/** A batch at this rate takes so long, and then some. */
const hiddenFor = (rate: number | undefined) =>
  Math.min(43_200, hiddenS + (rate === undefined ? 0 : Math.ceil(batchSize / rate)));

async function receive(QueueUrl: string, VisibilityTimeout: number, sqs: SQSClient): Promise<readonly Message[]> {
  const command = new ReceiveMessageCommand({
    ...{ QueueUrl, VisibilityTimeout, MaxNumberOfMessages: batchSize, WaitTimeSeconds: 1 },
    ...{ MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'] },
  });
  const { Messages = [] } = await asking('sqs:ReceiveMessage', QueueUrl, sqs.send(command));
  return Messages;
}

async function sendOn(message: Message, to: string, sqs: SQSClient): Promise<void> {
  const { Body = '', Attributes = {}, MessageAttributes = {} } = message;
  const identity = identityOf(message);
  // A pointer names its segment, and messages of the load queue have no attributes.
  const attributes = readPointer(Body) ? MessageAttributes : keepingIdentity(MessageAttributes, identity);
  await sendAgain({ body: Body, attributes, group: Attributes['MessageGroupId'], identity }, to, sqs);
}

/** The identity under which the sink knows it. */
function identityOf({ MessageId = '', Attributes = {}, MessageAttributes = {} }: Message): string {
  const given = MessageAttributes['chunk'] ?? MessageAttributes[resentAttribute];
  return given?.StringValue ?? identityOfMessage(MessageId, Attributes['SentTimestamp'] ?? '');
}

function letterOf(message: Message): Letter {
  const { MessageId = '', Body = '', Attributes = {}, MessageAttributes = {} } = message;
  const { database, table } = MessageAttributes;
  const names = [database?.StringValue, table?.StringValue].filter((name) => name !== undefined);
  const pointer = readPointer(Body);
  return {
    messageId: MessageId,
    sentAt: new Date(Number(Attributes['SentTimestamp'])).toISOString(),
    table: pointer ? `${pointer.destination.database}.${pointer.destination.table}` : names.join('.') || undefined,
    bytes: Buffer.byteLength(Body),
    chunk: pointer ? undefined : identityOf(message),
  };
}

const asking = <T>(action: string, queueUrl: string, call: Promise<T>): Promise<T> =>
  call.catch((error: unknown) => {
    throw namedOfQueue(error, action, queueUrl);
  });

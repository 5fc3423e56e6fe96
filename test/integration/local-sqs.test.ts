import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it } from 'vitest';
import { createLocalResources, type LocalResourceOptions } from '../../local/aws/queues.ts';
import { type AwsOptions, startAws } from '../../local/aws/server.ts';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(options: AwsOptions = {}, resources: LocalResourceOptions = {}) {
  const aws = await startAws(options);
  const sqs = new SQSClient({ ...aws.clientConfig, maxAttempts: 1 });
  cleanups.push(async () => {
    sqs.destroy();
    await aws.close();
  });
  const { rowsQueueUrl: QueueUrl } = await createLocalResources(aws.endpoint, resources);
  return { aws, sqs, QueueUrl };
}

type Local = Awaited<ReturnType<typeof start>>;

async function send({ sqs, QueueUrl }: Local, bodies: readonly string[], group?: string) {
  for (let from = 0; from < bodies.length; from += 10) {
    const Entries = bodies.slice(from, from + 10).map((MessageBody, index) => ({
      Id: String(index),
      MessageBody,
      ...(group === undefined ? {} : { MessageGroupId: group }),
    }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  }
}

async function receive(
  { sqs, QueueUrl }: Local,
  input: { WaitTimeSeconds?: number; MaxNumberOfMessages?: number } = {},
) {
  const command = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: 10,
    MessageSystemAttributeNames: ['All'],
    ...input,
  });
  return (await sqs.send(command)).Messages ?? [];
}

async function receiveAll(local: Local): Promise<Message[]> {
  const all: Message[] = [];
  for (;;) {
    const messages = await receive(local);
    if (messages.length === 0) return all;
    all.push(...messages);
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index));
const bodiesOf = (messages: readonly Message[]) => messages.map(({ Body }) => Body!);
const release = ({ sqs, QueueUrl }: Local, { ReceiptHandle }: Message) =>
  sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));

describe('a standard queue', () => {
  it('keeps order and delivers once unless told otherwise', async () => {
    const local = await start();
    await send(local, numbers(40));
    expect(bodiesOf(await receiveAll(local))).toEqual(numbers(40));
  });

  it('lets messages overtake, across receives, the same way for the same seed', async () => {
    const orderFor = async (seed: number) => {
      const local = await start({ disorder: 30, seed });
      await send(local, numbers(60));
      return bodiesOf(await receiveAll(local));
    };
    const [one, again, other] = [await orderFor(7), await orderFor(7), await orderFor(8)];
    expect(
      one
        .slice(0, 10)
        .map(Number)
        .some((body) => body >= 10),
    ).toBe(true);
    expect([...one].sort((a, b) => Number(a) - Number(b))).toEqual(numbers(60));
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it('delivers some messages twice under one id, each time as if for the first time, the same ones for the same seed', async () => {
    const twiceFor = async (seed: number) => {
      const local = await start({ duplicates: 0.3, seed });
      await send(local, numbers(60));
      const messages = await receiveAll(local);
      expect(new Set(messages.map(({ Attributes }) => Attributes!.ApproximateReceiveCount))).toEqual(new Set(['1']));
      expect(new Set(messages.map(({ ReceiptHandle }) => ReceiptHandle)).size).toBe(messages.length);
      expect(new Set(messages.map(({ MessageId }) => MessageId)).size).toBe(60);
      return bodiesOf(messages);
    };
    const [one, again, other] = [await twiceFor(3), await twiceFor(3), await twiceFor(4)];
    expect(new Set(one).size).toBe(60);
    expect(one.length).toBeGreaterThan(65);
    expect(one.length).toBeLessThan(95);
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it('keeps a copy when the other copy is deleted', async () => {
    const local = await start({ duplicates: 1 });
    await send(local, ['row']);
    const [first] = await receive(local);
    await local.sqs.send(new DeleteMessageCommand({ QueueUrl: local.QueueUrl, ReceiptHandle: first!.ReceiptHandle }));
    const [copy, ...more] = await receive(local);
    expect(copy!.MessageId).toBe(first!.MessageId);
    expect(more).toEqual([]);
    await release(local, copy!);
    expect((await receive(local)).map(({ Attributes }) => Attributes!.ApproximateReceiveCount)).toEqual(['2']);
  });

  it('gives message attributes only to those who ask', async () => {
    const local = await start();
    const { sqs, QueueUrl } = local;
    const MessageAttributes = { table: { DataType: 'String', StringValue: 'orders' } };
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'row', MessageAttributes }));
    const [message] = await receive(local);
    expect(message!.MessageAttributes).toBeUndefined();
    await release(local, message!);
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'] }));
    expect(Messages![0]!.MessageAttributes!['table']!.StringValue).toBe('orders');
  });
});

describe('the text of a message', () => {
  it('may hold what lies beyond 16 bits, and no control characters', async () => {
    const local = await start();
    await send(local, ['a fox 🦊 and a line\n']);
    expect(bodiesOf(await receiveAll(local))).toEqual(['a fox 🦊 and a line\n']);
    const { sqs, QueueUrl } = local;
    await expect(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '\0' }))).rejects.toMatchObject({
      name: expect.stringContaining('InvalidMessageContents'),
    });
  });
});

describe('long polling', () => {
  it('wakes for a message, and leaves the other pollers waiting', async () => {
    const local = await start();
    const sizes: number[] = [];
    const poll = async () => sizes.push((await receive(local, { WaitTimeSeconds: 20 })).length);
    const polls = Promise.all([poll(), poll(), poll()]);
    await expect.poll(() => local.aws.requests.get('ReceiveMessage')).toBe(3);
    for (const answered of [1, 2, 3]) {
      await send(local, ['row']);
      await expect.poll(() => sizes.length).toBe(answered);
    }
    await polls;
    expect(sizes).toEqual([1, 1, 1]);
  });

  it('takes no message for a client that has gone', async () => {
    const local = await start();
    const gone = new AbortController();
    const poll = local.sqs.send(new ReceiveMessageCommand({ QueueUrl: local.QueueUrl, WaitTimeSeconds: 20 }), {
      abortSignal: gone.signal,
    });
    const ended = poll.catch((error) => error.name);
    await expect.poll(() => local.aws.requests.get('ReceiveMessage')).toBe(1);
    gone.abort();
    expect(await ended).toBe('AbortError');
    await send(local, ['row']);
    const [message] = await receive(local, { WaitTimeSeconds: 20 });
    expect(message!.Attributes!.ApproximateReceiveCount).toBe('1');
  });
});

describe('a FIFO queue', () => {
  it('gives several messages of a group, and then none until they are settled', async () => {
    const local = await start({}, { fifo: true });
    await send(local, numbers(5), 'group');
    const first = await receive(local, { MaxNumberOfMessages: 3 });
    expect(bodiesOf(first)).toEqual(['0', '1', '2']);
    expect(await receive(local)).toEqual([]);
    await send(local, ['other'], 'other group');
    expect(bodiesOf(await receive(local))).toEqual(['other']);
    for (const { ReceiptHandle } of first.slice(0, 2)) {
      await local.sqs.send(new DeleteMessageCommand({ QueueUrl: local.QueueUrl, ReceiptHandle }));
      expect(await receive(local)).toEqual([]);
    }
    await release(local, first[2]!);
    expect(bodiesOf(await receive(local))).toEqual(['2', '3', '4']);
  });

  it('keeps the order of a group in whatever order its messages come back', async () => {
    const local = await start({}, { fifo: true });
    await send(local, numbers(4), 'group');
    const [zero, one, two, three] = await receive(local);
    for (const message of [two!, zero!, three!, one!]) await release(local, message);
    expect(bodiesOf(await receive(local))).toEqual(['0', '1', '2', '3']);
  });
});

describe('scripted faults', () => {
  it('fails some entries of a batch', async () => {
    const local = await start();
    local.aws.faults.add({ action: 'SendMessageBatch', entries: [1], code: 'ThrottlingException' });
    const Entries = ['a', 'b', 'c'].map((MessageBody) => ({ Id: MessageBody, MessageBody }));
    const { Successful, Failed } = await local.sqs.send(
      new SendMessageBatchCommand({ QueueUrl: local.QueueUrl, Entries }),
    );
    expect(Successful!.map(({ Id }) => Id)).toEqual(['a', 'c']);
    expect(Failed).toEqual([expect.objectContaining({ Id: 'b', Code: 'ThrottlingException', SenderFault: false })]);
    expect(bodiesOf(await receiveAll(local))).toEqual(['a', 'c']);
  });

  it('fails every entry of a batch', async () => {
    const local = await start();
    local.aws.faults.add({ action: 'SendMessageBatch', entries: [0] });
    const Entries = [{ Id: 'a', MessageBody: 'a' }];
    const { Failed } = await local.sqs.send(new SendMessageBatchCommand({ QueueUrl: local.QueueUrl, Entries }));
    expect(Failed!.map(({ Id }) => Id)).toEqual(['a']);
    expect(await receiveAll(local)).toEqual([]);
  });

  it('answers with an error of SQS, or loses the answer of what happened', async () => {
    const local = await start();
    const sent = () => local.sqs.send(new SendMessageCommand({ QueueUrl: local.QueueUrl, MessageBody: 'row' }));
    local.aws.faults.add({ action: 'SendMessage', status: 400, code: 'KmsThrottled' });
    await expect(sent()).rejects.toMatchObject({ name: 'KmsThrottled' });
    local.aws.faults.add({ action: 'SendMessage', after: true });
    await expect(sent()).rejects.toThrow();
    expect(bodiesOf(await receiveAll(local))).toEqual(['row']);
  });

  it('refuses what fauxqs does not know', async () => {
    const local = await start();
    await expect(local.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: 'arn' }))).rejects.toThrow();
  });
});

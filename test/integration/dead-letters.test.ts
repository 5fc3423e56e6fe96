import { type Message, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRedriveCommand } from '../../cli/redrive/redrive.ts';
import { createLocalResources, drainDeadLetters } from '../../local/aws/queues.ts';
import { sqsRecord } from '../builders.ts';
import { openWorkers } from './delivery-world.ts';

let world: Awaited<ReturnType<typeof openWorkers>>;
beforeAll(async () => {
  world = await openWorkers();
});
afterAll(() => world.close());
beforeEach(async () => {
  const { rowsQueueUrl, rowsDeadLettersUrl } = world.resources;
  for (const url of [rowsQueueUrl, rowsDeadLettersUrl]) await drainDeadLetters(world.sqs, url);
});

interface Redriven {
  readonly words?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly sleep?: (ms: number) => Promise<void>;
}

async function redrive({ words = [], sleep = () => Promise.resolve(), ...queues }: Redriven = {}) {
  const { from = world.resources.rowsDeadLettersUrl, to = world.resources.rowsQueueUrl } = queues;
  const printed: string[] = [];
  let isWell = true;
  const surroundings = {
    env: {},
    print: (text: string) => void printed.push(text),
    notWell: () => {
      isWell = false;
    },
    aws: world.aws.clientConfig,
    clock: { now: () => 0, random: () => 0, sleep },
  };
  const named = ['--from', from, '--to', to];
  await createRedriveCommand(surroundings).parseAsync([...named, ...words], { from: 'user' });
  return { out: printed.join('\n'), isWell };
}

const send = (url: string, body: string, attributes: Readonly<Record<string, string>> = {}, more = {}) =>
  world.sqs.send(
    new SendMessageCommand({
      QueueUrl: url,
      MessageBody: body,
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
      ),
      ...more,
    }),
  );

const attributesOf = ({ MessageAttributes = {} }: Message) =>
  Object.fromEntries(Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]));

function recordOf(message: Message): SQSRecord {
  const { MessageId = '', Body = '', Attributes = {} } = message;
  const record = sqsRecord({
    messageId: MessageId,
    body: Body,
    attributes: attributesOf(message) as Record<string, string>,
  });
  return { ...record, attributes: { ...record.attributes, SentTimestamp: Attributes.SentTimestamp ?? '' } };
}

describe('dead letters', () => {
  it('are looked at, and stay where they are, without --yes', async () => {
    const { rowsDeadLettersUrl, rowsQueueUrl } = world.resources;
    await send(rowsDeadLettersUrl, '{"id":1}', { database: 'd', table: 't' });
    for (const words of [[], ['--dry-run']]) {
      const { out } = await redrive({ words });
      expect(out).toMatch(
        /About 1 dead letters .*\n {2}20.*Z {2}[0-9a-f-]{36} {2}d\.t {2}8 bytes\nNothing was moved\. With --yes they go to .*\/rows\./,
      );
    }
    expect(JSON.parse((await redrive({ words: ['--json'] })).out)).toMatchObject({
      messages: 1,
      some: [{ table: 'd.t', bytes: 8, chunk: expect.stringMatching(/^\d{13}-[0-9a-f-]{36}$/) }],
    });
    expect(await drainDeadLetters(world.sqs, rowsQueueUrl)).toEqual([]);
    expect(await drainDeadLetters(world.sqs, rowsDeadLettersUrl)).toHaveLength(1);
  });

  it('are moved with body and attributes, under the identity that they had', async () => {
    const { rowsDeadLettersUrl, rowsQueueUrl } = world.resources;
    const { MessageId } = await send(rowsDeadLettersUrl, '{"id":1}', { table: 't' });
    await send(rowsDeadLettersUrl, '{"id":2}', { chunk: 'c2' });
    expect((await redrive({ words: ['--yes'] })).out).toBe(`2 dead letters were moved to ${rowsQueueUrl}.`);
    const [first, second] = await drainDeadLetters(world.sqs, rowsQueueUrl);
    expect([first?.Body, second?.Body]).toEqual(['{"id":1}', '{"id":2}']);
    const resent = expect.stringMatching(new RegExp(`^\\d{13}-${MessageId}$`));
    expect(attributesOf(first ?? {})).toEqual({ table: 't', 'starrocks-sink-resent': resent });
    expect(attributesOf(second ?? {})).toEqual({ chunk: 'c2' });
    expect(await drainDeadLetters(world.sqs, rowsDeadLettersUrl)).toEqual([]);

    // Given up once more, and moved once more, it is still the same.
    await send(rowsDeadLettersUrl, '{"id":1}', attributesOf(first ?? {}) as Record<string, string>);
    await redrive({ words: ['--yes'] });
    const [again] = await drainDeadLetters(world.sqs, rowsQueueUrl);
    expect(attributesOf(again ?? {})).toEqual(attributesOf(first ?? {}));
  });

  it('go no faster than they are asked to', async () => {
    for (let id = 1; id <= 12; id++) await send(world.resources.rowsDeadLettersUrl, `{"id":${id}}`);
    const pauses: number[] = [];
    const sleep = async (ms: number) => void pauses.push(ms);
    expect(JSON.parse((await redrive({ words: ['--yes', '--rate', '4', '--json'], sleep })).out)).toEqual({
      moved: 12,
      stay: [],
    });
    expect(pauses).toEqual(Array.from({ length: 11 }, () => 250));
  });

  it('are not moved in circles when they fail again at once', async () => {
    const { rowsDeadLettersUrl, rowsQueueUrl } = world.resources;
    for (let id = 1; id <= 3; id++) await send(rowsDeadLettersUrl, `{"id":${id}}`);
    const sleep = async () => {
      for (const message of await drainDeadLetters(world.sqs, rowsQueueUrl))
        await send(rowsDeadLettersUrl, message.Body ?? '', attributesOf(message) as Record<string, string>);
    };
    expect(JSON.parse((await redrive({ words: ['--yes', '--rate', '9', '--json'], sleep })).out)).toMatchObject({
      moved: 3,
    });
  });

  it('stay where their identity could not be kept', async () => {
    const { rowsDeadLettersUrl, rowsQueueUrl } = world.resources;
    const ten = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`a${at}`, 'x']));
    await send(rowsDeadLettersUrl, '{"id":1}', ten);
    await send(rowsDeadLettersUrl, '{"id":2}');
    const { out, isWell } = await redrive({ words: ['--yes'] });
    expect([out, isWell]).toEqual([
      expect.stringMatching(/^1 dead letters .*\n {2}[0-9a-f-]{36} stays: .*10 attributes/),
      false,
    ]);
    expect((await drainDeadLetters(world.sqs, rowsQueueUrl)).map(({ Body }) => Body)).toEqual(['{"id":2}']);
  });

  it('of a FIFO queue keep their groups', async () => {
    const fifo = await createLocalResources(world.aws.endpoint, { fifo: true });
    const [from, to] = [fifo.rowsDeadLettersUrl, fifo.rowsQueueUrl];
    for (const [group, id] of [
      ['a', 1],
      ['a', 2],
      ['b', 3],
    ] as const)
      await send(from, `{"id":${id}}`, {}, { MessageGroupId: group, MessageDeduplicationId: String(id) });
    await redrive({ words: ['--yes'], from, to });
    const moved = await drainDeadLetters(world.sqs, to);
    const told = moved.map(({ Body, Attributes }) => `${Attributes?.MessageGroupId} ${Body}`);
    expect(told.filter((each) => each.startsWith('a'))).toEqual(['a {"id":1}', 'a {"id":2}']);
    expect(told).toContain('b {"id":3}');
  });

  it('that were loaded after all are in the table once', async () => {
    const { rowsQueueUrl, rowsDeadLettersUrl } = world.resources;
    const table = await world.createTable();
    await send(rowsQueueUrl, '{"id":1}', { table });
    const receive = new ReceiveMessageCommand({
      ...{
        QueueUrl: rowsQueueUrl,
        VisibilityTimeout: 0,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      },
    });
    const { Messages: [message] = [] } = await world.sqs.send(receive);
    // Loaded, and never acked.
    expect(await world.worker().ingest([recordOf(message ?? {})])).toEqual([]);
    for (let receives = 1; receives <= 5; receives++) await world.sqs.send(receive);
    await redrive({ words: ['--yes'] });
    const moved = await drainDeadLetters(world.sqs, rowsQueueUrl);
    expect(moved.map(({ MessageId }) => MessageId === message?.MessageId)).toEqual([false]);
    expect(await world.worker().ingest(moved.map(recordOf))).toEqual([]);
    expect(await world.rows(table)).toEqual(['1']);
    expect(await drainDeadLetters(world.sqs, rowsDeadLettersUrl)).toEqual([]);
  });

  it.each<[string, Partial<Redriven> & { readonly words: readonly string[] }, RegExp]>([
    ['a rate of nothing', { words: ['--rate', '0'] }, /whole number from 1/],
    ['a decision beside', { words: ['--batch', 'b'] }, /one at a time/],
    ['both at once', { words: ['--yes', '--dry-run'] }, /contradict/],
    ['a queue that is moved into itself', { words: [], from: 'http://x/1', to: 'http://x/1' }, /the same queue/],
  ])('are refused with %s', async (_, asked, words) => {
    await expect(redrive(asked)).rejects.toThrow(words);
  });

  it('are refused of a queue that is not there', async () => {
    const from = `${world.resources.rowsDeadLettersUrl}-gone`;
    await expect(redrive({ words: ['--yes'], from })).rejects.toMatchObject({ code: 'QUEUE_MISSING' });
  });
});

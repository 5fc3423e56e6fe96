import { GetObjectCommand } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStack, rowsOf } from './delivery-world.ts';

type Sink = Awaited<ReturnType<typeof openStack>>;

const events: string[] = [];
const telemetry = {
  event: (...args: readonly unknown[]) => void events.push(JSON.stringify(args)),
  count: () => undefined,
};

/** Rows of which some hold text where a number belongs. */
const rowsWithBad = (from: number, to: number, bad: readonly number[]) =>
  rowsOf(from, to).map(({ id }) => (bad.includes(id) ? { id, v: `hunter2-${id}` } : { id, v: id }));
const goodRows = (from: number, to: number, bad: readonly number[]) =>
  rowsOf(from, to).flatMap(({ id }) => (bad.includes(id) ? [] : `${id}=${id}`));

const byId = (rows: readonly string[]) => rows.toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));

/** What stands in the bucket of a table's bad rows: object by object, row by row. */
async function rejectedOf(sink: Sink, table: string) {
  const keys = (await sink.keys(`rejected/d.${table}/`)).map((key) => key.split(' ')[0]);
  return Promise.all(
    keys.map(async (Key) => {
      const { Body } = await sink.s3.send(new GetObjectCommand({ Bucket: sink.resources.bucket, Key }));
      const text = (await Body?.transformToString()) ?? '';
      return text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
    }),
  );
}

/** Messages that wait, are under way, or were given up. */
async function messagesIn(sink: Sink, queueUrl: string): Promise<number> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const { Attributes = {} } = await sink.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...names] }),
  );
  return names.reduce((sum, name) => sum + Number(Attributes[name]), 0);
}

const ways = [
  ['at-least-once', 'loaded directly', 4 * 1024 ** 2],
  ['at-least-once', 'staged', 0],
  ['exactly-once', 'loaded directly', 4 * 1024 ** 2],
  ['exactly-once', 'staged', 0],
] as const;

describe.each(ways)('bad rows, %s, %s', (semantic, _, stageAboveBytes) => {
  let sink: Sink;
  beforeAll(async () => {
    sink = await openStack({
      telemetry,
      // What StarRocks says of rows is looked at, so that it must see them.
      options: { 'sink.semantic': semantic, 'sink.stage-above-bytes': stageAboveBytes, 'sink.check-rows': 'pass' },
    });
  });
  afterAll(() => sink.close());

  async function expectNothingLeft(): Promise<void> {
    const { rowsQueueUrl, loadQueueUrl } = sink.resources;
    expect(await Promise.all([rowsQueueUrl, loadQueueUrl].map((url) => messagesIn(sink, url)))).toEqual([0, 0]);
  }

  it.each([
    ['one in the middle of a hundred', 100, [50]],
    ['four of a hundred', 100, [7, 8, 51, 99]],
    ['all of ten', 10, rowsOf(1, 10).map(({ id }) => id)],
  ])('are kept apart from the good ones: %s', async (_name, count, bad) => {
    const table = await sink.createTable();
    await sink.send(table, rowsWithBad(1, count, bad), { chunk: `${table}-c1` });
    await sink.idle();
    expect(byId(await sink.rows(table))).toEqual(goodRows(1, count, bad));
    const objects = await rejectedOf(sink, table);
    expect(objects).toHaveLength(1);
    expect(objects.flat()).toMatchObject(
      bad.map((id) => ({
        id: `${table}-c1`,
        messageId: expect.stringMatching(/^[-0-9a-f]{36}$/),
        time: expect.stringMatching(/^20.*Z$/),
        source: expect.stringMatching(/^arn:aws:sqs:.*:rows$/),
        row: id - 1,
        code: 'ROWS_REFUSED',
        column: 'v',
        reason: expect.stringMatching(/column=v|'v'/),
        text: JSON.stringify({ id, v: `hunter2-${id}` }),
      })),
    );
    await expectNothingLeft();
  });

  it('name their own message and their place in it, whatever shares a load or a segment with them', async () => {
    const table = await sink.createTable();
    const send = (chunk: string, ...rows: readonly string[]) =>
      sink.sqs.send(
        new SendMessageCommand({
          ...{ QueueUrl: sink.resources.rowsQueueUrl, MessageBody: rows.join('\n') },
          MessageAttributes: Object.fromEntries(
            Object.entries({ database: 'd', table, chunk }).map(([name, StringValue]) => [
              name,
              { DataType: 'String', StringValue },
            ]),
          ),
        }),
      );
    const sent = await Promise.all([
      send(`${table}-a`, '{"id":1,"v":1}', '{"id":NaN}', '{"id":2,"v":2}', '{"id":3,"v":"hunter2"}'),
      send(`${table}-b`, '{"id":4,"v":4}', '{"id":5,"v":5}'),
      send(`${table}-c`, '{"id":6,"v":"hunter2"}', '{"id":7,"v":"hunter2"}', '{"id":8,"v":8}'),
    ]);
    await sink.idle();
    expect(byId(await sink.rows(table))).toEqual(['1=1', '2=2', '4=4', '5=5', '8=8']);
    const found = (await rejectedOf(sink, table))
      .flat()
      .map(({ id, messageId, row, code }) => [id, messageId, row, code]);
    const [a, , c] = sent.map(({ MessageId }) => MessageId);
    expect(found.toSorted()).toEqual([
      [`${table}-a`, a, 1, 'ROW_NOT_JSON'],
      [`${table}-a`, a, 3, 'ROWS_REFUSED'],
      [`${table}-c`, c, 0, 'ROWS_REFUSED'],
      [`${table}-c`, c, 1, 'ROWS_REFUSED'],
    ]);
    await expectNothingLeft();
  });

  it('do not hold back the messages beside them', async () => {
    const table = await sink.createTable();
    const sent = [1, 101, 201].map((from) => sink.send(table, rowsWithBad(from, from + 99, [111])));
    await Promise.all(sent);
    await sink.idle();
    expect(byId(await sink.rows(table))).toEqual(goodRows(1, 300, [111]));
    expect((await rejectedOf(sink, table)).flat().map(({ text }) => JSON.parse(text).id)).toEqual([111]);
    await expectNothingLeft();
  });

  it.each([
    ['refuses it', { status: 500 }],
    ['stores it and loses the answer', { after: true }],
  ])('are kept once, and acked only then, when S3 %s', async (_name, fault) => {
    const table = await sink.createTable();
    sink.aws.faults.add({ action: 'PutObject', where: new RegExp(`rejected/d.${table}/`), ...fault });
    await sink.send(table, rowsWithBad(1, 20, [5]));
    await sink.idle();
    expect(sink.aws.faults.waiting).toBe(0);
    expect(byId(await sink.rows(table))).toEqual(goodRows(1, 20, [5]));
    expect(await rejectedOf(sink, table)).toMatchObject([[{ row: 4 }]]);
    await expectNothingLeft();
  });

  it('however many they are, are found in a few loads, and double nothing', async () => {
    const table = await sink.createTable();
    const bad = rowsOf(1, 300).flatMap(({ id }) => (id % 3 === 0 ? id : []));
    const callsBefore = sink.starrocks.spy.calls.length;
    await sink.send(table, rowsWithBad(1, 300, bad));
    await sink.idle();
    expect(byId(await sink.rows(table))).toEqual(goodRows(1, 300, bad));
    expect((await rejectedOf(sink, table)).flat()).toHaveLength(bad.length);
    // StarRocks names fifty rows at a time; each try is some calls.
    expect(sink.starrocks.spy.calls.length - callsBefore).toBeLessThan(60);
    await expectNothingLeft();
  });
});

describe.each(['at-least-once', 'exactly-once'])('with sink.on-bad-row = fail, %s', (semantic) => {
  it('a bad row sends its whole message to the dead letters, and nothing into the bucket', async () => {
    const sink = await openStack({
      ...{ telemetry, maxReceiveCount: 2 },
      options: { 'sink.semantic': semantic, 'sink.on-bad-row': 'fail' },
    });
    try {
      const table = await sink.createTable();
      await Promise.all([1, 11].map((from) => sink.send(table, rowsWithBad(from, from + 9, [5]))));
      await sink.idle();
      expect(byId(await sink.rows(table))).toEqual(goodRows(11, 20, []));
      expect(await sink.keys('rejected/')).toEqual([]);
      expect(await messagesIn(sink, sink.resources.rowsDeadLettersUrl)).toBe(1);
    } finally {
      await sink.close();
    }
  });
});

describe('what was told of all this', () => {
  it('names no row', () => {
    expect(events.some((event) => event.includes('rows rejected'))).toBe(true);
    expect(events.filter((event) => event.includes('hunter2'))).toEqual([]);
  });
});

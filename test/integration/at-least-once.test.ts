import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../local/aws/faults.ts';
import { type FaultAction, faultMessages } from '../../local/starrocks/faults.ts';
import { message, openStack, openWorkers, rowsOf, sorted } from './delivery-world.ts';

const expected = rowsOf(1, 30).map(({ id }) => String(id));

const staging: readonly (readonly [string, Fault])[] = [
  ['S3 refuses a segment', { action: 'PutObject', where: /segments\//, status: 500 }],
  ['S3 does not give a segment', { action: 'GetObject', where: /segments\//, status: 500 }],
  ['a pointer is not sent', { action: 'SendMessage', status: 500 }],
  ['a pointer is sent and nobody hears of it', { action: 'SendMessage', after: true }],
];

describe.each([
  ['loaded directly', 4 * 1024 ** 2],
  ['staged', 0],
] as const)('a batch that is %s, at least once', (_, stageAboveBytes) => {
  let sink: Awaited<ReturnType<typeof openStack>>;
  beforeAll(async () => {
    sink = await openStack({
      options: { 'sink.semantic': 'at-least-once', 'sink.stage-above-bytes': stageAboveBytes },
      aws: { disorder: 5, duplicates: 0.3 },
    });
  });
  afterAll(() => sink.close());

  async function expectNothingLost(table: string): Promise<void> {
    await Promise.all([1, 11, 21].map((from) => sink.send(table, rowsOf(from, from + 9))));
    await sink.idle();
    expect(sorted([...new Set(await sink.rows(table))])).toEqual(expected);
  }

  it.each<readonly [string, FaultAction]>([
    ['loses the answer of a load', { kind: 'drop-answer' }],
    ['closes the connection', { kind: 'close' }],
    ['breaks off in the middle of the rows', { kind: 'close-mid-body', afterBytes: 20 }],
    ['does not know whether a commit happened, and it did', { kind: 'commit-unknown', happened: true }],
    ['does not know whether a commit happened, and it did not', { kind: 'commit-unknown', happened: false }],
    ['shuts down', { kind: 'fail', message: faultMessages.shuttingDown }],
  ])('loses nothing when StarRocks %s', async (_name, action) => {
    const table = await sink.createTable();
    const fault = sink.starrocks.faults.add({ on: 'stream_load', at: 'be', do: action });
    await expectNothingLost(table);
    expect(fault.hits).toBe(1);
  });

  it.each<readonly [string, Fault]>([
    ...(stageAboveBytes === 0 ? staging : []),
    ['messages are not deleted', { action: 'DeleteMessageBatch', status: 500, times: 2 }],
    ['messages are deleted and nobody hears of it', { action: 'DeleteMessageBatch', after: true, times: 2 }],
    ['the producer loses an answer', { action: 'SendMessageBatch', after: true }],
  ])('loses nothing when %s', async (_name, fault) => {
    sink.aws.faults.add(fault);
    await expectNothingLost(await sink.createTable());
    expect(sink.aws.faults.waiting).toBe(0);
  });
});

describe('the label of a batch, at least once', () => {
  let world: Awaited<ReturnType<typeof openWorkers>>;
  beforeAll(async () => {
    world = await openWorkers({ options: { 'sink.semantic': 'at-least-once' } });
  });
  afterAll(() => world.close());

  it('keeps the same messages from being loaded twice while StarRocks remembers it, and no longer', async () => {
    const table = await world.createTable();
    const messages = [message('m1', table, rowsOf(1, 1)), message('m2', table, rowsOf(2, 2))];
    const { ingest } = world.worker();
    for (let again = 0; again < 3; again++) expect(await ingest(messages.toReversed())).toEqual([]);
    expect(sorted(await world.rows(table))).toEqual(['1', '2']);
    world.starrocks.faults.evictLabels(1000);
    await ingest(messages);
    expect(sorted(await world.rows(table))).toEqual(['1', '1', '2', '2']);
  });

  it('does not keep messages that come again in other company from being loaded twice', async () => {
    const table = await world.createTable();
    const [one, two] = [message('m1', table, rowsOf(1, 1)), message('m2', table, rowsOf(2, 2))];
    const { ingest } = world.worker();
    await ingest([one, two]);
    await ingest([one]);
    expect(sorted(await world.rows(table))).toEqual(['1', '1', '2']);
  });
});

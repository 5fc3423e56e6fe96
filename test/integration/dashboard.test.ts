import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparedBy, shownBy } from '../infra/metric-math.ts';
import { onceOptions, synthesize } from '../infra/synthesize.ts';
import { openStack, rowsOf } from './delivery-world.ts';

const template = synthesize({ options: onceOptions }).template();

const ways = [
  ['at-least-once', 'loaded directly', 4 * 1024 ** 2],
  ['at-least-once', 'staged', 0],
  ['exactly-once', 'loaded directly', 4 * 1024 ** 2],
  ['exactly-once', 'staged', 0],
] as const;

describe.each(ways)('the dashboard of a sink, %s, %s', (semantic, _, stageAboveBytes) => {
  const counted = new Map<string, number>();
  let sink: Awaited<ReturnType<typeof openStack>>;

  beforeAll(async () => {
    sink = await openStack({
      options: { 'sink.semantic': semantic, 'sink.stage-above-bytes': stageAboveBytes, 'sink.check-rows': 'pass' },
      telemetry: (fn) => ({
        event: () => undefined,
        count: (metric, value) => {
          const key = `${fn} ${metric}`;
          counted.set(
            key,
            metric === 'InDoubt' ? Math.max(counted.get(key) ?? 0, value) : (counted.get(key) ?? 0) + value,
          );
        },
      }),
    });
    const table = await sink.createTable();
    await sink.send(table, rowsOf(1, 50));
    // StarRocks refuses two of these.
    await sink.send(
      table,
      rowsOf(51, 150).map(({ id }) => (id % 40 === 0 ? { id, v: 'no number' } : { id, v: id })),
    );
    await sink.sqs.send(new SendMessageCommand({ QueueUrl: sink.resources.rowsQueueUrl, MessageBody: 'no rows' }));
    await sink.idle();
    await sink.sweep();
    expect(await sink.rows(table)).toHaveLength(148);
  });
  afterAll(() => sink.close());

  it('says of each number what happened', () => {
    const shown = shownBy(template, counted);
    expect(shown['Is it working? (rows)']).toEqual({ RowsReceived: 150, RowsLoaded: 148 });
    expect(shown['Rejected']).toEqual({ RowsRejected: 2, MessagesRejected: 1 });
    // The load that was refused for its data; what was tried to find the bad rows is none.
    expect(shown['Loads that failed or were held back']).toEqual({ LoadsFailed: 1, LoadsThrottled: 0 });
    expect(shown['In doubt, and undecided']).toEqual({ 'in doubt': 0, Undecided: 0 });
    const { Loads, BytesLoaded } = shown['Loads'] ?? {};
    const loaded = sink.starrocks.transactions().filter(({ state }) => state === 'VISIBLE');
    expect([Loads, loaded.length > 0]).toEqual([loaded.length, true]);
    expect(BytesLoaded).toBeGreaterThan(148 * '{"id":1}'.length);
  });

  it('agrees with what the alarms compare', () => {
    expect(comparedBy(template, counted)).toEqual({
      'StarRocks refuses loads, or cannot be reached.': 1,
      'StarRocks holds loads back: too many versions, transactions, or too little memory.': 0,
      'Rows or messages do not fit their table.': 3,
      'StarRocks counted another number of rows than were sent.': 0,
      'Nobody can tell whether a batch was committed.': 0,
      'Transactions that a function left behind can be neither committed nor rolled back.': 0,
    });
  });
});

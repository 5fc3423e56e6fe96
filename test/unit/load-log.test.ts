import type { SQSRecord } from 'aws-lambda';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { atLeastOnce } from '../../src/delivery/at-least-once.ts';
import { atomically } from '../../src/delivery/atomically.ts';
import { type Delivery, newRun } from '../../src/delivery/delivery.ts';
import { exactlyOnce } from '../../src/delivery/exactly-once.ts';
import { acked, retry, sameFor } from '../../src/delivery/outcomes.ts';
import { createPressure, easing } from '../../src/delivery/pressure.ts';
import { SinkError } from '../../src/kit/errors.ts';
import { createPace, paced } from '../../src/pipeline/pace.ts';
import type { Lane } from '../../src/pipeline/plan-lanes.ts';
import { runLanes } from '../../src/pipeline/run-lanes.ts';
import type { LoadResult, TransactionResult } from '../../src/ports.ts';
import { joinChunks } from '../../src/rows/body.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import { chunk, csvLayout, destination, sqsRecord } from '../builders.ts';
import { deployedLog } from '../deployed-log.ts';
import { type BucketCall, fakeBucket, type Met } from '../fake-bucket.ts';
import { manualClock } from '../manual-clock.ts';

afterEach(() => vi.restoreAllMocks());

const deadlineMs = 60_000;
const never = () => new Promise<never>(() => undefined);
const refused = { state: 'refused', kind: 'data', message: 'a row does not fit' } as const;
const batchOf = (...items: readonly Chunk[]) => ({ destination: destination({ table: 'orders' }), items });
const rows = [chunk({ id: 'c1', rows: 3, text: '{"id":1}' }), chunk({ id: 'c2', rows: 4, text: '{"id":2}' })];

interface World {
  readonly log: ReturnType<typeof deployedLog>;
  readonly clock: ReturnType<typeof manualClock>;
}

type Loads = (body: string, rows: number) => Promise<LoadResult>;

const once = ({ log: { telemetry }, clock }: World, load: Loads): Delivery<Chunk> =>
  atLeastOnce<Chunk>({
    starrocks: {
      async load({ body, rows: count }) {
        return load(Buffer.concat(await Array.fromAsync(body.open())).toString(), count);
      },
    },
    ...{ telemetry, clock, badRows: undefined, labelPrefix: undefined, miscounts: undefined },
    join: joinChunks(csvLayout),
  });

/** Each load is answered by its prepare. */
function prepared({ log: { telemetry }, clock }: World, load: Loads, meet?: (call: BucketCall) => Met) {
  const { store: objects } = fakeBucket(meet);
  const bodies = new Map<string, string>();
  const ok = async (): Promise<TransactionResult> => ({ state: 'ok' });
  const rolledBack: string[] = [];
  let batches = 0;
  const delivery = exactlyOnce<Chunk>({
    transactions: {
      begin: ok,
      async load({ label }, _, body) {
        bodies.set(label, Buffer.concat(await Array.fromAsync(body.open())).toString());
        return { state: 'ok' };
      },
      async prepare({ label }): Promise<TransactionResult> {
        const sent = bodies.get(label) ?? '';
        const result = await load(sent, JSON.parse(sent).length);
        if (result.state !== 'loaded') return result;
        const total = result.counts?.total ?? 0;
        return { state: 'ok', counts: { total, loaded: total, filtered: 0, unselected: 0 } };
      },
      commit: ok,
      async rollback({ label }) {
        rolledBack.push(label);
        return { state: 'ok' };
      },
      labelState: async () => 'UNKNOWN',
    },
    ...{ telemetry, clock, badRows: undefined, join: joinChunks(csvLayout), maxRetries: 0, preparedTimeoutS: 60 },
    newBatchId: () => `b${++batches}`,
    ledger: () => ({
      ...{ objects, clock, deadlineMs, untilMs: deadlineMs, commit: ok, sendPointer: async () => undefined },
    }),
  });
  return { delivery, rolledBack };
}

const loadedRows = (total: number): LoadResult => ({
  ...{ state: 'loaded', visible: true, already: false },
  counts: { total, loaded: total, filtered: 0, unselected: 0 },
});

const semantics: Record<string, (world: World, load: Loads) => Delivery<Chunk>> = {
  'at-least-once': once,
  'exactly-once': (world, load) => prepared(world, load).delivery,
};

const open = (): World => ({ log: deployedLog(), clock: manualClock() });

/** Runs lanes until the deadline, and longer. @out  lines that say of a load that it did not succeed */
async function run(
  { log, clock }: World,
  lanes: readonly Lane<Chunk>[],
  delivery: Delivery<Chunk>,
  records: readonly SQSRecord[] = [],
) {
  const deps = { clock, telemetry: log.telemetry };
  const running = runLanes(lanes, newRun(records, deadlineMs), deps, (batch, own) => delivery.take(batch, own));
  await clock.pass(0);
  await clock.pass(deadlineMs);
  await running;
  return log.lines.filter(({ message }) => message === 'not loaded');
}

describe.each(Object.entries(semantics))('a load that did not succeed, %s, has one line', (_, deliver) => {
  it('when it was under way as the invocation had to answer, and none more when it ends later', async () => {
    const world = open();
    const { promise, resolve } = Promise.withResolvers<LoadResult>();
    const lines = await run(
      world,
      [[batchOf(...rows)]],
      deliver(world, () => promise),
    );
    const line = { level: 'WARN', code: 'OUTCOME_UNKNOWN', table: 'shop.orders', rows: 7, label: expect.any(String) };
    expect(lines).toEqual([expect.objectContaining(line)]);
    resolve({ state: 'refused', kind: 'throttled', message: 'too many versions' });
    await world.clock.pass(0);
    expect(world.log.lines).toHaveLength(1);
    expect(world.log.counts).toEqual({ LoadsFailed: 1 });
  });

  it('when it could not be learnt what became of it', async () => {
    const world = open();
    const lines = await run(
      world,
      [[batchOf(...rows)]],
      deliver(world, async () => ({ state: 'unknown', message: 'The answer was lost.' })),
    );
    expect(lines).toEqual([expect.objectContaining({ table: 'shop.orders', rows: 7, label: expect.any(String) })]);
  });

  it('when there was no time to begin it', async () => {
    const world = open();
    const late = async () => {
      throw new SinkError('DEADLINE_NEAR', '900 ms are left.');
    };
    expect(await run(world, [[batchOf(...rows)]], deliver(world, late))).toEqual([
      expect.objectContaining({ code: 'DEADLINE_NEAR', reason: '900 ms are left.', table: 'shop.orders', rows: 7 }),
    ]);
  });

  it('when its rows are refused, whatever its halves say, which are steps of the search for them', async () => {
    const world = open();
    const items = Array.from({ length: 8 }, (_item, id) =>
      chunk({ id: `c${id}`, text: JSON.stringify({ id, bad: id === 5 }) }),
    );
    const lines = await run(
      world,
      [[batchOf(...items)]],
      deliver(world, async (body, count) => (body.includes('true') ? refused : loadedRows(count))),
    );
    expect(lines).toEqual([expect.objectContaining({ code: 'ROWS_REFUSED', rows: 8 })]);
    expect(world.log.counts).toMatchObject({ LoadsFailed: 1, Loads: 3, RowsLoaded: 7 });
  });
});

describe('a load that did not succeed has one line', () => {
  it('when it was miscounted, whatever its halves say, which are steps of the search for the rows', async () => {
    const world = open();
    const items = Array.from({ length: 8 }, (_, id) =>
      chunk({ id: `c${id}`, text: JSON.stringify({ id, short: id === 5 }) }),
    );
    const short = async (body: string, count: number) => loadedRows(body.includes('true') ? count - 1 : count);
    const lines = await run(world, [[batchOf(...items)]], prepared(world, short).delivery);
    expect(lines).toEqual([expect.objectContaining({ code: 'ROWS_REFUSED', rows: 8 })]);
    expect(world.log.counts).toMatchObject({ LoadsFailed: 1, Loads: 3, RowsLoaded: 7 });
  });

  it('when it is one of several tables at once, whatever its halves say', async () => {
    const world = open();
    const { telemetry } = world.log;
    const load = async ({ parts }: { readonly parts: readonly { readonly body: { open(): unknown } }[] }) => {
      const texts = await Promise.all(
        parts.map(async ({ body }) => Buffer.concat(await Array.fromAsync(body.open() as Uint8Array[])).toString()),
      );
      return texts.join('').includes('true') ? refused : loadedRows(parts.length);
    };
    const items = (table: string) =>
      Array.from({ length: 4 }, (_, id) =>
        chunk({
          id: `c${id}${table}`,
          messageId: `m${id}`,
          text: JSON.stringify({ id, bad: id === 2 && table === 'a' }),
        }),
      );
    const delivery = atomically(
      { take: never },
      { starrocks: { load }, join: joinChunks(csvLayout), labelPrefix: undefined, telemetry },
    );
    const batch = { destination: destination({ table: 'a' }), items: items('a') };
    const other = { destination: destination({ table: 'b' }), items: items('b') };
    const lines = await run(world, [[{ ...batch, others: [other] }]], delivery);
    expect(lines).toEqual([expect.objectContaining({ code: 'ROWS_REFUSED', table: 'shop.a, b', rows: 8 })]);
    expect(world.log.counts).toMatchObject({ LoadsFailed: 1 });
  });

  it('when it was refused, and what follows hangs until the invocation has to answer', async () => {
    const world = open();
    const { delivery } = prepared(world, async () => ({
      state: 'refused',
      kind: 'throttled',
      message: 'too many versions',
    }));
    const hanging: Delivery<Chunk> = {
      async take(batch, own) {
        await delivery.take(batch, own);
        return never();
      },
    };
    const lines = await run(world, [[batchOf(...rows)]], hanging);
    expect(lines).toEqual([expect.objectContaining({ code: 'STARROCKS_THROTTLED', rows: 7 })]);
    expect(world.log.counts).toEqual({ LoadsThrottled: 1 });
  });

  it('when nothing of it was begun as the invocation had to answer', async () => {
    const world = open();
    const lines = await run(world, [[batchOf(...rows)]], { take: never });
    expect(lines).toEqual([expect.objectContaining({ code: 'OUTCOME_UNKNOWN', table: 'shop.orders', rows: 7 })]);
    expect(world.log.counts).toEqual({});
  });

  it('when the time was over before its turn, in its lane and in others', async () => {
    const world = open();
    const take: Delivery<Chunk>['take'] = async ({ items }) => {
      world.clock.nowMs = deadlineMs;
      return sameFor(items, acked);
    };
    const lanes = ['a', 'b', 'c'].map((table) =>
      [1, 2].map((id) => ({ destination: destination({ table }), items: [chunk({ id: `${table}${id}` })] })),
    );
    const lines = await run(world, lanes, { take });
    expect(lines).toHaveLength(5);
    for (const line of lines) expect(line).toMatchObject({ code: 'DEADLINE_NEAR', rows: 1 });
  });

  it('and what stands behind it in its group has none', async () => {
    const world = open();
    const take: Delivery<Chunk>['take'] = async ({ items }) => sameFor(items, retry('STARROCKS_TRANSIENT', ''));
    const lane = [1, 2, 3].map((id) => batchOf(chunk({ id: `c${id}` })));
    expect(await run(world, [lane], { take }, [sqsRecord({ group: 'g' })])).toHaveLength(1);
  });

  it('when it would not end in time', async () => {
    const world = open();
    const large = chunk({ id: 'c1', bytes: 10 ** 12, rows: 7 });
    const delivery = paced<Chunk>({ take: never }, createPace(), world.clock);
    expect(await run(world, [[batchOf(large)]], delivery)).toEqual([
      expect.objectContaining({ code: 'DEADLINE_NEAR', table: 'shop.orders', rows: 7 }),
    ]);
  });

  it('when its table rests', async () => {
    const world = open();
    const pressure = createPressure(world.clock);
    pressure.learn(destination({ table: 'orders' }), 1, sameFor(rows, retry('STARROCKS_THROTTLED', '')));
    expect(await run(world, [[batchOf(...rows)]], easing<Chunk>({ take: never }, pressure))).toEqual([
      expect.objectContaining({ code: 'STARROCKS_THROTTLED', table: 'shop.orders', rows: 7 }),
    ]);
  });

  it('when another worker has some of its rows: with those', async () => {
    const world = open();
    const [mine, held] = rows as [Chunk, Chunk];
    const take = async () =>
      new Map([
        [mine, acked],
        [held, retry('BATCH_BUSY', 'Batch b9 is not committed yet.')],
      ]);
    expect(await run(world, [[batchOf(...rows)]], { take })).toEqual([
      expect.objectContaining({ code: 'BATCH_BUSY', reason: 'Batch b9 is not committed yet.', rows: 4 }),
    ]);
  });
});

describe('a load that worked', () => {
  it.each(Object.entries(semantics))('has no line that says otherwise, %s', async (_, deliver) => {
    const world = open();
    expect(
      await run(
        world,
        [[batchOf(...rows)]],
        deliver(world, async () => loadedRows(7)),
      ),
    ).toEqual([]);
    expect(world.log.lines).toEqual([expect.objectContaining({ level: 'INFO', message: 'loaded', rows: 7 })]);
  });
});

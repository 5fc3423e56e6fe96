import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { message, openStack, openWorkers, rowsOf } from './delivery-world.ts';

describe('an outage', () => {
  let world: Awaited<ReturnType<typeof openWorkers>>;
  beforeAll(async () => {
    world = await openWorkers();
  });
  afterAll(() => world.close());

  it.each([
    ['loaded directly', { 'sink.load-queue-url': undefined }],
    ['staged', { 'sink.stage-above-bytes': 0 }],
  ])('of S3 fails the invocation, and the rows are in the table once when it is over, %s', async (_, options) => {
    const table = await world.createTable();
    const records = [message('m1', table, rowsOf(1, 2), `${table}-c1`)];
    for (const action of ['PutObject', 'GetObject']) world.aws.faults.add({ action, status: 503, times: 1_000_000 });
    const early = world.worker({ options: { ...options, 'jdbc-url': undefined }, remainingMs: 2500 });
    expect(await early.ingest(records)).toEqual(['m1']);
    expect(early.codes).toContain('LEDGER_UNAVAILABLE');
    expect(await world.rows(table)).toEqual([]);
    world.aws.faults.clear();
    expect(await world.worker({ options, aheadMs: 16 * 60_000 }).ingest(records)).toEqual([]);
    await world.worker().load(await world.pointers());
    expect(await world.rows(table)).toEqual(['1', '2']);
  });

  it('of StarRocks fails the invocation, and a day later the rows are in the table once', async () => {
    const table = await world.createTable();
    const records = [message('m1', table, rowsOf(1, 2), `${table}-c1`)];
    await world.starrocks.faults.stopFrontend();
    for (const hour of [0, 8, 16]) {
      const worker = world.worker({ aheadMs: hour * 3_600_000 });
      expect(await worker.ingest(records)).toEqual(['m1']);
      expect(worker.codes).toContain('STARROCKS_UNREACHABLE');
    }
    await world.starrocks.faults.startFrontend();
    expect(await world.worker({ aheadMs: 24 * 3_600_000 }).ingest(records)).toEqual([]);
    expect(await world.rows(table)).toEqual(['1', '2']);
  });

  it('of an invocation without time gives the messages back, and begins nothing', async () => {
    const table = await world.createTable();
    const records = [message('m1', table, rowsOf(1, 2), `${table}-c1`)];
    expect(
      await world.worker({ remainingMs: 1000, options: { 'sink.load-queue-url': undefined } }).ingest(records),
    ).toEqual(['m1']);
    expect(world.calls(table, 'begin')).toEqual([]);
  });
});

describe('a message that comes again', () => {
  let world: Awaited<ReturnType<typeof openWorkers>>;
  beforeAll(async () => {
    world = await openWorkers();
  });
  afterAll(() => world.close());

  const week = 7 * 24 * 3_600_000;

  it.each([
    ['a week later, from the dead letters', { aheadMs: week }],
    ['in another company', { others: 1 }],
    ['after options were changed', { options: { 'sink.properties.timezone': 'UTC', 'sink.label-prefix': 'other' } }],
    ['after staging was switched on', { options: { 'sink.stage-above-bytes': 0 } }],
    ['to a worker whose clock is a week behind', { aheadMs: -week }],
  ])(
    '%s, is acked, and its rows are in the table once',
    async (_, {
      others = 0,
      ...kind
    }: {
      readonly others?: number;
      readonly aheadMs?: number;
      readonly options?: object;
    }) => {
      const table = await world.createTable();
      const record = message('m1', table, rowsOf(1, 2), `${table}-c1`);
      expect(await world.worker().ingest([record])).toEqual([]);
      world.starrocks.faults.evictLabels(1000);
      const company = others > 0 ? [message('m2', table, rowsOf(3, 3), `${table}-c2`)] : [];
      expect(await world.worker(kind).ingest([...company, record])).toEqual([]);
      await world.worker().load(await world.pointers());
      expect(await world.rows(table)).toEqual(others > 0 ? ['1', '2', '3'] : ['1', '2']);
    },
  );

  it('is loaded once by workers whose clocks are an hour apart', async () => {
    const table = await world.createTable();
    const records = Array.from({ length: 6 }, (_, n) => message(`m${n}`, table, rowsOf(n, n), `${table}-c${n}`));
    const hour = 3_600_000;
    const workers = [-hour, 0, hour].map((aheadMs) => world.worker({ aheadMs }));
    const answers = await Promise.all(workers.map(({ ingest }) => ingest(records)));
    const left = records.filter(({ messageId }) => answers.every((answer) => answer.includes(messageId)));
    await world.worker({ aheadMs: 2 * hour }).ingest(left);
    await world.worker({ aheadMs: 4 * hour }).ingest(records);
    expect((await world.rows(table)).toSorted()).toEqual(['0', '1', '2', '3', '4', '5']);
  });
});

describe('rows that wait longer than an event source can', () => {
  it.each(['exactly-once', 'at-least-once'])('are loaded when the schedule says so, %s', async (semantic) => {
    const sink = await openStack({
      options: { 'sink.semantic': semantic, 'sink.buffer-flush.interval-ms': 600_000 },
      visibilityTimeoutSeconds: 30,
    });
    const table = await sink.createTable();
    await sink.send(table, rowsOf(1, 3));
    await sink.idle();
    expect(await sink.keys(`segments/d.${table}/`)).toHaveLength(1);
    expect(await sink.rows(table)).toEqual([]);
    await sink.drain();
    expect(await sink.rows(table)).toEqual(['1', '2', '3']);
    expect(sink.calls(table, semantic === 'exactly-once' ? 'load' : 'stream_load')).toHaveLength(1);
    await sink.close();
  });
});

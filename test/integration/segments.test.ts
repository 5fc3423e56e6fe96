import { GetObjectCommand, GetObjectTaggingCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPointer } from '../../src/rows/segment.ts';
import { message, openWorkers, rowsOf, sorted } from './delivery-world.ts';

const minute = 60_000;
const staged = { 'sink.stage-above-bytes': 0 };

let world: Awaited<ReturnType<typeof openWorkers>>;
beforeAll(async () => {
  world = await openWorkers({ options: staged });
});
afterAll(() => world.close());

const idsOf = (to: number) => rowsOf(1, to).map(({ id }) => String(id));
/** One ingest invocation for each message. */
async function stage(table: string, messages: number, options: object = {}): Promise<void> {
  const { ingest } = world.worker({ options });
  for (let n = 1; n <= messages; n++) {
    expect(await ingest([message(`m${n}`, table, rowsOf(n, n), `${table}-c${n}`)])).toEqual([]);
  }
}
const tagsOf = async (Key: string) =>
  (await world.s3.send(new GetObjectTaggingCommand({ Bucket: world.resources.bucket, Key }))).TagSet;
const segmentsOf = (table: string) => world.keys(`segments/d.${table}/`);

describe.each(['exactly-once', 'at-least-once'] as const)('%s: segments', (semantic) => {
  const options = { ...staged, 'sink.semantic': semantic };
  const loadsOf = (table: string) => world.calls(table, semantic === 'exactly-once' ? 'load' : 'stream_load');

  it('of many ingest batches become one load', async () => {
    const table = await world.createTable();
    await stage(table, 12, options);
    expect(loadsOf(table)).toEqual([]);
    await world.worker({ options }).drain();
    expect(loadsOf(table)).toHaveLength(1);
    expect(await world.rows(table)).toEqual(idsOf(12));
    expect(await world.pointers()).toEqual([]);
  });

  it('are marked when they are loaded, and not before; their pointers may come again', async () => {
    const table = await world.createTable();
    await stage(table, 2, options);
    const [pointers, keys] = [
      await world.pointers(),
      (await segmentsOf(table)).map((line) => line.split(' ')[0] ?? ''),
    ];
    expect(keys).toHaveLength(2);
    const away = world.starrocks.faults.add({ on: 'any', at: 'fe', do: { kind: 'close' }, times: 1000 });
    const given = await world
      .worker({ options })
      .load(pointers)
      .catch(() => pointers);
    away.remove();
    expect(given).toHaveLength(2);
    for (const key of keys) expect(await tagsOf(key)).toEqual([]);
    for (const _ of ['first', 'again']) {
      expect(await world.worker({ options }).load(pointers)).toEqual([]);
      for (const key of keys) expect(await tagsOf(key)).toEqual([{ Key: 'state', Value: 'loaded' }]);
    }
    expect(await world.rows(table)).toEqual(idsOf(2));
  });

  it('of each table go their own way', async () => {
    const tables = [await world.createTable(), await world.createTable()];
    for (const table of tables) await stage(table, 3, options);
    await world.worker({ options }).load(await world.pointers());
    for (const table of tables) {
      expect(loadsOf(table)).toHaveLength(1);
      expect(await world.rows(table)).toEqual(idsOf(3));
    }
  });

  it.each([
    ['gzip', [0x1f, 0x8b]],
    ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ] as const)('are kept as %s, and loaded as they were', async (compression, magic) => {
    const table = await world.createTable();
    await stage(table, 3, { ...options, 'sink.segment.compression': compression });
    const [segment = ''] = await segmentsOf(table);
    const get = new GetObjectCommand({ Bucket: world.resources.bucket, Key: segment.split(' ')[0] });
    const bytes = await (await world.s3.send(get)).Body?.transformToByteArray();
    expect([...(bytes ?? [])].slice(0, magic.length)).toEqual(magic);
    // The load function reads what the pointer says, whatever its own options say.
    await world.worker({ options }).load(await world.pointers());
    expect(await world.rows(table)).toEqual(idsOf(3));
  });

  it('whose bytes differ from their pointer are not loaded', async () => {
    const table = await world.createTable();
    await stage(table, 1, options);
    const pointers = await world.pointers();
    const segment = readPointer(pointers[0]!.body)!;
    const put = { Bucket: world.resources.bucket, Key: segment.key };
    for (const Body of ['{"id":1}{"id":2}', '{"id":']) {
      await world.s3.send(new PutObjectCommand({ ...put, Body }));
      expect(await world.worker({ options }).load(pointers)).toEqual([pointers[0]!.messageId]);
    }
    expect(await world.rows(table)).toEqual([]);
    await world.s3.send(new PutObjectCommand({ ...put, Body: '{"id":1}' }));
    expect(await world.worker({ options }).load(pointers)).toEqual([]);
    expect(await world.rows(table)).toEqual(['1']);
  });

  it('are not begun to be loaded when the time is too short, and come again', async () => {
    const table = await world.createTable();
    await stage(table, 2, options);
    const pointers = await world.pointers();
    const late = world.worker({ options, remainingMs: 3500 });
    expect(await late.load(pointers)).toEqual(pointers.map(({ messageId }) => messageId));
    expect(loadsOf(table)).toEqual([]);
    expect(await world.worker({ options }).load(pointers)).toEqual([]);
    expect(await world.rows(table)).toEqual(idsOf(2));
  });
});

describe('a segment', () => {
  it('is staged, not loaded, when the time is too short for a load', async () => {
    const table = await world.createTable();
    const late = world.worker({ options: { 'sink.stage-above-bytes': 4 * 1024 ** 2 }, remainingMs: 8000 });
    expect(await late.ingest([message('m1', table, rowsOf(1, 2), `${table}-c`)])).toEqual([]);
    expect(await segmentsOf(table)).toHaveLength(1);
    expect(world.calls(table, 'begin')).toEqual([]);
    await world.worker().load(await world.pointers());
    expect(await world.rows(table)).toEqual(['1', '2']);
  });

  it('is never changed: a message that comes again sends its pointer again', async () => {
    const table = await world.createTable();
    await stage(table, 2);
    const before = await segmentsOf(table);
    await stage(table, 2);
    expect(await segmentsOf(table)).toEqual(expect.arrayContaining(before));
    const pointers = await world.pointers();
    expect(pointers).toHaveLength(4);
    expect(await world.worker().load(pointers)).toEqual([]);
    expect(await world.worker().load(pointers)).toEqual([]);
    expect(await world.rows(table)).toEqual(['1', '2']);
  });

  it('of two pointers that two functions hold at the same time is loaded once', async () => {
    const table = await world.createTable();
    await stage(table, 3);
    const pointers = await world.pointers();
    const answers = await Promise.all([world.worker().load(pointers), world.worker().load(pointers)]);
    expect(sorted(await world.rows(table))).toEqual(idsOf(3));
    // Whoever came second gave its pointers back, and finds them loaded.
    const again = pointers.filter(({ messageId }) => answers.flat().includes(messageId));
    expect(await world.worker().load(again)).toEqual([]);
    expect(sorted(await world.rows(table))).toEqual(idsOf(3));
  });

  it('that somebody deleted does not keep another load from happening', async () => {
    const table = await world.createTable();
    const other = await world.createTable();
    await stage(table, 1);
    await stage(other, 1);
    const pointers = await world.pointers();
    const gone = pointers.find(({ body }) => body.includes(`segments/d.${table}/`))!;
    const lost = { ...gone, body: gone.body.replace('segments/d.', 'segments/gone.') };
    expect(await world.worker().load([lost, ...pointers.filter((each) => each !== gone)])).toEqual([gone.messageId]);
    expect(await world.rows(other)).toEqual(['1']);
  });
});

describe('a worker that dies while it stages', () => {
  const records = (table: string) => [message('m1', table, rowsOf(1, 2), `${table}-c1`)];

  it.each([
    ['before the segment is written', 'PutObject', /segments\//, false, 16 * minute],
    ['behind the segment, before the decision', 'PutObject', /decisions\//, false, 16 * minute],
    ['behind the decision, whose answer it never gets', 'PutObject', /decisions\//, true, 0],
    ['behind the decision, before the pointer', 'SendMessage', /load/, false, 0],
    ['behind the pointer, whose answer it never gets', 'SendMessage', /load/, true, 0],
  ] as const)('%s, is replaced, and its rows are loaded once', async (_, action, where, after, aheadMs) => {
    const table = await world.createTable();
    world.aws.faults.add({ action, where, after, times: 1000 });
    // It neither writes a decision, not even that it gave up.
    if (action === 'PutObject') world.aws.faults.add({ action, where: /decisions\//, times: 1000 });
    await world.worker({ remainingMs: 1600 }).ingest(records(table));
    world.aws.faults.clear();
    expect(await world.worker({ aheadMs }).ingest(records(table))).toEqual([]);
    await world.worker().load(await world.pointers());
    expect(await world.rows(table)).toEqual(['1', '2']);
    expect(await world.pointers()).toEqual([]);
  });
});

describe('a segment that cannot be read', () => {
  it('does not hold back the others of its load', async () => {
    const table = await world.createTable();
    await stage(table, 3);
    const [first, second, third] = await world.pointers();
    const lost = { ...second!, body: second!.body.replace('segments/d.', 'segments/gone.') };
    expect(await world.worker().load([first!, lost, third!])).toEqual([lost.messageId]);
    expect(await world.rows(table)).toHaveLength(2);
  });
});

describe('a segment of the same messages in another order, at least once', () => {
  it('does not take the place of the first, to which a pointer is under way', async () => {
    const table = await world.createTable('primary');
    const { ingest, load } = world.worker({ options: { 'sink.semantic': 'at-least-once' } });
    const [upsert, remove] = [message('a', table, [{ id: 1, v: 1 }]), message('b', table, [{ id: 1, __op: 1 }])];
    await ingest([upsert, remove]);
    await ingest([remove, upsert]);
    for (const pointer of await world.pointers()) expect(await load([pointer])).toEqual([]);
  });
});

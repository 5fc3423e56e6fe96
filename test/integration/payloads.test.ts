import { fork } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalResources } from '../../local/aws/queues.ts';
import { type LocalAws, startAws } from '../../local/aws/server.ts';
import { s3ObjectStore } from '../../src/aws/s3-object-store.ts';
import { joinStreams } from '../../src/rows/stream-body.ts';
import type { ReadRequest, ReadResult } from './payload-child.ts';
import { MiB, openSink } from './payload-world.ts';

const filler = 'é'.repeat(500);
const manyRows = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({ id: from + index, v: filler }));

describe.each(['at-least-once', 'exactly-once'])('the sink, %s, follows pointers', (semantic) => {
  let sink: Awaited<ReturnType<typeof openSink>>;
  beforeAll(async () => {
    sink = await openSink({ 'sink.semantic': semantic });
  });
  afterAll(() => sink.close());

  it('of the producer to a row that is larger than a message', async () => {
    const table = await sink.createTable('id BIGINT NOT NULL, v VARCHAR(1048576)');
    const producer = sink.producer();
    const large = { id: 1, v: 'ü"\\\n€'.repeat(100_000) };
    expect(Buffer.byteLength(JSON.stringify(large))).toBeGreaterThan(MiB);
    await producer.send(table, [{ id: 0, v: 'small' }, large, { id: 2, v: 'small' }]);
    await producer.close();
    await sink.stack.idle();
    const rows = await sink.rows(table);
    expect(rows.map(({ id }) => id)).toEqual([0, 1, 2]);
    expect(rows[1]?.v === large.v).toBe(true);
  });

  it.each([
    ['lines', (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join('\n'), { format: 'json' }],
    ['an array', (rows: readonly object[]) => JSON.stringify(rows, undefined, 1), {}],
  ])('to a file-like payload of %s that is streamed', async (_, write, attributes) => {
    const table = await sink.createTable();
    const rows = manyRows(10_000);
    const payload = write(rows);
    expect(Buffer.byteLength(payload)).toBeGreaterThan(9 * MiB);
    await sink.point({ table, attributes: { ...attributes, rows: '10000' } }, payload);
    await sink.point({ table }, '{"id":-1,"v":"é"}');
    await sink.stack.idle();
    expect(await sink.sums(table)).toEqual([10_001, 10_001, 10_000 * 1000 + 2]);
  });

  it.each(['gzip', 'zstd'] as const)('of the producer to a compressed chunk (%s)', async (compression) => {
    const table = await sink.createTable();
    const producer = sink.producer({ compression });
    const rows = Array.from({ length: 2000 }, (_, id) => ({ id, v: randomBytes(750).toString('base64') }));
    const chunk = randomUUID();
    for (let times = 0; times < 2; times++) await producer.send(table, rows, { chunk });
    await producer.close();
    await sink.stack.idle();
    const loaded = await sink.rows(table);
    const [digest, expected] = [loaded, rows].map((each) =>
      createHash('sha256').update(JSON.stringify(each)).digest('hex'),
    );
    if (semantic === 'exactly-once') expect([loaded.length, digest]).toEqual([rows.length, expected]);
    else expect(new Set(loaded.map(({ v }) => v)).size).toBe(rows.length);
  });

  it('and parts a bad line of a payload from the others, and loads nothing of one with another number of rows', async () => {
    const table = await sink.createTable();
    const rows = manyRows(9000).map((row) => JSON.stringify(row));
    await sink.point({ table }, rows.with(4500, '{"id":"hunter2').join('\n'));
    await sink.point({ table, attributes: { rows: '8999' } }, rows.join('\n'));
    await sink.point({ table }, '{"id":1,"v":"good"}');
    await sink.stack.idle();
    const good = [...manyRows(9000).filter(({ id }) => id !== 4500), { id: 1, v: 'good' }];
    const found = (await sink.rows(table)).map(({ id }) => id);
    // At least once: a busy machine may be given the same message twice.
    const seen = (ids: readonly number[]) => (semantic === 'exactly-once' ? ids : [...new Set(ids)]);
    const sent = good.map(({ id }) => id).toSorted((a, b) => a - b);
    expect(seen(found)).toEqual(seen(sent));
    const told = sink.events.join('\n');
    expect(told).toMatch(/rows rejected.*"rows":1/);
    expect(told).toMatch(/ROW_COUNT_WRONG.*says 8999.*holds 9000/);
    expect(told).not.toContain('hunter2');
  });

  it.each([12, 20 * MiB])('and waits for a payload of %i bytes that is not there yet', async (bytes) => {
    const table = await sink.createTable();
    const key = `payloads/${randomUUID()}`;
    await sink.point({ table, key, bytes });
    await expect
      .poll(() => sink.events.some((event) => event.includes('SEGMENT_UNREADABLE') && event.includes(key)))
      .toBe(true);
    await sink.put(key, '{"id":1,"v":"late"}');
    await sink.stack.idle();
    expect(await sink.rows(table)).toEqual([{ id: 1, v: 'late' }]);
  });

  it('and reads a streamed payload again when S3 breaks off', async () => {
    const table = await sink.createTable();
    sink.aws.faults.add({ action: 'GetObject', where: /breaks/, after: true });
    await sink.point({ table, key: `payloads/breaks/${randomUUID()}`, bytes: 20 * MiB }, JSON.stringify(manyRows(500)));
    await sink.stack.idle();
    expect(sink.aws.faults.waiting).toBe(0);
    expect(await sink.sums(table)).toEqual([500, 500, 500 * 1000]);
  });
});

describe('the sink loads CSV payloads', () => {
  it.each([
    ['small', 100],
    ['streamed', 10_000],
  ])('that are %s, with \\x01 between fields', async (_, count) => {
    const sink = await openSink({
      'sink.properties.format': 'csv',
      'sink.properties.column_separator': '\\x01',
      'sink.properties.row_delimiter': '\\x02',
    });
    try {
      const table = await sink.createTable();
      const v = `a,"\n\t\r${filler}\r`;
      const payload = manyRows(count)
        .map(({ id }) => `${id}\u0001${v}\u0002`)
        .join('');
      await sink.point({ table, attributes: { format: 'csv', rows: String(count) } }, payload);
      await sink.stack.idle();
      expect(await sink.sums(table)).toEqual([count, count, count * Buffer.byteLength(v)]);
    } finally {
      await sink.close();
    }
  });
});

describe.each(['at-least-once', 'exactly-once'])('the sink, %s, searches for the bad rows', (semantic) => {
  it.each([
    ['of a streamed payload as it comes', 64 * MiB, 1000, 500, [77]],
    ['of a payload that is too large for memory, and loads its good rows once', 0, 100_000, 700, [77, 400, 401]],
  ] as const)(
    '%s',
    async (_, stageAboveBytes, bytesOfRow, count, bad) => {
      const options = { 'sink.stage-above-bytes': stageAboveBytes, 'sink.check-rows': 'pass' };
      const sink = await openSink({ 'sink.semantic': semantic, ...options });
      try {
        const table = await sink.createTable('id BIGINT NOT NULL, v VARCHAR(200000) NOT NULL');
        const v = 'x'.repeat(bytesOfRow);
        const rows = Array.from({ length: count }, (__, id) =>
          JSON.stringify({ id, v: bad.some((each) => each === id) ? null : v }),
        );
        await sink.point({ table, bytes: Math.max(20 * MiB, count * bytesOfRow) }, rows.join('\n'));
        await sink.stack.idle();
        const good = count - bad.length;
        expect(await sink.sums(table)).toEqual([good, good, good * bytesOfRow]);
        expect(await sink.rejectedRows(table)).toEqual(bad);
      } finally {
        await sink.close();
      }
    },
    120_000,
  );
});

describe('reading a payload', () => {
  let aws: LocalAws;
  beforeAll(async () => {
    aws = await startAws();
  });
  afterAll(() => aws.close());

  const read = (request: ReadRequest): Promise<ReadResult> =>
    new Promise((resolve, reject) => {
      const child = fork(new URL('payload-child.ts', import.meta.url), { execArgv: ['--expose-gc'] });
      child.on('message', (result) => resolve(result as ReadResult));
      child.on('error', reject);
      child.on('exit', (code) => reject(new Error(`The child ended with ${code}.`)));
      child.send(request);
    });

  it.each(['lines', 'array'])('of 80 MB holds a small part of it in memory (%s)', async (kind) => {
    const { bucket } = await createLocalResources(aws.endpoint);
    const s3 = new S3Client(aws.clientConfig);
    const rows = manyRows(80_000).map((row) => JSON.stringify(row));
    const payload = kind === 'array' ? `[${rows.join(',\n')}]` : rows.join('\n');
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: payload }));
    const { rows: counted, bytes, growthBytes } = await read({ config: aws.clientConfig, bucket, key: 'k' });
    expect([counted, bytes]).toEqual([80_000, rows.reduce((sum, row) => sum + Buffer.byteLength(row) + 1, -1)]);
    expect(bytes).toBeGreaterThan(80_000_000);
    expect(growthBytes).toBeLessThan(bytes / 2);
    s3.destroy();
  });

  it('of which a load takes only the beginning gives its connection back, also when it is fetched ahead', async () => {
    const { bucket } = await createLocalResources(aws.endpoint);
    const config = { ...aws.clientConfig, requestHandler: { httpAgent: { maxSockets: 2 } } };
    const [store, s3] = [s3ObjectStore(bucket, config), new S3Client(aws.clientConfig)];
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: Buffer.alloc(8 * MiB) }));
    const items = ['a', 'b'].map((id) => ({ id, rows: 1, bytes: 8 * MiB }));
    const { body } = joinStreams(() => store.open('k'))(items, {
      database: 'd',
      table: 't',
      headers: { format: 'csv' },
    });
    for (let times = 0; times < 4; times++) for await (const _ of body.open()) break;
    expect((await store.getText('absent'))?.text).toBeUndefined();
    s3.destroy();
  });
});

import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { failures } from '../../src/kit/errors.ts';
import { createRouter, type RouteRules } from '../../src/messages/route.ts';
import { type ReadDeps, readMessages } from '../../src/pipeline/read-messages.ts';
import { csvLayout, sqsRecord } from '../builders.ts';
import { fakeBucket } from '../fake-bucket.ts';

const MiB = 1024 ** 2;
const routing: RouteRules = { database: 'shop', table: 'orders', allow: [], properties: {} };

function setUp(changed: Partial<ReadDeps> = {}) {
  const events: object[] = [];
  const deps: ReadDeps = {
    decode: { maxInflatedBytes: 64 * MiB, defaultFormat: undefined, csv: csvLayout },
    payloads: undefined,
    ...{ rules: routing, route: createRouter(routing), schemaOf: async () => undefined },
    clock: { now: () => 0, sleep: () => new Promise(() => undefined), random: () => 0.5 },
    telemetry: {
      event: (level, message, fields) => events.push({ level, message, ...fields }),
      count: () => undefined,
    },
    ...changed,
  };
  const read = async (records: readonly SQSRecord[], deadlineMs?: number) => {
    const arrived = await readMessages(records, deps, deadlineMs);
    expect(arrived.map(({ messageId }) => messageId)).toEqual(records.map(({ messageId }) => messageId));
    return arrived.map((message) => (message.ok ? message.item.rows : message.rejection.code));
  };
  return { read, events };
}

const good = (messageId: string) => sqsRecord({ messageId, body: '{"id":1}' });
const packed = (messageId: string, mebibytes: number, pack = gzipSync) =>
  sqsRecord({
    messageId,
    body: pack(`{"id":"${'x'.repeat(mebibytes * MiB - 9)}"}`).toString('base64'),
    attributes: { encoding: pack === gzipSync ? 'gzip' : 'zstd' },
  });
const pointing = (messageId: string, key: string, size: string) =>
  sqsRecord({
    messageId,
    body: JSON.stringify(['software.amazon.payloadoffloading.PayloadS3Pointer', { s3BucketName: 'rows', s3Key: key }]),
    attributes: { ExtendedPayloadSize: size },
  });

describe('reading the messages of an event', () => {
  it.each<[string, (record: SQSRecord) => unknown, string]>([
    ['attributes that are none', (record) => ({ ...record, messageAttributes: null }), 'MESSAGE_UNREADABLE'],
    ['no body', (record) => ({ ...record, body: undefined }), 'MESSAGE_UNREADABLE'],
  ])('fails a message with %s alone, and says once where', async (_, change, code) => {
    const { read, events } = setUp();
    const odd = change(good('m2')) as SQSRecord;
    expect(await read([good('m1'), odd, good('m3')])).toEqual([1, code, 1]);
    expect(events).toEqual([
      { level: 'error', message: 'message unreadable', messageId: 'm2', error: 'TypeError', where: expect.any(String) },
    ]);
    expect(failures.MESSAGE_UNREADABLE.verdict).toBe('reject');
  });

  it('asks again later for what failed by the world, not by itself, and tells no rows', async () => {
    const store = {
      ...fakeBucket().store,
      open: () => {
        throw Object.assign(new Error('secret'), { name: 'SocketError' });
      },
    };
    const { read, events } = setUp({ payloads: { buckets: ['rows'], bucket: () => store } });
    expect(await read([pointing('m1', 'k', '10'), good('m2')])).toEqual(['SEGMENT_UNREADABLE', 1]);
    expect(failures.SEGMENT_UNREADABLE.verdict).toBe('retry');
    const broken = setUp({ schemaOf: async () => Promise.reject(new Error('secret')) });
    expect(await broken.read([good('m1')])).toEqual(['STARROCKS_TRANSIENT']);
    expect(JSON.stringify([events, broken.events])).not.toContain('secret');
  });

  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync as unknown as typeof gzipSync],
  ])('inflates no more %s than there is memory for; the others come back', async (_, pack) => {
    const { read } = setUp({ budgetBytes: 10 * MiB });
    const messages = [packed('m1', 4, pack), packed('m2', 5, pack), packed('m3', 4, pack), good('m4')];
    expect(await read(messages)).toEqual([1, 1, 'MEMORY_BUDGET', 1]);
    expect(failures.MEMORY_BUDGET.verdict).toBe('retry');
  });

  it('admits one message at least, however little memory there is', async () => {
    const { read } = setUp({ budgetBytes: 1000 });
    expect(await read([packed('m1', 4), packed('m2', 1), good('m3')])).toEqual([1, 'MEMORY_BUDGET', 'MEMORY_BUDGET']);
  });

  it('rejects what is larger than any message may be, also when memory is short', async () => {
    const { read } = setUp({ budgetBytes: 100 * MiB });
    expect(await read([packed('m1', 65), good('m2')])).toEqual(['MESSAGE_TOO_LARGE', 1]);
  });

  it('counts payloads that it holds, and not those that it streams', async () => {
    const bucket = fakeBucket();
    const row = (bytes: number) => `{"id":"${'x'.repeat(bytes - 9)}"}`;
    for (const [key, bytes] of [
      ['small', 3 * MiB],
      ['large', 9 * MiB],
    ] as const)
      bucket.bodies.set(key, Buffer.from(row(bytes)));
    const { read } = setUp({ budgetBytes: 5 * MiB, payloads: { buckets: ['rows'], bucket: () => bucket.store } });
    const small = (id: string) => pointing(id, 'small', String(3 * MiB));
    const large = (id: string) => pointing(id, 'large', String(9 * MiB));
    expect(await read([large('m1'), small('m2'), small('m3'), large('m4')])).toEqual([1, 1, 'MEMORY_BUDGET', 1]);
  });

  it.each(['10', '99999999'])(
    'waits for a payload of %s bytes that stalls, and no longer than it may',
    async (size) => {
      const overtime = Promise.withResolvers<void>();
      const slept: number[] = [];
      const bucket = fakeBucket();
      const store = {
        ...bucket.store,
        async *open(key: string) {
          yield Buffer.from('{"id":');
          if (key === 'stalled') await new Promise(() => undefined);
          yield Buffer.from('1}');
          setImmediate(() => overtime.resolve());
        },
      };
      const clock: ReadDeps['clock'] = {
        ...{ now: () => 0, random: () => 0.5 },
        async sleep(ms) {
          slept.push(ms);
          await overtime.promise;
        },
      };
      const { read } = setUp({ clock, payloads: { buckets: ['rows'], bucket: () => store } });
      const records = [pointing('m1', 'stalled', size), pointing('m2', 'whole', '8'), good('m3')];
      expect(await read(records, 100_000)).toEqual(['SEGMENT_UNREADABLE', 1, 1]);
      expect(slept).toEqual([70_000, 85_000]);
    },
  );

  it('begins to read nothing when the time for reading is over', async () => {
    let nowMs = 0;
    const clock: ReadDeps['clock'] = { now: () => nowMs, random: () => 0.5, sleep: async () => undefined };
    const { read } = setUp({
      clock,
      decode: {
        ...{ maxInflatedBytes: MiB, defaultFormat: undefined },
        get csv() {
          nowMs += 40_000;
          return csvLayout;
        },
      },
    });
    const csv = (messageId: string) => sqsRecord({ messageId, body: '1\t2', attributes: { format: 'csv' } });
    expect(await read([csv('m1'), csv('m2'), csv('m3')], 100_000)).toEqual([1, 1, 'DEADLINE_NEAR']);
  });
});

import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kit/clock.ts';
import { type DecodeRules, decodeMessage } from '../../src/messages/decode.ts';
import { decodeAnywhere } from '../../src/messages/payload.ts';
import { readPayloadPointer } from '../../src/messages/payload-pointer.ts';
import { createRouter, type RouteRules } from '../../src/messages/route.ts';
import { readMessages } from '../../src/pipeline/read-messages.ts';
import { joinChunks, joinSegment } from '../../src/rows/body.ts';
import type { Chunk, Decoded } from '../../src/rows/chunk.ts';
import { rowTexts } from '../../src/rows/row-parts.ts';
import { destination, sqsRecord } from '../builders.ts';
import { fakeBucket } from '../fake-bucket.ts';
import { runs } from '../property-runs.ts';

const current = 'software.amazon.payloadoffloading.PayloadS3Pointer';
const legacy = 'com.amazon.sqs.javamessaging.MessageS3Pointer';
const pointer = (bucket = 'rows', key = 'k') => JSON.stringify([current, { s3BucketName: bucket, s3Key: key }]);
const pointing = (body: string, size = '12') => sqsRecord({ body, attributes: { ExtendedPayloadSize: size } });

describe('a pointer of the Extended Client', () => {
  const writings = [current, legacy].flatMap((name) => [
    `["${name}",{"s3BucketName":"rows","s3Key":"a/b c.json"}]`,
    `["${name}", {"s3BucketName": "rows", "s3Key": "a/b c.json"}]`,
    `\n[ "${name}" , { "s3Key":"a\\/b c.json", "s3BucketName":"rows", "more":1 } ] `,
  ]);

  it.each(['ExtendedPayloadSize', 'SQSLargePayloadSize'])('is read in every writing with the attribute %s', (name) => {
    for (const body of writings) {
      const record = sqsRecord({ body, attributes: { [name]: '1048577' } });
      expect(readPayloadPointer(record, { buckets: ['other', 'rows'] })).toEqual({
        bucket: 'rows',
        key: 'a/b c.json',
        bytes: 1_048_577,
      });
    }
  });

  it('is told by its attribute, not by its body', () => {
    expect(readPayloadPointer(sqsRecord({ body: pointer() }), { buckets: ['rows'] })).toBeUndefined();
  });

  it.each([
    ['broken JSON', `["${current}",{"s3BucketName":"rows"`],
    ['rows', '[{"id":"secret"}]'],
    ['text', 'secret'],
    ['nothing', ''],
    ['another class', '["java.lang.Runtime",{"s3BucketName":"rows","s3Key":"secret"}]'],
    ['no key', `["${current}",{"s3BucketName":"rows"}]`],
    ['an empty key', `["${current}",{"s3BucketName":"rows","s3Key":""}]`],
    ['a key that is a number', `["${current}",{"s3BucketName":"rows","s3Key":7}]`],
    ['a class alone', `["${current}"]`],
    ['an object', `{"0":"${current}","1":{"s3BucketName":"rows","s3Key":"secret"}}`],
  ])('is refused when the body is %s, without telling what the body is', (_, body) => {
    const read = readPayloadPointer(pointing(body), { buckets: ['rows'] });
    expect(read).toMatchObject({ code: 'POINTER_INVALID' });
    expect(JSON.stringify(read)).not.toContain('secret');
  });

  it.each(['large', '-1', '1e3', '0x10', '1.5', ' 5', '5\n', '1'.repeat(40)])(
    'is refused when its size is %j',
    (size) => {
      expect(readPayloadPointer(pointing(pointer(), size), { buckets: ['rows'] })).toMatchObject({
        code: 'POINTER_INVALID',
      });
    },
  );

  it('is refused when it points into the bucket of the sink, behind what is no payload', () => {
    const places = { buckets: ['rows'], own: 'rows' };
    const detail = expect.stringContaining('takes payloads only as payloads/');
    expect(readPayloadPointer(pointing(pointer()), places)).toEqual({ code: 'POINTER_INVALID', detail });
    const payload = JSON.stringify([current, { s3BucketName: 'rows', s3Key: 'payloads/1' }]);
    expect(readPayloadPointer(pointing(payload), places)).toMatchObject({ key: 'payloads/1' });
  });

  it.each([[[]], [['Rows', 'rows2', 'row', '*']]])('is refused when the bucket is none of %j', (allowed) => {
    expect(readPayloadPointer(pointing(pointer()), { buckets: allowed })).toMatchObject({ code: 'POINTER_INVALID' });
  });
});

const rules: DecodeRules = {
  maxInflatedBytes: 1024 ** 2,
  defaultFormat: undefined,
  csv: { columnSeparator: '\u0001', rowDelimiter: '\n' },
};
const rowsIn = (buckets: Readonly<Record<string, ReturnType<typeof fakeBucket>>>) => ({
  buckets: Object.keys(buckets),
  bucket: (name: string) => (buckets[name] ?? fakeBucket()).store,
});

interface Kind {
  readonly attributes?: Readonly<Record<string, string>>;
  readonly isLarge?: boolean;
  readonly rules?: Partial<DecodeRules>;
}

/** Decodes a message whose body stands in S3. What is large is told by its sender, so a few bytes will do. */
function decodePayload(payload: string | Uint8Array, { attributes = {}, isLarge = false, rules: changed }: Kind = {}) {
  const rows = fakeBucket();
  rows.bodies.set('k', Buffer.from(payload));
  const size = isLarge ? '99999999' : String(Buffer.byteLength(payload));
  const record = sqsRecord({ body: pointer(), attributes: { ...attributes, ExtendedPayloadSize: size } });
  return decodeAnywhere(record, { ...rules, ...changed }, rowsIn({ rows }));
}

function chunkOf(decoded: Decoded): Chunk {
  if (!decoded.ok) throw new Error(`${decoded.rejection.code} ${decoded.rejection.detail}`);
  return decoded.chunks[0];
}

async function bytesOf(chunk: Chunk, format: string, join = joinChunks): Promise<string> {
  const { body, rows } = join(rules.csv)([chunk], destination({ headers: { format } }));
  const bytes = Buffer.concat(await Array.fromAsync(body.open()));
  expect([bytes.byteLength, rows]).toEqual([body.bytes, chunk.rows]);
  return bytes.toString();
}

describe('a small payload', () => {
  it.each<[string, string, Record<string, string>]>([
    ['lines', '{"id":1.10}\n{"id":2}\n', { rows: '2', chunk: 'c-1', table: 't', database: 'd' }],
    ['an array', ' [{"id":1},\n{"id":2}] ', {}],
    ['CSV', '1\u0001é\n2\u0001😀', { format: 'csv', columns: 'id, v' }],
    ['gzip', gzipSync('{"id":1}\n{"id":2}').toString('base64'), { encoding: 'gzip', rows: '2' }],
    ['zstd', zstdCompressSync('[{"id":1}]').toString('base64'), { encoding: 'zstd' }],
    ['of a wrong count', '{"id":1}', { rows: '2' }],
    ['no rows at all', 'hello', {}],
    ['of no known encoding', '{"id":1}', { encoding: 'brotli' }],
  ])('that is %s comes to what the same body comes to', async (_, body, attributes) => {
    expect(await decodePayload(body, { attributes })).toEqual(decodeMessage(sqsRecord({ body, attributes }), rules));
  });

  it('that is not UTF-8 is refused, not patched up', async () => {
    const payload = Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
    expect(await decodePayload(payload)).toMatchObject({ ok: false, rejection: { code: 'MESSAGE_NOT_TEXT' } });
  });

  it('that is larger than it says is not read beyond the limit', async () => {
    const payload = `{"id":"${'x'.repeat(1024 ** 2)}"}`;
    const rows = fakeBucket();
    rows.bodies.set('k', Buffer.from(payload));
    const decoded = await decodeAnywhere(pointing(pointer(), '10'), rules, rowsIn({ rows }));
    expect(decoded).toMatchObject({ ok: false, rejection: { code: 'MESSAGE_TOO_LARGE' } });
  });
});

describe('a payload', () => {
  it('in a bucket that is not allowed is never opened', async () => {
    const [rows, secrets] = [fakeBucket(), fakeBucket()];
    secrets.bodies.set('k', Buffer.from('{"id":1}'));
    const payloads = { buckets: ['rows'], bucket: () => secrets.store };
    const decoded = await decodeAnywhere(pointing(pointer('secrets')), rules, payloads);
    expect(decoded).toMatchObject({ ok: false, rejection: { code: 'POINTER_INVALID' } });
    expect(await decodeAnywhere(pointing(pointer()), rules, undefined)).toMatchObject({ ok: false });
    expect([...secrets.calls, ...rows.calls]).toEqual([]);
  });

  it('is one of few that are read at a time, however many messages point at one', async () => {
    const open = { now: 0, most: 0 };
    const store = {
      ...fakeBucket().store,
      async *open() {
        open.most = Math.max(open.most, ++open.now);
        await new Promise(setImmediate);
        yield Buffer.from('{"id":1}');
        open.now--;
      },
    };
    const records = Array.from({ length: 500 }, (_, id) => ({ ...pointing(pointer()), messageId: `m${id}` }));
    const routing: RouteRules = { database: 'shop', table: 'orders', allow: [], properties: {} };
    const arrived = await readMessages(records, {
      ...{ decode: rules, rules: routing, route: createRouter(routing), schemaOf: async () => undefined },
      payloads: { buckets: ['rows'], bucket: () => store },
      ...{ clock: systemClock, telemetry: { event: () => undefined, count: () => undefined } },
    });
    expect(arrived.map(({ ok, messageId }) => [ok, messageId])).toEqual(records.map((each) => [true, each.messageId]));
    expect(open.most).toBeLessThanOrEqual(16);
    expect(open.most).toBeGreaterThan(1);
  });

  it.each(['12', '99999999'])('of %s bytes that is not there is asked for again later', async (size) => {
    const decoded = await decodeAnywhere(pointing(pointer(), size), rules, rowsIn({ rows: fakeBucket() }));
    expect(decoded).toMatchObject({ ok: false, messageId: 'm1', rejection: { code: 'SEGMENT_UNREADABLE' } });
  });
});

describe('a large payload', () => {
  it.each([
    ['lines', '{"id":1.10}\r\n\n{"name":"é😀"}\n', 'json', '[{"id":1.10},{"name":"é😀"}]'],
    ['an array', '\n [ {"id":1.10} ,\n{"name":"é,]"} ]\n', 'json', '[{"id":1.10},{"name":"é,]"}]'],
    ['CSV', '1\u0001é\n\n2\u0001😀', 'csv', '1\u0001é\n2\u0001😀\n'],
  ])('of %s is counted, and streamed as often as it is sent', async (_, payload, format, body) => {
    const attributes = { format, rows: '2', chunk: 'c-1' };
    const chunk = chunkOf(await decodePayload(payload, { attributes, isLarge: true }));
    expect(chunk).toMatchObject({ id: 'c-1', messageId: 'm1', text: '', rows: 2 });
    expect(await bytesOf(chunk, format)).toBe(body);
    expect(await bytesOf(chunk, format)).toBe(body);
    const segment = await bytesOf(chunk, format, joinSegment);
    expect(format === 'json' ? `[${segment}]` : segment).toBe(body);
  });

  it.each([
    ['has another number of rows', '{"id":1}\n{"id":2}', { rows: '3' }, 'ROW_COUNT_WRONG', /says 3.*holds 2/],
    ['has a bad line in the middle', '{"id":1}\n{"id":2}\nsecret\n{"id":4}', {}, 'ROW_NOT_JSON', /line 3/],
    ['has a bad line behind blank ones', '\n\n{"id":1}\nsecret', {}, 'ROW_NOT_JSON', /line 4/],
    ['has a value that is no object', '[{"id":1},\n"secret"]', {}, 'ROW_NOT_JSON', /line 2/],
    ['is cut off', '[{"id":1},{"id":', {}, 'ROW_NOT_JSON', /does not end/],
    ['ends with the wrong bracket', '[{"id":1}}', {}, 'ROW_NOT_JSON', /array/],
    ['goes on behind its array', '[{"id":1}] x{"id":"secret"}', {}, 'ROW_NOT_JSON', /follows/],
    ['is not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), {}, 'MESSAGE_NOT_TEXT', /UTF-8/],
    ['ends inside a character', Buffer.from([0x7b, 0x7d, 0x0a, 0xc3]), {}, 'MESSAGE_NOT_TEXT', /UTF-8/],
  ])('that %s is rejected', async (_, payload, attributes, code, detail) => {
    const decoded = await decodePayload(payload, { attributes, isLarge: true });
    expect(decoded).toMatchObject({ ok: false, rejection: { code, detail: expect.stringMatching(detail) } });
    expect(JSON.stringify(decoded)).not.toContain('secret');
  });

  it.each([
    ['lines', '{"id":1}\nsecret\n{"id":3}\n{"x":"\\ud800"}'],
    ['an array', '[{"id":1},\n"secret",\n{"id":3},\n{"x":"\\ud800"}]'],
  ])('of %s with bad rows is streamed without them, and brings them along', async (_, payload) => {
    const kept = { isLarge: true, attributes: { rows: '4' }, rules: { keepsBadRows: true } };
    const chunk = chunkOf(await decodePayload(payload, kept));
    expect(chunk).toMatchObject({
      rows: 2,
      badRows: [
        { row: 1, code: 'ROW_NOT_JSON', text: expect.stringContaining('secret') },
        { row: 3, code: 'ROW_NOT_JSON', text: '{"x":"\\ud800"}' },
      ],
    });
    expect(await bytesOf(chunk, 'json')).toBe('[{"id":1},{"id":3}]');
    expect(await bytesOf(chunk, 'json')).toBe('[{"id":1},{"id":3}]');
  });

  it('without rows has none', async () => {
    for (const payload of ['', ' \n ', '[]', '[ \n]']) {
      expect(chunkOf(await decodePayload(payload, { attributes: { format: 'json' }, isLarge: true })).rows).toBe(0);
    }
  });

  it.each([undefined, '"'])('of CSV is cut as a small one is, with enclose %j', async (enclose) => {
    const csv = { columnSeparator: ',', rowDelimiter: '\n', enclose, escape: enclose && '\\' };
    const text = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', '\\', 'é', '😀'), maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(text, async (payload) => {
        const kind = { attributes: { format: 'csv' }, rules: { csv } };
        const [small, large] = [
          await decodePayload(payload, kind),
          await decodePayload(payload, { ...kind, isLarge: true }),
        ];
        expect(large.ok).toBe(small.ok);
        if (!small.ok || !large.ok) return;
        expect(large.chunks[0].rows).toBe(small.chunks[0].rows);
        // Blank rows are skipped by StarRocks, and left out of a stream.
        const streamed = Buffer.concat(await Array.fromAsync(large.chunks[0].source?.() ?? [])).toString();
        expect(streamed).toBe(
          rowTexts(small.chunks[0], csv)
            .map((row) => `${row}\n`)
            .join(''),
        );
      }),
      { numRuns: runs(500), examples: [['\\\r'], ['a\\\\\r\nb']] },
    );
  });

  it('is JSON or CSV by what it begins with, as a small one is', async () => {
    for (const isLarge of [false, true]) {
      const rulesOfCsv = { rules: { defaultFormat: 'csv' as const }, isLarge };
      const json = chunkOf(await decodePayload(' \n{"id":1}\n{"id":2}', rulesOfCsv));
      expect([json.layout, json.rows]).not.toContain('csv');
      const csv = chunkOf(await decodePayload('1\u00012\n', rulesOfCsv));
      expect([csv.layout, csv.rows]).toEqual(['csv', 1]);
      expect(await decodePayload('1\u00012\n', { isLarge })).toMatchObject({ ok: false });
    }
  });
});

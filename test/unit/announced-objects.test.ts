import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { timeOfId } from '../../src/kit/time-ordered-id.ts';
import type { DecodeRules } from '../../src/messages/decode.ts';
import { decodeAnywhere } from '../../src/messages/payload.ts';
import type { Payloads } from '../../src/messages/payload-pointer.ts';
import type { VersionAsked, VersionedObjects } from '../../src/object-store.ts';
import { namedRows } from '../../src/pipeline/named-rows.ts';
import { joinChunks } from '../../src/rows/body.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import { csvLayout, destination, sqsRecord } from '../builders.ts';
import { fakeBucket } from '../fake-bucket.ts';

const rules: DecodeRules = { maxInflatedBytes: 100_000, defaultFormat: undefined, csv: csvLayout, keepsBadRows: true };
const md5 = (bytes: string | Uint8Array) => createHash('md5').update(bytes).digest('hex');

const recordOf = (key: string, object: object = {}, eventName = 'ObjectCreated:Put') => ({
  ...{ eventVersion: '2.1', eventSource: 'aws:s3', eventName },
  s3: { bucket: { name: 'landing' }, object: { key, size: 20, sequencer: '0055', ...object } },
});

/** Decodes a notice of some records. */
function decode(bucket: Pick<Payloads, 'bucket'>, ...records: readonly object[]) {
  const body = JSON.stringify({ Records: records });
  return decodeAnywhere(sqsRecord({ body }), rules, { buckets: ['landing'], ...bucket });
}

function landing(objects: Readonly<Record<string, string | Uint8Array>>) {
  const bucket = fakeBucket();
  for (const [key, bytes] of Object.entries(objects)) bucket.bodies.set(key, Buffer.from(bytes));
  return { bucket: () => bucket.store, bodies: bucket.bodies };
}

async function chunkOf(decoding: ReturnType<typeof decode>): Promise<Chunk> {
  const decoded = await decoding;
  if (!decoded.ok) throw new Error(`${decoded.rejection.code} ${decoded.rejection.detail}`);
  return decoded.chunks[0];
}

async function rowsOf(chunk: Chunk): Promise<string> {
  const format = chunk.layout === 'csv' ? 'csv' : 'json';
  const { body, rows } = joinChunks(csvLayout)([chunk], destination({ headers: { format } }));
  const bytes = Buffer.concat(await Array.fromAsync(body.open()));
  expect([bytes.byteLength, rows]).toEqual([body.bytes, chunk.rows]);
  return bytes.toString();
}

describe('objects that one notice tells of', () => {
  it('are loaded, all of them', async () => {
    const objects = landing({ 'a.ndjson': '{"id":1}\n{"id":2}\n', 'b.json': '[{"id":3},\n"x"]', 'c.json': '{"id":4}' });
    const chunk = await chunkOf(decode(objects, ...['a.ndjson', 'b.json', 'c.json'].map((key) => recordOf(key))));
    expect(await rowsOf(chunk)).toBe('[{"id":1},{"id":2},{"id":3},{"id":4}]');
    expect(chunk.badRows).toMatchObject([{ row: 3, text: '"x"' }]);
  });

  it('are loaded when some are streamed', async () => {
    const objects = landing({ a: '{"id":1}\n{"id":2}', b: gzipSync('{"id":3}\n'), c: '[{"id":4}]' });
    const chunk = await chunkOf(decode(objects, recordOf('a'), recordOf('b'), recordOf('c', { size: 99_999_999 })));
    expect(chunk.text).toBe('');
    expect(await rowsOf(chunk)).toBe('[{"id":1},{"id":2},{"id":3},{"id":4}]');
    const csv = landing({ 'a.csv': '1\ta', 'b.csv': zstdCompressSync('2\tb') });
    const parts = await chunkOf(decode(csv, recordOf('a.csv'), recordOf('b.csv', { size: 99_999_999 })));
    const rows = await namedRows(parts, { csvHeader: 'auto', known: undefined }, csvLayout);
    expect(await Promise.all(rows.map(rowsOf))).toEqual(['1\ta\n2\tb\n']);
  });

  it('are one chunk by what they are, whatever message tells of them', async () => {
    const objects = landing({ a: '{"id":1}', b: '{"id":2}' });
    const [one, other] = [recordOf('a'), recordOf('b')];
    const id = (await chunkOf(decode(objects, one, other))).id;
    expect((await chunkOf(decode(objects, other, one))).id).toBe(id);
    expect((await chunkOf(decode(objects, one))).id).not.toBe(id);
  });

  it('look as all of them look: other rows in any of them are noticed', async () => {
    const looks = async (b: string) => {
      const body = JSON.stringify({ Records: [recordOf('a'), recordOf('b')] });
      const payloads = { buckets: ['landing'], ...landing({ a: '{"id":1}', b }) };
      return (await chunkOf(decodeAnywhere(sqsRecord({ body }), { ...rules, fingerprints: true }, payloads)))
        .fingerprint;
    };
    expect(await looks('{"id":2}')).toBe(await looks('{"id":2}'));
    expect(await looks('{"id":2}')).not.toBe(await looks('{"id":3}'));
  });

  it('are the chunk that they were before one of them was written over', async () => {
    const objects = landing({ a: '{"id":1}', b: '{"id":2}' });
    const records = ['a', 'b'].map((key, at) => recordOf(key, { eTag: md5(`{"id":${at + 1}}`) }));
    const before = await chunkOf(decode(objects, ...records));
    objects.bodies.set('b', Buffer.from('{"id":3}'));
    const after = await chunkOf(decode(objects, ...records));
    expect([before.rows, after.rows, after.id]).toEqual([2, 1, before.id]);
  });

  it('are a chunk for each format, of an identity that the others have no part in', async () => {
    const objects = landing({ 'a.csv': '1', 'b.json': '{"id":1}' });
    const records = ['a.csv', 'b.json'].map((key) => recordOf(key, { eTag: md5(key === 'a.csv' ? '1' : '{"id":1}') }));
    const before = await decode(objects, ...records);
    expect(before).toMatchObject({
      ok: true,
      chunks: [
        { layout: 'csv', rows: 1 },
        { layout: 'lines', rows: 1 },
      ],
    });
    expect(new Set(before.ok ? before.chunks.map(({ id }) => id) : []).size).toBe(2);
    objects.bodies.set('a.csv', Buffer.from('2'));
    const after = await decode(objects, ...records);
    expect(after.ok && before.ok && [after.chunks.length, after.chunks[0].id]).toEqual([
      1,
      before.ok && before.chunks[1]?.id,
    ]);
  });

  it('are refused when one cannot be read', async () => {
    const objects = landing({ 'b.json': '{"id":1}' });
    const missing = decode(objects, recordOf('b.json'), recordOf('gone'));
    expect(await missing).toMatchObject({ ok: false, rejection: { code: 'SEGMENT_UNREADABLE' } });
  });

  it.each([
    ['a removal', recordOf('a', {}, 'ObjectRemoved:Delete')],
    ['tags', recordOf('a', {}, 'ObjectTagging:Put')],
    ['an empty object', recordOf('a', { size: 0 })],
    ['a folder', recordOf('in/')],
    ['the mark of a job that is done', recordOf('in/_SUCCESS')],
  ])('are none in a notice of %s, and nothing is read', async (_, record) => {
    expect(await chunkOf(decode({ bucket: () => Promise.reject() as never }, record))).toMatchObject({ rows: 0 });
  });
});

const fixture = (name: string) => readFileSync(new URL(`../fixtures/objects/${name}`, import.meta.url));
const event = (detail: object) => ({ version: '0', id: 'e', 'detail-type': 't', source: 's', detail });

describe('what an object holds', () => {
  it.each<[string, Uint8Array | string]>([
    ['Parquet', fixture('rows.parquet')],
    ['Avro', fixture('rows.avro')],
    ['ORC', fixture('rows.orc')],
    ['Parquet', gzipSync(fixture('rows.parquet'))],
    ['compressed by xz', Buffer.from('fd377a585a000004', 'hex')],
    ['a zip archive', Buffer.from('504b0304140000000800', 'hex')],
    ['UTF-16 text', Buffer.from('\ufeff{"id":1}', 'utf16le')],
  ])('is refused by name where it is %s, whatever it is called and however large', async (name, bytes) => {
    const rejection = { code: 'FORMAT_NOT_READ', detail: `It is ${name}.` };
    for (const key of ['a', 'a.json', 'a.csv', `a.${name.toLowerCase()}`])
      for (const size of [20, 99_999_999])
        expect(await decode(landing({ [key]: bytes }), recordOf(key, { size }))).toMatchObject({ rejection });
  });

  it('is no other format because it begins with the same letters', async () => {
    for (const [key, text] of [
      ['a.csv', 'ORC\tgreen\n'],
      ['b.csv', 'PAR1\n'],
      ['c.csv', 'BZh\n'],
      ['d.csv', 'Obj\u0001x'],
    ] as const)
      expect(await chunkOf(decode(landing({ [key]: text }), recordOf(key)))).toMatchObject({ rows: 1 });
  });

  it.each([
    ['one behind the other', (rows: readonly string[]) => rows.join('')],
    ['a line', (rows: readonly string[]) => rows.join('\n')],
    ['over lines', (rows: readonly string[]) => rows.map((row) => JSON.stringify(JSON.parse(row), null, 1)).join('\n')],
    ['an array', (rows: readonly string[]) => `[${rows}]`],
  ])('is the same rows %s, plain or compressed, held or streamed', async (_, write) => {
    const rows = Array.from({ length: 50 }, (_each, id) => `{"id":${id},"name":"}{"}`);
    const text = write(rows);
    for (const bytes of [text, gzipSync(text), zstdCompressSync(text)])
      for (const size of [20, 99_999_999]) {
        const chunk = await chunkOf(decode(landing({ 'in/1': bytes }), recordOf('in/1', { size })));
        expect(JSON.parse(await rowsOf(chunk))).toEqual(rows.map((row) => JSON.parse(row)));
      }
  });

  it('may be envelopes: their rows are taken, compressed or not; they are refused where they are many', async () => {
    const text = [1, 2].map((id) => JSON.stringify(event({ id }))).join('\n');
    for (const bytes of [text, gzipSync(text)]) {
      const objects = landing({ 'in/1.json': bytes });
      expect(await rowsOf(await chunkOf(decode(objects, recordOf('in/1.json'))))).toBe('[{"id":1},{"id":2}]');
      const streamed = decode(objects, recordOf('in/1.json', { size: 99_999_999 }));
      expect(await streamed).toMatchObject({ rejection: { code: 'ENVELOPE_INVALID' } });
    }
    const notice = landing({ 'in/1.json': JSON.stringify({ Records: [recordOf('a')] }) });
    expect(await decode(notice, recordOf('in/1.json'))).toMatchObject({ rejection: { code: 'ENVELOPE_INVALID' } });
  });

  it('is read where the notice says no size, or none that can be', async () => {
    for (const size of [undefined, -5, 'many', 1e300, null]) {
      const chunk = await chunkOf(decode(landing({ a: '{"id":1}' }), recordOf('a', { size })));
      expect(await rowsOf(chunk)).toBe('[{"id":1}]');
    }
  });
});

describe('what is read of an object', () => {
  it.each<[string, string, Uint8Array]>([
    ['gzip without an ending', 'AWSLogs/log-0001', gzipSync('{"id":1}')],
    ['gzip with the ending of zstd', 'a.json.zst', gzipSync('{"id":1}')],
    ['zstd of several frames', 'a.zst', Buffer.concat([zstdCompressSync('{"id":'), zstdCompressSync('1}')])],
    ['plain text with the ending of gzip', 'a.json.gz', Buffer.from('{"id":1}')],
  ])('is told by its first bytes: %s', async (_, key, bytes) => {
    expect(await rowsOf(await chunkOf(decode(landing({ [key]: bytes }), recordOf(key))))).toBe('[{"id":1}]');
  });

  it.each<[string, Uint8Array]>([
    ['gzip that is cut off', gzipSync('{"id":1}').subarray(0, -4)],
    ['text that is not UTF-8', Buffer.from('{"id":"Caf\xe9"}', 'latin1')],
    ['gzip of what is not UTF-8', gzipSync(Buffer.from('{"id":"Caf\xe9"}', 'latin1'))],
  ])('is refused when it is %s', async (_, bytes) => {
    const decoded = await decode(landing({ a: bytes }), recordOf('a'));
    expect(decoded).toMatchObject({ ok: false, rejection: { code: 'MESSAGE_NOT_TEXT' } });
  });

  /** A bucket that keeps versions. */
  function versions(given: Readonly<Record<string, string>>) {
    const asked: VersionAsked[] = [];
    const store: VersionedObjects = {
      async openVersion(_, version) {
        asked.push(version);
        const text = given[version.versionId ?? ''];
        if (text === undefined) throw new Error('NoSuchVersion');
        const bytes = (async function* () {
          yield Buffer.from(text);
        })();
        return { versionId: version.versionId, etag: md5(text), bytes };
      },
    };
    return { asked, bucket: () => ({ ...fakeBucket().store, ...store }) };
  }

  it('is the version that was announced, which is its identity, also when it is read again to be sent', async () => {
    const bucket = versions({ v1: '{"id":1}', v2: '{"id":2}' });
    const chunks = [];
    for (const versionId of ['v1', 'v2']) {
      const chunk = await chunkOf(decode(bucket, recordOf('a', { versionId, size: 99_999_999 })));
      expect(await rowsOf(chunk)).toBe(`[{"id":${versionId.slice(1)}}]`);
      chunks.push(chunk.id);
    }
    expect(new Set(chunks).size).toBe(2);
    expect(new Set(bucket.asked.map(({ versionId }) => versionId))).toEqual(new Set(['v1', 'v2']));
  });

  it('is what has the announced ETag; what was written over brings no rows, since a later notice does', async () => {
    const [before, after] = ['{"id":1}', '{"id":2}'];
    const objects = landing({ a: after });
    const first = recordOf('a', { eTag: md5(before), sequencer: '01' });
    const second = recordOf('a', { eTag: md5(after), sequencer: '02' });
    expect(await chunkOf(decode(objects, first))).toMatchObject({ rows: 0 });
    expect(await rowsOf(await chunkOf(decode(objects, second)))).toBe('[{"id":2}]');
  });

  it('is another chunk with every write, also of the same bytes', async () => {
    const objects = landing({ a: '{"id":1}' });
    const write = (sequencer: string) => chunkOf(decode(objects, recordOf('a', { eTag: md5('{"id":1}'), sequencer })));
    expect((await write('01')).id).toBe((await write('01')).id);
    expect((await write('01')).id).not.toBe((await write('02')).id);
  });

  it('is another chunk with other bytes, also where every write has the same sequencer', async () => {
    const sequencer = '0055AED6DCD90281E5';
    const write = (text: string) =>
      chunkOf(decode(landing({ a: text }), recordOf('a', { eTag: md5(text), sequencer })));
    expect((await write('{"id":1}')).id).not.toBe((await write('{"id":2}')).id);
  });

  it('is claimed with those of its moment, whatever the notice calls the time', async () => {
    const objects = landing({ a: '{"id":1}' });
    const object = { eTag: md5('{"id":1}'), sequencer: '0055AED6DCD90281E5' };
    const ids = ['2026-01-01T00:00:00.123Z', '2026-01-01T00:00:00Z'].map(async (eventTime) => {
      const { id } = await chunkOf(decode(objects, { ...recordOf('a', object), eventTime }));
      return id;
    });
    const [one = '', again] = await Promise.all(ids);
    expect(timeOfId(one)).toBe(Date.UTC(2015, 6, 21, 23, 33, 48));
    expect(again).toBe(one);
  });

  it('is one chunk for all notices that do not say for certain which write they mean', async () => {
    const objects = landing({ a: '{"id":2}' });
    const notices = [{ eTag: 'aaa', versionId: 'v1' }, { eTag: 'bbb', versionId: 'null' }, { eTag: md5('') }, {}];
    const chunks = [];
    for (const notice of notices) chunks.push(await chunkOf(decode(objects, recordOf('a', notice))));
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    objects.bodies.set('a', Buffer.from('{"id":3}'));
    expect((await chunkOf(decode(objects, recordOf('a')))).id).not.toBe(chunks[0]?.id);
  });

  it('stays the same while it is sent, or is not sent', async () => {
    const objects = landing({ a: '{"id":1}' });
    const chunk = await chunkOf(decode(objects, recordOf('a', { size: 99_999_999 })));
    objects.bodies.set('a', Buffer.from('{"id":2}'));
    await expect(rowsOf(chunk)).rejects.toMatchObject({ code: 'SEGMENT_UNREADABLE' });
  });
});

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { DecodeRules } from '../../src/messages/decode.ts';
import { decodeAnywhere } from '../../src/messages/payload.ts';
import { requireOptions } from '../../src/options/parse.ts';
import { csvLayout, sqsRecord } from '../builders.ts';
import { fakeBucket } from '../fake-bucket.ts';

const all = { time: 'at', sequence: 'seq', id: 'eid', key: 'k', bucket: 'b', source: 'src', topic: 'top' };
const rules: DecodeRules = {
  ...{ maxInflatedBytes: 100_000, defaultFormat: undefined, csv: csvLayout, keepsBadRows: true },
  envelopeColumns: all,
};

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../fixtures/envelopes/${name}.json`, import.meta.url), 'utf8')).message;

async function rowsOf(message: unknown, more: Partial<DecodeRules> = {}, attributes = {}): Promise<unknown[]> {
  const body = JSON.stringify(message);
  const decoded = await decodeAnywhere(sqsRecord({ body, attributes }), { ...rules, ...more }, undefined);
  if (!decoded.ok) throw new Error(`${decoded.rejection.code}: ${decoded.rejection.detail}`);
  const { layout, text } = decoded.chunks[0];
  return JSON.parse(`[${layout === 'lines' ? text.replaceAll('\n', ',') : text}]`);
}

describe('columns of an envelope', () => {
  it.each<[string, object]>([
    [
      'sns-notification',
      {
        at: '2019-01-02 12:45:07',
        eid: '95df01b4-ee98-5cb9-9903-4c221d41eb5e',
        top: 'arn:aws:sns:us-east-2:123456789012:rows',
      },
    ],
    [
      'eventbridge-event',
      {
        at: '2017-12-22 18:43:48',
        eid: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
        src: 'shop',
        top: 'order placed',
      },
    ],
    [
      'dynamodb-keys-only-remove',
      {
        at: '2021-12-23 16:15:15',
        seq: '4421584500000000017450439091',
        eid: 'c4ca4238a0b923820dcc509a6f75849b',
        k: '{"id":1}',
        src: 'arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2026',
      },
    ],
    [
      'kinesis-pipe',
      {
        at: '2018-12-17 22:10:50.987',
        seq: '49590338271490256608559692538361571095921575989136588898',
        eid: 'shardId-000000000006:49590338271490256608559692538361571095921575989136588898',
        k: '1',
        src: 'arn:aws:kinesis:us-east-2:123456789012:stream/rows',
      },
    ],
    [
      'kafka-msk',
      {
        at: '2018-12-17 22:10:50.987',
        seq: '15',
        eid: 'mytopic-0-15',
        k: 'k1',
        src: 'arn:aws:kafka:sa-east-1:123456789012:cluster/vpc/751d2973',
        top: 'mytopic',
      },
    ],
    ['lambda-success', { at: '2026-01-01 00:00:00.123', eid: 'e4b46cbf-b738-xmpl-8880-a18cdf61200e' }],
    ['api-gateway-v2', { at: '2020-03-04 19:03:58.390', eid: 'JKJaXmPLvHcESHA=', src: 'api' }],
    ['firehose-transform', { at: '2020-01-03 22:35:03.599', eid: 'r1' }],
    ['cloudwatch-logs-kinesis', { src: '/aws/lambda/shop', top: '2026/01/01' }],
  ])('of %s are what it says of its rows', async (name, columns) => {
    const plain = await rowsOf(fixture(name), { envelopeColumns: {} });
    const wide = await rowsOf(fixture(name));
    expect(wide).toHaveLength(plain.length);
    for (const [index, row] of wide.entries()) expect(row).toMatchObject({ ...(plain[index] as object), ...columns });
  });

  it('of several records are those of each', async () => {
    const rows = await rowsOf(fixture('kafka-batch'), { envelopeColumns: { sequence: 'n' } });
    expect(rows).toEqual([
      { id: 1, n: '15' },
      { id: 2, n: '3' },
    ]);
  });

  it('are those of the innermost envelope that has them', async () => {
    const inner = JSON.stringify(fixture('eventbridge-event'));
    const message = { ...(fixture('sns-notification') as object), Message: inner };
    expect(await rowsOf(message)).toMatchObject([{ src: 'shop', top: 'order placed', at: '2017-12-22 18:43:48' }]);
  });

  it('leave alone what a row says itself, rows that hold nothing, and messages without an envelope', async () => {
    const event = fixture('eventbridge-event') as object;
    const envelopeColumns = { source: 'src' };
    for (const [detail, row] of [
      [{ id: 1, SRC: null }, '{"id":1,"SRC":null}'],
      [{}, '{}'],
      [{ id: 1 }, '{"src":"shop","id":1}'],
    ] as const)
      expect(await rowsOf({ ...event, detail }, { envelopeColumns })).toEqual([JSON.parse(row)]);
    expect(await rowsOf({ id: 1 })).toEqual([{ id: 1 }]);
  });

  it('keep the digits of rows', async () => {
    const decoded = await decodeAnywhere(
      sqsRecord({ body: JSON.stringify(fixture('sns-notification')) }),
      { ...rules, envelopeColumns: { id: 'eid' } },
      undefined,
    );
    const text = '{"eid":"95df01b4-ee98-5cb9-9903-4c221d41eb5e","id":12345678901234567890}';
    expect(decoded).toMatchObject({ ok: true, chunks: [{ text, bytes: text.length }] });
  });

  it('are added to CSV that names its columns, and wait where a line of names may do so', async () => {
    const message = { ...(fixture('sns-notification') as object), Message: '1\ta\n2\tb\n' };
    const envelopeColumns = { id: 'eid', bucket: 'b' };
    const csv = (attributes: object) =>
      decodeAnywhere(
        sqsRecord({ body: JSON.stringify(message), attributes: { format: 'csv', ...attributes } }),
        { ...rules, envelopeColumns },
        undefined,
      );
    const id = '95df01b4-ee98-5cb9-9903-4c221d41eb5e';
    const text = `1\ta\t${id}\t\\N\n2\tb\t${id}\t\\N\n`;
    const columns = ['n', 'v', 'eid', 'b'];
    expect(await csv({ columns: 'n,v' })).toMatchObject({ ok: true, chunks: [{ text, columns, rows: 2 }] });
    const widens = [
      { column: 'eid', text: id },
      { column: 'b', text: null },
    ];
    expect(await csv({})).toMatchObject({ ok: true, chunks: [{ text: '1\ta\n2\tb\n', widens }] });
  });

  it('of an object of S3 are its bucket and key, also when it is streamed', async () => {
    const bucket = fakeBucket();
    bucket.bodies.set('in/ä 1.json', gzipSync('{"id":1}\n{"id":}\n{"id":2}'));
    const payloads = { buckets: ['landing'], bucket: () => bucket.store };
    for (const size of [20, 99_999_999]) {
      const object = { key: 'in/%C3%A4+1.json', size, sequencer: '0055' };
      const s3 = { bucket: { name: 'landing' }, object };
      const record = {
        eventSource: 'aws:s3',
        eventName: 'ObjectCreated:Put',
        eventTime: '2026-01-01T00:00:00.000Z',
        s3,
      };
      const decoded = await decodeAnywhere(sqsRecord({ body: JSON.stringify({ Records: [record] }) }), rules, payloads);
      if (!decoded.ok) throw new Error(decoded.rejection.detail);
      const [chunk] = decoded.chunks;
      const bytes = chunk.source ? Buffer.concat(await Array.fromAsync(chunk.source())) : Buffer.from(chunk.text);
      expect(bytes.byteLength).toBe(chunk.bytes);
      const row = { b: 'landing', k: 'in/ä 1.json', at: '2026-01-01 00:00:00', seq: '0055' };
      const text = chunk.layout === 'lines' ? bytes.toString().replaceAll('\n', ',') : bytes.toString();
      expect(JSON.parse(`[${text}]`)).toEqual([1, 2].map((id) => ({ ...row, id })));
      expect(chunk.badRows).toMatchObject([{ row: 1, text: '{"id":}' }]);
    }
  });

  it('are named by an option, which knows their fields', () => {
    const least = { 'load-url': 'fe:8030', username: 'u', password: '', 'sink.tables.allow': '*' };
    const columns = requireOptions({ ...least, 'sink.envelope.columns': 'time=at, key=k' })['sink.envelope.columns'];
    expect(columns).toEqual({ time: 'at', key: 'k' });
    const given = (text: string) => () => requireOptions({ ...least, 'sink.envelope.columns': text });
    expect(given('when=at')).toThrow(/sink\.envelope\.columns: expected some of time, .* found when/);
  });
});

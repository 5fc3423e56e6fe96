import { hash, randomUUID } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { claimChunks } from '../../src/ledger/claims.ts';
import { decisionKey, writeRecord } from '../../src/ledger/records.ts';
import { decodeAnywhere } from '../../src/messages/payload.ts';
import { areOtherRows, fingerprintOf, fingerprintOfAll } from '../../src/rows/fingerprint.ts';
import { csvLayout, sqsRecord } from '../builders.ts';
import { fakeBucket } from '../fake-bucket.ts';
import { commit, day, openLedger, table } from './ledger-world.ts';

const attributes = { chunk: 'c1' };
const bucket = fakeBucket();

function pointerTo(text: string): SQSRecord {
  const key = hash('sha256', text);
  bucket.bodies.set(key, Buffer.from(text));
  const body = JSON.stringify([
    'software.amazon.payloadoffloading.PayloadS3Pointer',
    { s3BucketName: 'theirs', s3Key: key },
  ]);
  return sqsRecord({ body, attributes: { ...attributes, ExtendedPayloadSize: String(Buffer.byteLength(text)) } });
}

const compressed = (encoding: string, bytes: Buffer) =>
  sqsRecord({ body: bytes.toString('base64'), attributes: { ...attributes, encoding } });

/** The identity stands in the envelope: a message that has one itself holds rows, whatever they look like. */
const inEnvelope = (envelope: object) => sqsRecord({ body: JSON.stringify(envelope) });

/** How the same rows may come under the same identity, to be known again. What is around them differs each time. */
const ways: Readonly<Record<string, (text: string) => SQSRecord>> = {
  plain: (body) => sqsRecord({ body, attributes }),
  'plain, without what SQS says of the body': (body) => ({ ...sqsRecord({ body, attributes }), md5OfBody: '' }),
  'plain, with something else for it': (body) => ({ ...sqsRecord({ body, attributes }), md5OfBody: 'x'.repeat(32) }),
  'plain, and saying so': (body) => sqsRecord({ body, attributes: { ...attributes, encoding: 'plain' } }),
  'as gzip': (text) => compressed('gzip', gzipSync(text)),
  'as gzip of the producer': (text) => {
    const rows = String(text.split('\n').length);
    return sqsRecord({
      body: gzipSync(text).toString('base64'),
      attributes: { ...attributes, rows, encoding: 'gzip' },
    });
  },
  'as zstd': (text) => compressed('zstd', zstdCompressSync(text)),
  'as a pointer': pointerTo,
  'from SNS': (Message) =>
    inEnvelope({
      ...{ Type: 'Notification', MessageId: randomUUID(), TopicArn: 'arn:aws:sns:us-east-1:1:rows', Message },
      ...{ Timestamp: '2026-01-01T00:00:00.000Z', Signature: randomUUID() },
      MessageAttributes: { chunk: { Type: 'String', Value: 'c1' } },
    }),
  'from another queue': (body) =>
    inEnvelope({ ...sqsRecord({ messageId: randomUUID(), body, attributes }), receiptHandle: randomUUID() }),
};
const pairs = Object.keys(ways).flatMap((one) => Object.keys(ways).map((other) => [one, other] as const));

const rules = { maxInflatedBytes: 10_000, defaultFormat: undefined, csv: csvLayout, fingerprints: true };

async function claimantOf(way: string, text: string) {
  const payloads = { buckets: ['theirs'], bucket: () => bucket.store };
  const decoded = await decodeAnywhere(ways[way]?.(text) as SQSRecord, rules, payloads);
  if (!decoded.ok) throw new Error(decoded.rejection.detail);
  const [{ id, fingerprint }] = decoded.chunks;
  return { id, fingerprint };
}

/** What becomes of a chunk that comes again, when it was loaded as it came first. */
async function comesAgain(first: Awaited<ReturnType<typeof claimantOf>>, again: typeof first) {
  const { deps, bucket: own } = openLedger();
  await claimChunks('first', table, [first], deps);
  own.put(decisionKey('first'), writeRecord({ ...commit(day), state: 'done' } as Parameters<typeof writeRecord>[0]));
  return (await claimChunks('again', table, [again], deps)).get('c1');
}

const [rows, others, more] = ['{"id":1}\n{"id":2}', '{"id":1}\n{"id":3}', '{"id":1}\n{"id":2}\n{"id":3}'] as const;

describe('a chunk that comes again', () => {
  it.each(pairs)('%s, then %s, with the same rows, is never told to have changed', async (first, again) => {
    expect(await comesAgain(await claimantOf(first, rows), await claimantOf(again, rows))).toBe('loaded');
  });

  it.each(pairs)('%s, then %s, with more rows, has changed', async (first, again) => {
    expect(await comesAgain(await claimantOf(first, rows), await claimantOf(again, more))).toBe('changed');
  });

  it.each(Object.keys(ways))('%s, with as many other rows as before, has changed', async (way) => {
    expect(await comesAgain(await claimantOf(way, rows), await claimantOf(way, others))).toBe('changed');
  });

  it('with other rows has changed, though one came as gzip and the other as a pointer', async () => {
    expect(await comesAgain(await claimantOf('as gzip', rows), await claimantOf('as a pointer', others))).toBe(
      'changed',
    );
  });
});

describe('a fingerprint', () => {
  it('is what SQS says of a body that holds the rows, and nothing is hashed', async () => {
    expect((await claimantOf('plain', rows)).fingerprint).toBe(`2=${hash('md5', rows).slice(0, 16)}`);
    expect(fingerprintOf(2, 'not looked at', hash('md5', rows))).toBe(`2=${hash('md5', rows).slice(0, 16)}`);
  });

  it('of a text is the one of versions until November 2026, so that their claims still notice other rows', () => {
    expect(fingerprintOf(2, rows)).toBe(`2:${hash('sha256', rows, 'base64url').slice(0, 16)}`);
    expect(areOtherRows(fingerprintOf(2, rows), fingerprintOf(2, others))).toBe(true);
  });

  it('holds no space, whatever the record holds for it', () => {
    for (const md5 of [undefined, '', ' '.repeat(32), `${'0'.repeat(31)} `, 'A'.repeat(32)])
      expect(fingerprintOf(1, rows, md5)).toBe(fingerprintOf(1, rows));
  });

  it('of several texts is compared with its like only', () => {
    const [one, two] = [fingerprintOf(1, 'a'), fingerprintOf(1, 'b')];
    const both = fingerprintOfAll([one, two]) ?? '';
    expect([areOtherRows(both, fingerprintOfAll([two, one]) ?? ''), areOtherRows(both, both)]).toEqual([true, false]);
    expect([areOtherRows(both, one), areOtherRows(one, both)]).toEqual([false, false]);
    expect([fingerprintOfAll([one]), fingerprintOfAll([one, undefined])]).toEqual([one, undefined]);
  });
});

import { readFileSync } from 'node:fs';
import type { SQSMessageAttribute, SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { decodeAnywhere } from '../../src/messages/payload.ts';
import { readPayloadPointer } from '../../src/messages/payload-pointer.ts';
import { csvLayout, sqsRecord } from '../builders.ts';
import { fakeBucket } from '../fake-bucket.ts';

interface Recorded {
  readonly body: string;
  readonly attributes: Readonly<Record<string, { readonly DataType: string; readonly StringValue: string }>>;
  readonly payload?: string;
}

const recordings = ['python', 'java'].flatMap((client) => {
  const file = new URL(`../fixtures/extended-client/${client}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as Recorded[]).map((each, index) => ({ client, index, ...each }));
});

/** As Lambda gives a message to a function. */
function recordOf({ body, attributes }: Recorded): SQSRecord {
  const given = Object.entries(attributes).map(([name, { DataType, StringValue }]) => {
    const attribute: SQSMessageAttribute = { dataType: DataType, stringValue: StringValue };
    return [name, attribute] as const;
  });
  return { ...sqsRecord({ body }), messageAttributes: Object.fromEntries(given) };
}

const places = { buckets: ['theirs'] };
const offloaded = recordings.filter(({ body }) => body.startsWith('["'));

describe("a message of Amazon's Extended Client", () => {
  it.each(offloaded)('for $client ($index) is a pointer that is followed', (recorded) => {
    const pointer = readPayloadPointer(recordOf(recorded), places);
    expect(pointer).toMatchObject({ bucket: 'theirs', key: JSON.parse(recorded.body)[1].s3Key });
    const bytes = recorded.payload === undefined ? 300_015 : Buffer.byteLength(recorded.payload);
    expect(pointer).toMatchObject({ bytes });
  });

  it.each(offloaded.filter(({ payload }) => payload !== undefined))(
    'for $client ($index) is the rows of its payload',
    async (recorded) => {
      const { payload = '' } = recorded;
      const bucket = fakeBucket();
      bucket.bodies.set(JSON.parse(recorded.body)[1].s3Key, Buffer.from(payload));
      const rules = { maxInflatedBytes: 10_000, defaultFormat: undefined, csv: csvLayout };
      const payloads = { ...places, bucket: () => bucket.store };
      const decoded = await decodeAnywhere(recordOf(recorded), rules, payloads);
      const named = recorded.attributes['table'] ? { database: 'd', table: 'sent' } : {};
      expect(decoded).toMatchObject({
        ok: true,
        chunks: [{ text: payload, rows: payload.split('\n').length, ...named }],
      });
    },
  );

  it('has been recorded with both names of its size, of classes, and under a prefix', () => {
    const names = new Set(offloaded.flatMap(({ attributes }) => Object.keys(attributes)));
    expect([...names]).toEqual(expect.arrayContaining(['ExtendedPayloadSize', 'SQSLargePayloadSize', 'table']));
    const classes = new Set(offloaded.map(({ body }) => JSON.parse(body)[0]));
    expect(classes.size).toBe(2);
    expect(offloaded.some(({ body }) => JSON.parse(body)[1].s3Key.startsWith('payloads/'))).toBe(true);
  });
});

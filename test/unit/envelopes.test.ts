import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { envelopeNames } from '../../src/kit/envelope-names.ts';
import { decodeAnywhere } from '../../src/messages/payload.ts';
import { requireOptions } from '../../src/options/parse.ts';
import { csvLayout, sqsRecord } from '../builders.ts';
import { runs } from '../property-runs.ts';

interface Fixture {
  readonly message: Readonly<Record<string, unknown>>;
  readonly rows?: readonly string[];
  readonly code?: string;
}

const directory = new URL('../fixtures/envelopes/', import.meta.url);
const fixtures = readdirSync(directory)
  .sort()
  .map((file) => [file, JSON.parse(readFileSync(new URL(file, directory), 'utf8')) as Fixture] as const);
const rules = { maxInflatedBytes: 100_000, defaultFormat: undefined, csv: csvLayout, keepsBadRows: true };

const found = (message: unknown, more = {}) => foundIn(JSON.stringify(message), more);

async function foundIn(body: string, more = {}) {
  const decoded = await decodeAnywhere(sqsRecord({ body }), { ...rules, ...more }, undefined);
  if (!decoded.ok) return { code: decoded.rejection.code };
  const { text, rows, badRows, id } = decoded.chunks[0];
  return { text, rows, badRows, id };
}

/** An envelope that is told like this one, in another service's. */
const bySns = (message: unknown) => ({
  ...{ Type: 'Notification', MessageId: 'n1', TopicArn: 'arn:aws:sns:t', Timestamp: '2026-01-01T00:00:00.000Z' },
  Message: JSON.stringify(message),
});

describe('a message of', () => {
  it.each(fixtures)('%s is the rows that it carries, or is rejected', async (_, { message, rows = [], code }) => {
    const result = await found(message);
    if (code !== undefined) expect(result).toEqual({ code });
    else {
      expect(result).toMatchObject({ rows: rows.length, badRows: undefined });
      expect(result.text?.replaceAll('\n', ',')).toBe(rows.join(',').replaceAll('\n', ','));
    }
    if (!('TopicArn' in message))
      expect(await found(bySns(message))).toMatchObject(code ? { code } : { rows: rows.length });
  });

  it.each(fixtures)('%s is rejected by a sink that takes no envelopes', async (_, { message }) => {
    expect(await found(message, { envelopes: ['none'] })).toEqual({ code: 'ENVELOPE_NOT_TAKEN' });
  });

  it.each(fixtures)('%s is no row whatever is missing in it, or is something else', async (_, fixture) => {
    const paths = pathsOf(fixture.message);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.jsonValue(), async (path, value) => {
        const result = await found(withValue(fixture.message, path, value));
        const whole = JSON.stringify(withValue(fixture.message, path, value));
        // What lost its marks is a row, and then it is the whole of what came.
        if (result.text === whole) return;
        if (result.code === undefined)
          expect(result.rows).toBeLessThanOrEqual(Math.max(4, fixture.rows?.length ?? 0) + 1);
      }),
      { numRuns: runs(40) },
    );
  });
});

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, each]) => pathsOf(each, [...path, key]))].filter(
    (each) => each.length > 0,
  );
}

function withValue(value: unknown, [key, ...rest]: Path, to: unknown): unknown {
  if (key === undefined) return to;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string | number, unknown>;
  copy[key] = withValue(copy[key], rest, to);
  return copy;
}

describe('envelopes', () => {
  it('that inflate to more than is allowed are refused', async () => {
    const [, { message } = { message: {} }] = fixtures.find(([name]) => name === 'kinesis-aggregate.json') ?? [];
    expect(await found(message, { maxInflatedBytes: 5 })).toEqual({ code: 'MESSAGE_TOO_LARGE' });
  });

  it('around each other without end are refused', async () => {
    let message: unknown = { id: 1 };
    for (let layer = 0; layer < 5; layer++) message = bySns(message);
    expect(await found(message)).toMatchObject({ rows: 1 });
    expect(await found(bySns(message))).toEqual({ code: 'ENVELOPE_INVALID' });
  });

  it('that stand in one message, in lines, in an array or behind each other, are all taken off', async () => {
    const event = (id: number) =>
      JSON.stringify({ version: '0', id: `e${id}`, 'detail-type': 't', source: 's', detail: { id } });
    const [plain, broken] = ['{"id":12345678901234567890}', '{"id":}'];
    const all = [event(1), plain, '{"id":3}', event(4)];
    const rows = '{"id":1},{"id":12345678901234567890},{"id":3},{"id":4}';
    for (const body of [all.join('\n'), `[${all}]`, all.join(''), `\ufeff${all.join('\n')}`, `[[${all}]]`.slice(1, -1)])
      expect(await foundIn(body)).toMatchObject({ text: rows, rows: 4, badRows: undefined });
    expect(await foundIn([broken, ...all].join('\n'))).toMatchObject({
      text: rows,
      badRows: [{ row: 0, text: broken }],
    });
    expect(await foundIn(`\ufeff ${event(1)}`)).toMatchObject({ text: '{"id":1}' });
  });

  it('are found wherever their marks stand, and when they are compressed', async () => {
    const padding = 'x'.repeat(5000);
    const event = { id: 'e', detail: { id: 1 }, a: padding, 'detail-type': 't', version: '0', source: 's', z: padding };
    expect(await found(event)).toMatchObject({ text: '{"id":1}' });
    const body = gzipSync(JSON.stringify(event)).toString('base64');
    const attributes = { encoding: 'gzip' };
    const decoded = await decodeAnywhere(sqsRecord({ body, attributes }), rules, undefined);
    expect(decoded).toMatchObject({ ok: true, chunks: [{ text: '{"id":1}' }] });
  });

  it('that the producer library sends are rows: it writes none', async () => {
    const body = JSON.stringify({ Records: [{ eventSource: 'aws:s3' }] });
    const attributes = { chunk: 'c', rows: '1' };
    const decoded = await decodeAnywhere(sqsRecord({ body, attributes }), rules, undefined);
    expect(decoded).toMatchObject({ ok: true, chunks: [{ text: body, rows: 1 }] });
  });

  it('inflate to no more than is allowed all together', async () => {
    const data = gzipSync(`{"a":"${'x'.repeat(40_000)}"}`).toString('base64');
    const batch = (records: number) => ({ requestId: 'r', timestamp: 1, records: Array(records).fill({ data }) });
    expect(await found(batch(2))).toMatchObject({ rows: 2 });
    expect(await found(batch(3))).toEqual({ code: 'MESSAGE_TOO_LARGE' });
  });

  it('of several records name no tables: they would be lost', async () => {
    const data = (text: string) => ({ data: Buffer.from(text).toString('base64') });
    const inner = { ...bySns({ id: 1 }), MessageAttributes: { table: { Type: 'String', Value: 'other' } } };
    const batch = { requestId: 'r', timestamp: 1, records: [data('{"id":1}'), data(JSON.stringify(inner))] };
    expect(await found(batch)).toEqual({ code: 'ENVELOPE_INVALID' });
  });

  it('are told by an option, which knows their names', () => {
    const least = { 'load-url': 'fe:8030', username: 'u', password: '', 'sink.tables.allow': '*' };
    expect(requireOptions(least)['sink.envelopes']).toEqual(envelopeNames);
    expect(requireOptions({ ...least, 'sink.envelopes': 'sns, s3' })['sink.envelopes']).toEqual(['sns', 's3']);
    expect(() => requireOptions({ ...least, 'sink.envelopes': 'ses' })).toThrow(/sink\.envelopes: expected some of/);
  });
});

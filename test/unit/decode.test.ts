import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { SQSMessageAttribute, SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DecodeRules, decodeMessage } from '../../src/messages/decode.ts';
import { decodeAnywhere } from '../../src/messages/payload.ts';
import { type RecordParts, sqsRecord } from '../builders.ts';

const rules: DecodeRules = {
  maxInflatedBytes: 1024 ** 2,
  defaultFormat: undefined,
  csv: { columnSeparator: ',', rowDelimiter: '\n' },
};

const decode = (parts: RecordParts, changed: Partial<DecodeRules> = {}) =>
  decodeMessage(sqsRecord(parts), { ...rules, ...changed });

function decoded(parts: RecordParts, changed: Partial<DecodeRules> = {}) {
  const result = decode(parts, changed);
  if (!result.ok) throw new Error(`${result.rejection.code} ${result.rejection.detail}`);
  return result.chunks[0];
}

function rejection(parts: RecordParts, changed: Partial<DecodeRules> = {}) {
  const result = decode({ messageId: 'm1', ...parts }, changed);
  if (result.ok) throw new Error(`taken: ${result.chunks[0].text.slice(0, 80)}`);
  expect(result.messageId).toBe('m1');
  return result.rejection;
}

const compress = { gzip: gzipSync, zstd: zstdCompressSync };
const encodings = ['gzip', 'zstd'] as const;

describe('decodeMessage', () => {
  it('rejects a message of more bad rows than are kept, and throws nothing', () => {
    const body = '{"id":}\n'.repeat(100_001);
    expect(rejection({ body }, { keepsBadRows: true })).toMatchObject({ code: 'ROW_NOT_JSON' });
  });

  it('reads every attribute', () => {
    const attributes = {
      database: 'shop',
      table: 'orders',
      format: 'CSV',
      columns: ' id, name ',
      chunk: 'p1-7',
      rows: '2',
    };
    expect(decoded({ messageId: 'm1', body: '1,é\n2,b', attributes })).toEqual({
      id: 'p1-7',
      messageId: 'm1',
      database: 'shop',
      table: 'orders',
      columns: ['id', 'name'],
      layout: 'csv',
      text: '1,é\n2,b\n',
      rows: 2,
      bytes: 9,
    });
  });

  it('is the same chunk as the message that it repeats, unless it names a chunk', () => {
    const resent = { 'starrocks-sink-resent': '1767225600000-m0' };
    const idOf = (attributes: Readonly<Record<string, string>>) => decoded({ messageId: 'm2', attributes }).id;
    expect(idOf(resent)).toBe('1767225600000-m0');
    expect(idOf({ ...resent, chunk: 'c1' })).toBe('c1');
  });

  it('takes the time and the id of the message for the chunk id of one that names none', () => {
    expect(decoded({ messageId: 'm9', body: '{"a":1}' })).toMatchObject({
      id: '1767225600000-m9',
      messageId: 'm9',
      rows: 1,
    });
  });

  it.each([
    ['{"a":1}', 'lines'],
    [' \n[{"a":1}]', 'items'],
    ['{\n"a":1}', 'items'],
  ])('knows JSON when it sees it: %j', (body, layout) => {
    expect(decoded({ body }, { defaultFormat: 'csv' }).layout).toBe(layout);
  });

  it('reads what begins like no JSON as the default format, and not at all without one', () => {
    expect(decoded({ body: '1,a' }, { defaultFormat: 'csv' })).toMatchObject({ layout: 'csv', rows: 1 });
    expect(rejection({ body: '1,secret' })).toMatchObject({ code: 'MESSAGE_SHAPE_UNKNOWN' });
    expect(rejection({ body: '' })).toMatchObject({ code: 'MESSAGE_SHAPE_UNKNOWN' });
  });

  it('reads CSV that begins like JSON when the message says that it is CSV', () => {
    expect(decoded({ body: '[1],{a', attributes: { format: 'csv' } })).toMatchObject({ layout: 'csv', rows: 1 });
  });

  it.each([
    ['format', 'parquet'],
    ['format', ''],
    ['encoding', 'brotli'],
    ['rows', '-1'],
    ['rows', '1.0'],
    ['rows', ''],
    ['rows', '1e3'],
    ['rows', '0x1'],
    ['chunk', ''],
    ['chunk', 'x'.repeat(257)],
  ])('refuses the attribute %s = %j', (name, value) => {
    const { code, detail } = rejection({ body: '{"a":1}', attributes: { [name]: value } });
    expect(code).toBe('MESSAGE_ATTRIBUTE_INVALID');
    expect(detail).toContain(`The attribute ${name} is expected to be`);
  });

  it.each([
    ['table', { dataType: 'Binary', binaryValue: 'eA==' }, 'text, found the data type "Binary"'],
    ['table', { dataType: 'Number', stringValue: '7' }, 'text, found the data type "Number"'],
    ['database', { dataType: 'String', stringValue: '' }, 'text, found an empty value of the data type "String"'],
    ['chunk', { dataType: 'String' }, 'text, found an empty value of the data type "String"'],
    ['format', {}, 'text, found the data type "(none)"'],
    ['rows', { dataType: 'Binary', binaryValue: 'MQ==' }, 'text, found the data type "Binary"'],
    ['ExtendedPayloadSize', { dataType: 'Binary' }, 'text, found the data type "Binary"'],
  ])('refuses the attribute %s when it is there and says nothing: %j', async (name, attribute, found) => {
    const record = { ...sqsRecord(), messageAttributes: { [name]: attribute as SQSMessageAttribute } };
    expect(await decodeAnywhere(record, rules, undefined)).toEqual({
      ok: false,
      messageId: 'm1',
      rejection: { code: 'MESSAGE_ATTRIBUTE_INVALID', detail: `The attribute ${name} is expected to be ${found}.` },
    });
  });

  it('takes attributes of types that hold text', () => {
    const messageAttributes = {
      table: { dataType: 'String.name', stringValue: 'orders' },
      rows: { dataType: 'Number.int', stringValue: '1' },
    } as unknown as SQSRecord['messageAttributes'];
    expect(decodeMessage({ ...sqsRecord(), messageAttributes }, rules)).toMatchObject({
      chunks: [{ table: 'orders' }],
    });
  });

  it.each([
    ['{"a":1}', '2', 1],
    ['[{"a":1},{"a":2}]', '1', 2],
    ['{"a":1}\n{"a":2}', '0', 2],
  ])('refuses %j that claims %s rows', (body, rows, held) => {
    expect(rejection({ body, attributes: { rows } })).toEqual({
      code: 'ROW_COUNT_WRONG',
      detail: `The attribute rows says ${rows}, the body holds ${held}.`,
    });
  });

  it('brings bad rows along where they are kept, and rejects their message where they are not', () => {
    const body = '{"id":1}\n{"id":secret}\n{"id":3}';
    expect(decoded({ body, attributes: { rows: '3' } }, { keepsBadRows: true })).toMatchObject({
      text: '{"id":1}\n{"id":3}',
      rows: 2,
      badRows: [{ row: 1, code: 'ROW_NOT_JSON', text: '{"id":secret}' }],
    });
    expect(decoded({ body: 'x', attributes: { format: 'json' } }, { keepsBadRows: true })).toMatchObject({ rows: 0 });
    expect(rejection({ body, attributes: { rows: '2' } }, { keepsBadRows: true })).toMatchObject({
      code: 'ROW_COUNT_WRONG',
      detail: 'The attribute rows says 2, the body holds 3.',
    });
    expect(rejection({ body })).toEqual({ code: 'ROW_NOT_JSON', detail: 'Row 2, in line 2: not valid JSON.' });
  });

  it('refuses a lone surrogate, which is no character', () => {
    for (const body of ['{"a":"\ud800"}', '{"a":"\udc00x"}']) {
      expect(rejection({ body }).code).toBe('MESSAGE_NOT_TEXT');
    }
    expect(rejection({ body: String.raw`{"a":"\ud800"}` }).code).toBe('ROW_NOT_JSON');
  });

  it('refuses CSV that is not closed, which would swallow its neighbours', () => {
    const csv = { ...rules.csv, enclose: '"', escape: '\\' };
    for (const body of ['1,"a\n', '1,a\\']) {
      expect(rejection({ body, attributes: { format: 'csv' } }, { csv }).code).toBe('MESSAGE_SHAPE_UNKNOWN');
    }
  });

  it('never throws and never quotes what it refuses, whatever it is given', () => {
    const body = fc.string({ unit: 'binary' }).map((text) => `hunter2${text}`);
    const attributes = fc.dictionary(
      fc.constantFrom('format', 'encoding', 'rows', 'chunk', 'columns', 'database'),
      fc.oneof(fc.string(), fc.constantFrom('json', 'csv', 'gzip', 'zstd', '1')),
    );
    fc.assert(
      fc.property(body, attributes, (text, given) => {
        const result = decode({ body: text, attributes: given });
        if (!result.ok) expect(result.rejection.detail).not.toContain('hunter2');
      }),
    );
  });
});

describe.each(encodings)('a %s body', (encoding) => {
  const pack = (bytes: string | Uint8Array) => compress[encoding](bytes).toString('base64');
  const attributes = { encoding };

  it('is inflated', () => {
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 1 }), (rows) => {
        const body = pack(JSON.stringify(rows));
        expect(JSON.parse(`[${decoded({ body, attributes }).text}]`)).toEqual(JSON.parse(JSON.stringify(rows)));
      }),
    );
  });

  it('may be broken into lines, as base64 often is', () => {
    const body = pack(JSON.stringify({ a: 'x'.repeat(500), b: Math.PI }));
    expect(decoded({ body: `${body.replace(/.{20}/g, '$&\r\n')}\n`, attributes }).rows).toBe(1);
    expect(decoded({ body: body.replace(/=+$/, ''), attributes }).rows).toBe(1);
  });

  it('may inflate to the bound and not to one byte more', () => {
    const row = (bytes: number) => pack(`{"a":"${'x'.repeat(bytes - 8)}"}`);
    expect(decoded({ body: row(rules.maxInflatedBytes), attributes }).bytes).toBe(rules.maxInflatedBytes);
    expect(rejection({ body: row(rules.maxInflatedBytes + 1), attributes })).toEqual({
      code: 'MESSAGE_TOO_LARGE',
      detail: `The ${encoding} body inflates to more than 1048576 bytes.`,
    });
  });

  it('may not be a bomb', () => {
    const body = pack(Buffer.alloc(64 * 1024 ** 2, 0x20));
    expect(body.length).toBeLessThan(1024 ** 2);
    expect(rejection({ body, attributes }).code).toBe('MESSAGE_TOO_LARGE');
  });

  it.each<[string, string]>([
    ['plain JSON', '{"a":1}'],
    ['nothing', ''],
    ['base64 of something else', Buffer.from('{"a":1}').toString('base64')],
    ['a body cut short', pack(JSON.stringify({ a: 'abc'.repeat(100) })).slice(0, 24)],
    ['bytes that are not UTF-8', pack(Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d))],
    ['a surrogate written as UTF-8', pack(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22))],
    ['characters that are not base64', `${pack('{"a":1}')}!`],
    ['padding in the middle', `=${pack('{"a":1}')}`],
  ])('may not be %s', (_, body) => {
    expect(rejection({ body, attributes }).code).toBe('MESSAGE_NOT_TEXT');
  });

  // A pattern that backtracks takes minutes over this, and runs into the limit of every test.
  it('is refused in one pass when a great deal of white space is not base64', () => {
    expect(rejection({ body: `${' '.repeat(500_000)}!`, attributes }).code).toBe('MESSAGE_NOT_TEXT');
  });
});

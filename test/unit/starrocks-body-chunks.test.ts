import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCsv } from '../../local/starrocks/formats/csv-reader.ts';
import { readJson } from '../../local/starrocks/formats/json-body.ts';
import type { CsvFormat } from '../../local/starrocks/storage/load-plan.ts';
import { runs } from '../property-runs.ts';

/** The bytes of a body, cut at will. */
async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 });
const whole = [Number.MAX_SAFE_INTEGER];

async function csvRecords(body: string, format: CsvFormat, chunks: readonly number[]) {
  const records: unknown[] = [];
  await readCsv(cut(Buffer.from(body), chunks), format, ({ fields, raw, unfinished }) =>
    records.push({ fields: [...fields], raw, unfinished }),
  );
  return records;
}

async function jsonRows(body: Buffer, stripOuterArray: boolean, chunks: readonly number[]) {
  const rows: unknown[] = [];
  const reading = {
    format: { kind: 'json' as const, stripOuterArray, debezium: false },
    names: ['a', 'b'],
    takings: ['plain', 'plain'] as const,
    strict: true,
    onRow: (tokens: readonly (string | undefined)[], raw: string) => void rows.push([...tokens, raw]),
    onBadRow: (complaint: string) => void rows.push(complaint),
  };
  try {
    await readJson(cut(body, chunks), reading);
  } catch (error) {
    rows.push(String(error));
  }
  return rows;
}

describe('a body is read the same however it is cut into chunks', () => {
  const formats: [string, Partial<CsvFormat>, string[]][] = [
    ['CSV', {}, ['a', ',', '\n', '"', 'é']],
    ['CSV with long delimiters', { columnSeparator: '||', rowDelimiter: '|\n|' }, ['a', '|', '||', '\n', '|\n|', '"']],
    ['enclosed CSV', { enclose: '"' }, ['a', ',', '\n', '"', 'é', ' ']],
    [
      'enclosed CSV with an escape, long delimiters and trimming',
      { enclose: '"', escape: '\\', columnSeparator: '||', rowDelimiter: '|\n|', trimSpace: true },
      ['a', '|', '||', '|\n|', '"', '\\', ' '],
    ],
  ];
  it.each(formats)('%s', async (_, options, parts) => {
    const format: CsvFormat = {
      kind: 'csv',
      columnSeparator: ',',
      rowDelimiter: '\n',
      skipHeader: 0,
      trimSpace: false,
      ...options,
    };
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: fc.constantFrom(...parts), maxLength: 40 }), sizes, async (body, chunks) => {
        expect(await csvRecords(body, format, chunks)).toEqual(await csvRecords(body, format, whole));
      }),
      { numRuns: runs(500) },
    );
  });

  const pieces = [
    '{"a":1}',
    '{"b":"é"}',
    ' { "a" : [1, "}é\\"" ] , "c" : {"x":"]"} } ',
    ',',
    '[',
    ']',
    '"',
    '\n',
    'true',
    '\\',
    '{',
  ];
  it.each([true, false])('JSON, strip_outer_array %s', async (strip) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...pieces), { maxLength: 8 }), sizes, async (list, chunks) => {
        const text = strip ? `[${list.join(',')}]` : list.join('');
        const body = Buffer.from(text);
        expect(await jsonRows(body, strip, chunks)).toEqual(await jsonRows(body, strip, whole));
      }),
      { numRuns: runs(500) },
    );
  });

  it('JSON that is cut off, or has a byte too many', async () => {
    const body = Buffer.from('[{"a":"é𝄞"},{"b":"\\u00e9"}] ');
    for (let length = 0; length < body.length - 1; length += 1) {
      expect(await jsonRows(body.subarray(0, length), true, [1])).toEqual(
        await jsonRows(body.subarray(0, length), true, whole),
      );
    }
    const broken = Buffer.concat([body, Buffer.from([0xc3])]);
    expect((await jsonRows(broken, true, [1])).at(-1)).toContain('not valid UTF-8');
  });
});

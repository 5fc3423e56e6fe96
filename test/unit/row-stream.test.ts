import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RowFormat } from '../../src/rows/chunk.ts';
import { createCsvEncoder } from '../../src/rows/csv-encode.ts';
import type { CsvLayout } from '../../src/rows/csv-rows.ts';
import type { Cut } from '../../src/rows/cutter.ts';
import { RowSieve } from '../../src/rows/row-sieve.ts';
import { streamRows } from '../../src/rows/row-stream.ts';
import { runs } from '../property-runs.ts';

const layout: CsvLayout = { columnSeparator: '\u0001', rowDelimiter: '\n' };

/** Bytes in pieces that end anywhere, also inside a character; some pieces are empty. */
async function* cutAt(bytes: Buffer, ends: readonly number[]): AsyncGenerator<Uint8Array> {
  const at = ends.map((end) => end % (bytes.byteLength + 1)).sort((a, b) => a - b);
  for (const [index, end] of [...at, bytes.byteLength].entries()) yield bytes.subarray(at[index - 1] ?? 0, end);
}

async function stream(text: string, ends: readonly number[], format: RowFormat = 'json', csv = layout) {
  const sieve = new RowSieve();
  const passes = (cut: Cut) => sieve.passes(cut);
  const parts = await Array.fromAsync(streamRows(cutAt(Buffer.from(text), ends), format, csv, passes));
  return {
    text: Buffer.concat(parts.map(({ bytes }) => bytes)).toString(),
    rows: parts.reduce((sum, { rows }) => sum + rows, 0),
    ...(sieve.badRows.length > 0 ? { badRows: sieve.badRows } : {}),
  };
}

const ends = fc.array(fc.nat(), { maxLength: 20 });
const word = fc.string({
  unit: fc.constantFrom('a', 'é', '€', '😀', '"', '\\', ',', ']', '}', '\n', '\u2028'),
  maxLength: 8,
});
const row = fc.dictionary(word, fc.oneof(word, fc.double({ noNaN: true }), fc.jsonValue({ maxDepth: 2 })), {
  maxKeys: 3,
});
const rows = fc.array(row, { maxLength: 8 });

describe('streamRows', () => {
  it('gives lines of JSON as one list, whatever stands between them and however they come in', async () => {
    const blank = fc.constantFrom('\n', '\n\n', '\n \t\n');
    await fc.assert(
      fc.asyncProperty(rows, blank, fc.constantFrom('', '\n', '\n \n'), ends, async (values, between, around, at) => {
        const texts = values.map((value) => JSON.stringify(value));
        const streamed = await stream(around + texts.join(between) + around, at);
        expect(streamed).toEqual({ text: texts.join(','), rows: texts.length });
      }),
      { numRuns: runs(300) },
    );
  });

  it('gives the elements of an array as one list, each as the text it was', async () => {
    await fc.assert(
      fc.asyncProperty(rows, fc.nat({ max: 2 }), ends, async (values, indent, at) => {
        const texts = values.map((value) => JSON.stringify(value, undefined, indent));
        expect(await stream(`\n[${texts.join(' ,\n')} ] `, at)).toEqual({ text: texts.join(','), rows: texts.length });
      }),
      { numRuns: runs(300) },
    );
  });

  it('gives objects behind each other as one list, with or without lines, and over several', async () => {
    const between = fc.constantFrom('', ' ', '\n', '\r\n', '\n\n');
    const some = row.filter((each) => Object.keys(each).length > 0);
    const parts = fc.array(fc.tuple(some, between), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(parts, fc.nat({ max: 1 }), fc.constantFrom('', '\n'), ends, async (each, indent, around, at) => {
        const texts = each.map(([value, end]) => [JSON.stringify(value, undefined, indent), end] as const);
        const streamed = await stream(around + texts.flat().join(''), at);
        expect(streamed.badRows).toBeUndefined();
        expect(JSON.parse(`[${streamed.text}]`)).toEqual(JSON.parse(JSON.stringify(each.map(([value]) => value))));
        expect(streamed.rows).toBe(texts.length);
      }),
      { numRuns: runs(500) },
    );
  });

  it('holds no more than an object of a line that holds millions of them', async () => {
    const objects = '{"id":1,"name":"}{\\""}'.repeat(1000);
    let most = 0;
    async function* source() {
      for (let piece = 0; piece < 100; piece++) yield Buffer.from(objects);
    }
    let rows = 0;
    for await (const part of streamRows(source(), 'json', layout, () => true)) {
      most = Math.max(most, part.bytes.byteLength);
      rows += part.rows;
    }
    expect(rows).toBe(100_000);
    expect(most).toBeLessThan(1.1 * 1024 ** 2);
  });

  it('gives CSV rows each with its delimiter', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'é', '😀', ',', '"', '\\', '\r', '|', '\n'), maxLength: 6 });
    const layouts = fc.constantFrom<CsvLayout>(
      { columnSeparator: '\u0001', rowDelimiter: '\u0002' },
      { columnSeparator: ',', rowDelimiter: '\n', enclose: '"' },
      { columnSeparator: '||', rowDelimiter: '\r\n', enclose: '"', escape: '\\' },
      { columnSeparator: 'é', rowDelimiter: '😀', enclose: '"' },
    );
    await fc.assert(
      fc.asyncProperty(
        layouts,
        fc.array(fc.tuple(field, field), { maxLength: 8 }),
        fc.boolean(),
        ends,
        async (csv, values, isEnded, at) => {
          const encode = createCsvEncoder(csv);
          const texts = values.filter((fields) => canBeWritten(fields, csv)).map(encode);
          const text = texts.join(csv.rowDelimiter) + (isEnded && texts.length > 0 ? csv.rowDelimiter : '');
          const streamed = await stream(text, at, 'csv', csv);
          expect(streamed).toEqual({ text: texts.map((each) => each + csv.rowDelimiter).join(''), rows: texts.length });
        },
      ),
      { numRuns: runs(500) },
    );
  });

  it.each([
    ['inside enclosed text', '1,"a\n2,b', { columnSeparator: ',', rowDelimiter: '\n', enclose: '"' }],
    ['with the escape character', '1,a\n2,b\\', { columnSeparator: ',', rowDelimiter: '\n', escape: '\\' }],
  ])('refuses CSV that ends %s, which would swallow what is joined to it', async (_, text, csv) => {
    await expect(stream(text, [3], 'csv', csv)).rejects.toMatchObject({ code: 'MESSAGE_SHAPE_UNKNOWN' });
  });

  it('parts bad rows from good ones, however the text comes in, and says where each stands', async () => {
    const lines = Array.from({ length: 50 }, (_, id) => `{"id":${id}}`);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 49 }), fc.boolean(), ends, async (bad, isArray, at) => {
        const all = lines.with(bad, '{"id":}');
        const streamed = await stream(isArray ? `[${all.join(',\n')}]` : all.join('\n'), at);
        expect(streamed).toEqual({
          text: lines.toSpliced(bad, 1).join(','),
          rows: 49,
          badRows: [
            {
              row: bad,
              code: 'ROW_NOT_JSON',
              reason: `Row ${bad + 1}, in line ${bad + 1}: not valid JSON.`,
              text: '{"id":}',
            },
          ],
        });
      }),
    );
  });

  it('holds so many bad rows, and so much of their text, and no more', async () => {
    await expect(stream('x\n'.repeat(100_001), [])).rejects.toMatchObject({
      code: 'ROW_NOT_JSON',
      detail: expect.stringContaining('Row 100001, in line 100001: not valid JSON.'),
    });
    const large = 'x'.repeat(1024 ** 2);
    await expect(stream(`${large}\n`.repeat(17), [])).rejects.toMatchObject({ code: 'ROW_NOT_JSON' });
  });

  const longText = 'x'.repeat(16 * 1024 ** 2);
  it.each<[string, string, RowFormat, CsvLayout]>([
    ['a line of JSON', `{"id":1,"text":"${longText}"}\n`, 'json', layout],
    ['an element of an array', `[{"id":1,"text":"${longText}"}]`, 'json', layout],
    ['a line of CSV', `1\u0001${longText}\n`, 'csv', layout],
    ['an enclosed field of CSV', `1\u0001"${longText}"\n`, 'csv', { ...layout, enclose: '"' }],
    // Each time that it is looked for, it seems to begin.
    [
      'a line of CSV full of what begins a delimiter',
      `1${'|'.repeat(longText.length)}\n`,
      'csv',
      { ...layout, rowDelimiter: '|\n' },
    ],
  ])(
    'takes time by the length of %s, however small its pieces are',
    { timeout: 15_000 },
    async (_, text, format, csv) => {
      const pieces = Array.from({ length: text.length / 1024 }, (_piece, index) => index * 1024);
      const streamed = await stream(text, pieces, format, csv);
      expect(streamed.rows).toBe(1);
      expect(streamed).not.toHaveProperty('badRows');
    },
  );

  it('closes its source when nobody reads on', async () => {
    let isClosed = false;
    async function* source() {
      try {
        for (;;) yield Buffer.from('{"id":1}\n');
      } finally {
        isClosed = true;
      }
    }
    for await (const _ of streamRows(source(), 'json', layout, () => true)) break;
    expect(isClosed).toBe(true);
  });
});

/** Without enclose, CSV has no way to write a delimiter. */
function canBeWritten(fields: readonly string[], csv: CsvLayout): boolean {
  try {
    return createCsvEncoder(csv)(fields) !== '';
  } catch {
    return false;
  }
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeDelimiter } from '../../src/kit/delimiters.ts';
import { SinkError } from '../../src/kit/errors.ts';
import { createCsvEncoder } from '../../src/rows/csv-encode.ts';
import { splitCsvFields } from '../../src/rows/csv-fields.ts';
import { type CsvLayout, splitCsvRows } from '../../src/rows/csv-rows.ts';
import { runs } from '../property-runs.ts';

interface Token {
  readonly kind: 'data' | 'open' | 'close' | 'field' | 'row';
  readonly length: number;
  readonly data?: string;
}

/** The next token of text whose layout has enclose or escape, by the reference's words alone. */
function tokenAt(text: string, at: number, isEnclosed: boolean, isStart: boolean, layout: CsvLayout): Token {
  const { columnSeparator, rowDelimiter, enclose } = layout;
  const char = text[at] ?? '';
  if (char === layout.escape) return { kind: 'data', length: 2, data: text[at + 1] ?? '' };
  if (isEnclosed) {
    if (char !== enclose) return { kind: 'data', length: 1, data: char };
    return text[at + 1] === enclose ? { kind: 'data', length: 2, data: char } : { kind: 'close', length: 1 };
  }
  if (isStart && char === enclose) return { kind: 'open', length: 1 };
  if (text.startsWith(rowDelimiter, at)) return { kind: 'row', length: rowDelimiter.length };
  if (text.startsWith(columnSeparator, at)) return { kind: 'field', length: columnSeparator.length };
  return { kind: 'data', length: 1, data: char };
}

function readMarked(text: string, layout: CsvLayout): string[][] {
  const rows: string[][] = [];
  let fields: string[] = [];
  let field = '';
  let rowStart = 0;
  let isStart = true;
  let isEnclosed = false;
  for (let at = 0; at < text.length; ) {
    const token = tokenAt(text, at, isEnclosed, isStart, layout);
    if (token.kind === 'open' || token.kind === 'close') isEnclosed = token.kind === 'open';
    field += token.data ?? '';
    isStart = token.kind === 'field' || token.kind === 'row';
    if (isStart) {
      fields.push(field);
      field = '';
    }
    if (token.kind === 'row') {
      if (at > rowStart) rows.push(fields);
      fields = [];
      rowStart = at + token.length;
    }
    at += token.length;
  }
  return rows;
}

/** Reads rows as StarRocks does: a second implementation, so that the first is not measured by itself. */
function readAsStarRocks(text: string, layout: CsvLayout): (string | null)[][] {
  const isMarked = layout.enclose !== undefined || layout.escape !== undefined;
  const lines = text.split(layout.rowDelimiter).filter((line) => line !== '');
  const rows = isMarked ? readMarked(text, layout) : lines.map((line) => line.split(layout.columnSeparator));
  return rows.map((fields) => fields.map((field) => (field === '\\N' ? null : field)));
}

const delimiter = fc.constantFrom(',', '\t', '\x01', '||', '|', '\x01\x02', 'é', '::', 'ab', '\x02');
const rowDelimiter = fc.constantFrom('\n', '\r\n', '\x02', '|\n', ';;', '\x03', '||');
const layouts = fc.record({
  columnSeparator: delimiter,
  rowDelimiter,
  enclose: fc.constantFrom(undefined, '"', "'"),
  escape: fc.constantFrom(undefined, '\\', '^', '"'),
});
const nasty = fc.string({
  unit: fc.constantFrom(...',\t\x01\x02\x03|é:ab;"\'\\^N\r\n x', '\\N', '||', '\\\\N', '🙂'),
  maxLength: 8,
});
const values = fc.array(fc.option(nasty, { nil: null }), { minLength: 1, maxLength: 4 });

describe('createCsvEncoder', () => {
  it('writes rows that StarRocks reads back as they were, or refuses; it never shifts a column', () => {
    let written = 0;
    let refused = 0;
    fc.assert(
      fc.property(layouts, fc.array(values, { maxLength: 5 }), (layout, rows) => {
        let encode: ReturnType<typeof createCsvEncoder>;
        try {
          encode = createCsvEncoder(layout);
        } catch (error) {
          expect(error).toMatchObject({ code: 'OPTIONS_INVALID' });
          return;
        }
        const lines: { row: (string | null)[]; line: string }[] = [];
        for (const row of rows) {
          try {
            lines.push({ row, line: encode(row) });
            written++;
          } catch (error) {
            expect(error).toMatchObject({ code: 'VALUE_NOT_ENCODABLE' });
            refused++;
          }
        }
        const text = lines.map(({ line }) => line + layout.rowDelimiter).join('');
        const expected = lines.map(({ row }) => row);
        expect(readAsStarRocks(text, layout)).toEqual(expected);
        expect(splitCsvRows(text, layout).map((row) => splitCsvFields(row, layout))).toEqual(expected);
      }),
      { numRuns: runs(3000) },
    );
    expect(written).toBeGreaterThan(refused);
  });

  it('refuses only what the layout cannot carry: with enclose and escape that is the text \\N', () => {
    const layout = { columnSeparator: ',', rowDelimiter: '\n', enclose: '"', escape: '\\' };
    const encode = createCsvEncoder(layout);
    fc.assert(
      fc.property(
        values.filter((row) => !row.includes('\\N')),
        (row) => {
          expect(readAsStarRocks(`${encode(row)}\n`, layout)).toEqual([row]);
        },
      ),
    );
    expect(() => encode(['a', '\\N'])).toThrow(/Field 2 is the text \\N/);
  });

  it('writes NULL so that the escape character leaves \\N of it', () => {
    const base = { columnSeparator: ',', rowDelimiter: '\n' };
    expect(createCsvEncoder({ ...base, escape: '\\' })([null, 'a,b\\'])).toBe('\\\\N,a\\,b\\\\');
    expect(createCsvEncoder({ ...base, escape: '^' })([null, 'a,b\\'])).toBe('\\N,a^,b\\');
  });

  it('names the column and what is wrong with its value', () => {
    const encode = createCsvEncoder({ columnSeparator: '||', rowDelimiter: '\n', columns: ['id', 'note'] });
    expect(() => encode(['1', 'a||b'])).toThrow(/VALUE_NOT_ENCODABLE: .*Column note holds the column separator/);
    expect(() => encode(['1|', 'a'])).toThrow(/Column id holds the column separator/);
    expect(() => encode(['1', 'a\nb'])).toThrow(/Column note holds the row delimiter/);
    expect(() => encode([''])).toThrow(/blank line/);
  });

  it.each([
    [{ columnSeparator: ',', rowDelimiter: ',' }, /run into each other/],
    [{ columnSeparator: 'ab', rowDelimiter: 'bc' }, /run into each other/],
    [{ columnSeparator: 'N', rowDelimiter: '\n' }, /part of \\N/],
    [{ columnSeparator: ',', rowDelimiter: '\n', enclose: '""' }, /not one ASCII character/],
    [{ columnSeparator: ',', rowDelimiter: '\n', enclose: '"', escape: '"' }, /same character/],
    [{ columnSeparator: ',', rowDelimiter: '\n', escape: ',' }, /column separator holds the escape/],
  ])('refuses the layout %j', (layout, message) => {
    expect(() => createCsvEncoder(layout)).toThrow(message);
    expect(() => createCsvEncoder(layout)).toThrow(SinkError);
  });
});

describe('decodeDelimiter', () => {
  it.each([
    ['\\x01', '\x01'],
    ['\\X01', '\x01'],
    ['\\\\x01', '\x01'],
    ['0x0102', '\x01\x02'],
    ['0X0d0A', '\r\n'],
    [',', ','],
    ['\\t', '\\t'],
    ['\t', '\t'],
    ['x01', 'x01'],
    ['é', 'é'],
  ])('reads %j as StarRocks does', (text, expected) => {
    expect(decodeDelimiter(text)).toBe(expected);
  });

  it.each(['', '\\x', '\\x1', '\\xZZ', '\\x80', '0xFF', 'é'.repeat(26)])('refuses %j', (text) => {
    expect(() => decodeDelimiter(text)).toThrow(/OPTIONS_INVALID/);
  });
});

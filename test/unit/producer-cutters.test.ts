import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCsvEncoder } from '../../src/rows/csv-encode.ts';
import { ArrayCutter } from '../../src/rows/cut-arrays.ts';
import { CsvCutter } from '../../src/rows/cut-csv.ts';
import { LineCutter } from '../../src/rows/cut-json.ts';
import { ObjectCutter } from '../../src/rows/cut-objects.ts';
import type { Cut, Cutter } from '../../src/rows/cutter.ts';
import { runs } from '../property-runs.ts';

/** Feeds a text in pieces that end anywhere. */
function cutAll(cutter: Cutter, text: string, ends: readonly number[]): Cut[] {
  const at = [...new Set(ends.map((end) => end % (text.length + 1)))].sort((a, b) => a - b);
  const pieces = [...at, text.length].map((end, index) => text.slice(index === 0 ? 0 : at[index - 1], end));
  return [...pieces.flatMap((piece) => cutter.push(piece)), ...cutter.end()];
}

const ends = fc.array(fc.nat(), { maxLength: 12 });
const lineOf = (text: string, position: number) => text.slice(0, position).split('\n').length;

describe('cutting text into rows', () => {
  it.each([
    ['a row that ends as the row delimiter begins, without one behind it', 'a;;b;', undefined],
    ['the same behind an escape', 'a;;b^;', ['a', 'b^;']],
    ['a row that has its delimiter', 'a;;b;;', ['a', 'b']],
  ])('of CSV takes the end of a text for what it is in a body: %s', (_, text, rows) => {
    const cutter = new CsvCutter({ columnSeparator: '||', rowDelimiter: ';;', escape: '^' });
    const cuts = cutAll(cutter, text, []).map((cut) => cut.text);
    expect(cutter.isStuck === undefined ? cuts : undefined).toEqual(rows);
  });

  it('finds the elements of any JSON array, however the text comes in', () => {
    const space = fc.constantFrom('', ' ', '\n', '\r\n\t');
    const elements = fc.array(fc.tuple(space, fc.jsonValue({ maxDepth: 3 }), fc.nat({ max: 2 }), space));
    fc.assert(
      fc.property(elements, ends, (parts, pieces) => {
        const texts = parts.map(([, value, indent]) => JSON.stringify(value, undefined, indent));
        const text = `[${parts.map(([before, , , after], i) => before + texts[i] + after).join(',')}]\n`;
        const cutter = new ArrayCutter();
        const cuts = cutAll(cutter, text, pieces);
        expect(cuts.map((each) => each.text)).toEqual(texts);
        expect(cutter.isStuck).toBeUndefined();
        let from = 0;
        for (const each of cuts) {
          const position = text.indexOf(each.text, from === 0 ? 1 : from);
          expect(each.line).toBe(lineOf(text, position));
          from = position + each.text.length;
        }
      }),
    );
  });

  it('finds CSV rows, however the text comes in', () => {
    const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', ';', '\\', '^', '|'), maxLength: 6 });
    const layouts = fc.constantFrom(
      { columnSeparator: ',', rowDelimiter: '\n', enclose: '"' },
      { columnSeparator: '||', rowDelimiter: ';;', enclose: '"', escape: '^' },
      { columnSeparator: ',', rowDelimiter: '\n', escape: '\\' },
    );
    fc.assert(
      fc.property(layouts, fc.array(fc.array(field, { minLength: 2, maxLength: 3 })), ends, (layout, rows, pieces) => {
        const encode = createCsvEncoder(layout);
        const lines = rows.map(encode);
        const cutter = new CsvCutter(layout);
        const cuts = cutAll(cutter, lines.join(layout.rowDelimiter), pieces);
        expect(cuts.map(({ text }) => text)).toEqual(lines);
        expect(cutter.isStuck).toBeUndefined();
      }),
      { numRuns: runs(500) },
    );
  });

  it('numbers lines as a person counts them', () => {
    const csv = new CsvCutter({ columnSeparator: ',', rowDelimiter: '\n', enclose: '"' });
    expect(cutAll(csv, '1,"a\n\nb"\n\n2,c\r\n3,d', [3, 9])).toEqual([
      { text: '1,"a\n\nb"', line: 1 },
      { text: '2,c', line: 5 },
      { text: '3,d', line: 6 },
    ]);
    expect(cutAll(new LineCutter(), '{"a":1}\n\n  \n{"a":2}', [4])).toEqual([
      { text: '{"a":1}', line: 1 },
      { text: '{"a":2}', line: 4 },
    ]);
  });

  it('hands on what is no element, for the producer to refuse', () => {
    expect(cutAll(new ArrayCutter(), '[{},,{} {}]', []).map(({ text }) => text)).toEqual(['{}', '', '{} {}']);
    expect(cutAll(new ArrayCutter(), '[ ]', [])).toEqual([]);
  });

  it.each<[string, () => Cutter, string]>([
    ['a line', () => new LineCutter(), 'x'],
    ['a line of objects', () => new LineCutter(), `{"a":"${'x'.repeat(1100)}`],
    ['an object', () => new ObjectCutter(), '{"a":['],
    ['an element', () => new ArrayCutter(), '[{"a":['],
    ['an element inside a string', () => new ArrayCutter(), '[{"a":"'],
    ['CSV', () => new CsvCutter({ columnSeparator: ',', rowDelimiter: '\n' }), 'x'],
    [
      'CSV, enclosed',
      () => new CsvCutter({ columnSeparator: ',', rowDelimiter: '||', enclose: '"', escape: '^' }),
      '"',
    ],
  ])('looks once at each character of %s that comes in many pieces', (_, make, head) => {
    const cutter = make();
    const [pieces, piece] = [2000, ',a'.repeat(50)];
    cutter.push(head);
    for (let count = 0; count < pieces; count++) expect(cutter.push(piece)).toEqual([]);
    expect(cutter.isStuck).toBeUndefined();
    expect(cutter.looked).toBeLessThanOrEqual(head.length + pieces * (piece.length + 2));
    expect(cutter.looked).toBeGreaterThanOrEqual(pieces * piece.length);
  });
});

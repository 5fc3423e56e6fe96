import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CsvLayout, countCsvRows, endRows, splitCsvRows } from '../../src/rows/csv-rows.ts';
import { runs } from '../property-runs.ts';

/** What the next characters of a text are, by the rules of StarRocks' reader, told as plainly as they can be. */
function nextToken(
  rest: string,
  place: 'start' | 'field' | 'enclosed',
  layout: CsvLayout,
): [string, typeof place | 'end'] {
  const { columnSeparator, rowDelimiter, enclose, escape: escapeMark } = layout;
  const char = rest.slice(0, 1);
  if (char === escapeMark) return [rest.slice(0, 2), place === 'enclosed' ? 'enclosed' : 'field'];
  if (place === 'enclosed') {
    if (char !== enclose) return [char, 'enclosed'];
    return rest.startsWith(char + char) ? [char + char, 'enclosed'] : [char, 'field'];
  }
  if (place === 'start' && char === enclose) return [char, 'enclosed'];
  if (rest.startsWith(rowDelimiter)) return [rowDelimiter, 'end'];
  if (rest.startsWith(columnSeparator)) return [columnSeparator, 'start'];
  return [char, place === 'start' && char === ' ' && layout.trims ? 'start' : 'field'];
}

function referenceRows(text: string, layout: CsvLayout): string[] {
  const rows: string[] = [];
  let row = '';
  let place: 'start' | 'field' | 'enclosed' = 'start';
  for (let rest = text; rest !== ''; ) {
    const [token, next] = nextToken(rest, place, layout);
    rest = rest.slice(token.length);
    if (next !== 'end') row += token;
    else {
      rows.push(row);
      row = '';
    }
    place = next === 'end' ? 'start' : next;
  }
  return [...rows, row].filter((each) => each !== '');
}

const layouts: readonly CsvLayout[] = [
  { columnSeparator: '\t', rowDelimiter: '\n' },
  { columnSeparator: '\u0001', rowDelimiter: '\u0002' },
  { columnSeparator: ',', rowDelimiter: '\n', enclose: '"' },
  { columnSeparator: ',', rowDelimiter: '\n', escape: '\\' },
  { columnSeparator: ',', rowDelimiter: '\n', enclose: '"', escape: '\\' },
  { columnSeparator: '||', rowDelimiter: '\r\n', enclose: "'", escape: '^' },
  { columnSeparator: '|', rowDelimiter: '$$', escape: '\\' },
  { columnSeparator: '\u0001', rowDelimiter: '\u0002', enclose: '"' },
  { columnSeparator: ',', rowDelimiter: '\n', enclose: '"', escape: '\\', trims: true },
  { columnSeparator: ' ', rowDelimiter: '\n', enclose: '"', trims: true },
];

const piecesOf = ({ columnSeparator, rowDelimiter, enclose = '"', escape: escapeMark = '\\' }: CsvLayout) =>
  fc.constantFrom(
    'a',
    'é',
    '',
    ' ',
    columnSeparator,
    rowDelimiter,
    enclose,
    escapeMark,
    rowDelimiter.slice(0, 1),
    '\r',
  );

describe('CSV rows', () => {
  it.each(layouts)('are cut as StarRocks cuts them: %j', (layout) => {
    fc.assert(
      fc.property(fc.array(piecesOf(layout), { maxLength: 20 }), (pieces) => {
        const text = pieces.join('');
        expect(splitCsvRows(text, layout)).toEqual(referenceRows(text, layout));
        expect(countCsvRows(text, layout)).toBe(referenceRows(text, layout).length);
      }),
      { numRuns: runs(2000) },
    );
  });

  it.each<[string, number, Partial<CsvLayout>]>([
    ['', 0, {}],
    ['\n\n', 0, {}],
    ['a', 1, {}],
    ['a\nb', 2, {}],
    ['a\n\nb\n', 2, {}],
    ['"a\nb"\n', 2, {}],
    ['"a\nb"\n', 1, { enclose: '"' }],
    ['x"a\nb"\n', 2, { enclose: '"' }],
    ['"a""\nb"\nc', 2, { enclose: '"' }],
    ['""\n""\n', 2, { enclose: '"' }],
    ['a\\\nb\n', 1, { escape: '\\' }],
    ['a\\\\\nb\n', 2, { escape: '\\' }],
    ['"a\\"\nb"\n', 1, { enclose: '"', escape: '\\' }],
    ['a\u0002b\n\u0002', 2, { rowDelimiter: '\u0002' }],
  ])('%j holds %d', (text, rows, layout) => {
    const whole = { columnSeparator: ',', rowDelimiter: '\n', ...layout };
    expect(countCsvRows(text, whole)).toBe(rows);
    expect(splitCsvRows(text, whole)).toHaveLength(rows);
  });
});

describe('endRows', () => {
  it.each(layouts)('makes texts that can be joined, or none: %j', (layout) => {
    const texts = fc.array(fc.array(piecesOf(layout), { maxLength: 8 }), { maxLength: 4 });
    fc.assert(
      fc.property(texts, (messages) => {
        const ended = messages.map((pieces) => endRows(pieces.join(''), layout)).filter((each) => each !== undefined);
        const rows = ended.map(({ text }) => splitCsvRows(text, layout));
        expect(splitCsvRows(ended.map(({ text }) => text).join(''), layout)).toEqual(rows.flat());
        expect(ended.map((each) => each.rows)).toEqual(rows.map(({ length }) => length));
      }),
      { numRuns: runs(2000) },
    );
  });

  it.each<[string, string | undefined, Partial<CsvLayout>]>([
    ['a', 'a\n', {}],
    ['a\n', 'a\n', {}],
    ['a\\\n', 'a\\\n', {}],
    ['"a\n', '"a\n', {}],
    ['"a\n', undefined, { enclose: '"' }],
    ['1,"a\n"', '1,"a\n"\n', { enclose: '"' }],
    ['1,"a"\n', '1,"a"\n', { enclose: '"' }],
    ['a\\\n', 'a\\\n\n', { escape: '\\' }],
    ['a\\\\\n', 'a\\\\\n', { escape: '\\' }],
    ['a\\', undefined, { escape: '\\' }],
  ])('makes %j into %j', (text, expected, layout) => {
    expect(endRows(text, { columnSeparator: ',', rowDelimiter: '\n', ...layout })?.text).toBe(expected);
  });
});

import { describe, expect, it } from 'vitest';
import { csvAttributeExpected } from '../../src/messages/csv-attribute.ts';
import { decodeMessage } from '../../src/messages/decode.ts';
import { parseOptions } from '../../src/options/parse.ts';
import { fitMessage } from '../../src/pipeline/fit-message.ts';
import type { Way } from '../../src/pipeline/way.ts';
import { splitCsvFields } from '../../src/rows/csv-fields.ts';
import { type CsvLayout, countCsvRows, splitCsvRows } from '../../src/rows/csv-rows.ts';
import { createChunkFitter } from '../../src/rows/fit-chunk.ts';
import { type DescribedColumn, fitTableOf } from '../../src/rows/fit-table.ts';
import { sqsRecord } from '../builders.ts';

const ofLoads: CsvLayout = { columnSeparator: '\t', rowDelimiter: '\n' };
const column = (name: string, type: string): DescribedColumn => ({
  ...{ name, type, nullable: true, key: false, generated: false, autoIncrement: false, default: undefined },
});
const columns = [column('id', 'int(11)'), column('name', 'varchar(20)'), column('doc', 'json')];

interface Given {
  readonly format?: 'json' | 'csv';
  readonly csv?: CsvLayout;
  readonly isKnown?: boolean;
}

/** Rows as they are loaded, and the columns that the load names; or why the message is not taken. */
async function loaded(
  body: string,
  attributes: Record<string, string>,
  { format = 'json', csv = ofLoads, isKnown = true }: Given = {},
) {
  const record = sqsRecord({ body, attributes: { format: 'csv', ...attributes } });
  const rules = { maxInflatedBytes: 1024, defaultFormat: undefined, csv, csvOfLoads: ofLoads, keepsBadRows: true };
  const decoded = decodeMessage(record, rules);
  if (!decoded.ok) return decoded.rejection;
  const [came] = decoded.chunks;
  const known = isKnown ? columns.map(({ name }) => name) : undefined;
  const rulesOfFit = {
    timeZone: 'UTC',
    epochUnit: undefined,
    isPartial: false,
    checksRows: true,
    unknownKeys: 'drop' as const,
  };
  const way: Way = {
    destination: { database: 'd', table: 't', headers: { format } },
    columns: came.columns ?? known,
    fitter: isKnown
      ? createChunkFitter(fitTableOf(columns, undefined, { ...rulesOfFit, now: () => 0 }), ofLoads)
      : undefined,
    ...{ narrower: new Map(), csvHeader: 'auto', known },
  };
  const ready = await fitMessage(came, way, ofLoads);
  if (!ready.ok) return ready.rejection;
  expect(ready.portions.every(({ chunk }) => chunk.csv === undefined || chunk.layout !== 'csv')).toBe(true);
  const [{ chunk, destination } = expect.fail()] = ready.portions;
  const bad = (chunk.badRows ?? []).map(({ code, reason }) => `${code} ${reason}`);
  return { rows: chunk.text.split('\n').filter(Boolean), columns: destination.headers['columns'], bad };
}

describe('a message that says how its CSV is written', () => {
  const csv = JSON.stringify({ column_separator: ',', enclose: '"' });

  it('is read so, and written as loads have it', async () => {
    const body = '1,"a, ""b""",\n2,"",\\N\n';
    expect(await loaded(body, { csv })).toMatchObject({
      rows: ['{"id":"1","name":"a, \\"b\\"","doc":null}', '{"id":"2","name":"","doc":null}'],
      bad: [],
    });
    expect(await loaded(body, { csv }, { format: 'csv' })).toMatchObject({
      rows: ['1\ta, "b"\t\\N', '2\t\t\\N'],
      bad: [],
    });
    expect(await loaded('1,"x"\n', { csv }, { format: 'csv', isKnown: false })).toMatchObject({ rows: ['1\tx'] });
  });

  it('loses only the rows that loads of CSV cannot carry, and says which', async () => {
    expect(await loaded('1,"a\tb",\n2,c,\n', { csv }, { format: 'csv' })).toMatchObject({
      rows: ['2\tc\t\\N'],
      bad: ['VALUE_NOT_ENCODABLE Row 1: Column name holds the column separator.'],
    });
  });

  it('says which texts are NULL; what is enclosed is none, but for \\N', async () => {
    const nulls = JSON.stringify({ column_separator: ',', enclose: '"', null: ['', 'NULL'] });
    expect(
      await loaded('1,NULL\n2,"NULL"\n3,\n4,"\\N"\n5,""\n', { csv: nulls, columns: 'id,name' }, { format: 'csv' }),
    ).toMatchObject({
      rows: ['1\t\\N', '2\tNULL', '3\t\\N', '4\t\\N', '5\t'],
    });
  });

  it('says whether its first line names the columns', async () => {
    const named = (header: string) => JSON.stringify({ column_separator: ',', header });
    const body = 'name,id\nx,1\n';
    expect(await loaded(body, { csv: named('yes') })).toMatchObject({ rows: ['{"name":"x","id":"1"}'] });
    expect(await loaded(body, { csv: named('no'), columns: 'name,id' })).toMatchObject({
      rows: ['{"name":"x","id":"1"}'],
      bad: [expect.stringContaining("column 'id': a text, expected a whole number")],
    });
  });

  it('says the first line of the file that its rows are from, which names the columns when the table has them', async () => {
    const from = (...first_line: string[]) => JSON.stringify({ column_separator: ',', first_line });
    const first = await loaded('name,id\nx,1\n', { csv: from('name', 'id') });
    const second = await loaded('y,2\n', { csv: from('name', 'id') });
    expect([first, second]).toMatchObject([{ rows: ['{"name":"x","id":"1"}'] }, { rows: ['{"name":"y","id":"2"}'] }]);
    expect(await loaded('5,z,\n', { csv: from('5', 'z', '') })).toMatchObject({
      rows: ['{"id":"5","name":"z","doc":null}'],
    });
  });

  it.each([
    ['no JSON', ','],
    ['an unknown word', '{"seperator":","}'],
    ['a delimiter that is none', '{"column_separator":""}'],
    ['a text where several are', '{"null":"NULL"}'],
  ])('is rejected for %s', async (_, text) => {
    expect(await loaded('1\n', { csv: text })).toEqual({
      code: 'MESSAGE_ATTRIBUTE_INVALID',
      detail: `The attribute csv is expected to be ${csvAttributeExpected}.`,
    });
  });

  it('is rejected for what contradicts itself', async () => {
    const text = JSON.stringify({ enclose: '"', escape: '"' });
    expect(await loaded('1\n', { csv: text })).toEqual({
      code: 'MESSAGE_ATTRIBUTE_INVALID',
      detail: 'The attribute csv contradicts itself. Enclose and escape are the same character.',
    });
  });
});

describe('options that say how CSV of messages is written', () => {
  it('hold for messages that say nothing', async () => {
    const nulls: CsvLayout = { ...ofLoads, nulls: ['-'] };
    expect(await loaded('1\t-\t\n2\tx\t\n', {}, { format: 'csv', csv: nulls })).toMatchObject({
      rows: ['1\t\\N\t\\N', '2\tx\t\\N'],
    });
  });

  it('take a list of texts, of which one may be empty', () => {
    const raw = { 'load-url': 'fe:8030', username: 'u', password: '', 'sink.tables.allow': 'd.*' };
    const parsed = parseOptions({ ...raw, 'sink.csv.null': '"",NULL, "n/a"' });
    expect(parsed).toMatchObject({ ok: true, options: { 'sink.csv.null': ['', 'NULL', 'n/a'] } });
  });
});

describe('spaces around fields', () => {
  const csv: CsvLayout = { columnSeparator: ',', rowDelimiter: '\n', enclose: '"', trims: true };

  it('are no data, and an enclose may stand behind them', () => {
    expect(splitCsvFields('  a b , "x, y" ,  ""  , \\N ', csv)).toEqual(['a b', 'x, y', '', null]);
    expect(splitCsvFields('  a b , c ', { ...csv, enclose: undefined })).toEqual(['a b', 'c']);
  });

  it('do not hide that a row goes on inside of what is enclosed', () => {
    const text = 'a, "b\nc"\nd,e\n';
    expect(splitCsvRows(text, csv)).toEqual(['a, "b\nc"', 'd,e']);
    expect([countCsvRows(text, csv), countCsvRows(text, { ...csv, trims: false })]).toEqual([2, 3]);
  });
});

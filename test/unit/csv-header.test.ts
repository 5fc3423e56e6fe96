import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../../src/messages/decode.ts';
import { type Chunk, newChunk } from '../../src/rows/chunk.ts';
import { takeHeader } from '../../src/rows/csv-header.ts';
import type { CsvHeader } from '../../src/rows/csv-rows.ts';
import { sqsRecord } from '../builders.ts';

const csv = { columnSeparator: ',', rowDelimiter: '\n', enclose: '"' };
const chunkOf = (text: string): Chunk => newChunk({ id: 'c', layout: 'csv', text, rows: text.split('\n').length - 1 });

describe('the header line of CSV', () => {
  const take = (text: string, header: CsvHeader = 'auto', known: string[] | undefined = ['id', 'name']) => {
    const taken = takeHeader(chunkOf(text), { mode: header }, known, csv);
    return taken && [taken.names.join(), taken.chunk.text, taken.chunk.rows, taken.chunk.bytes];
  };

  it('is one whose fields are all columns, in any order and case, with or without an operation', () => {
    expect(take('NAME,id\nAnn,1\n')).toEqual(['NAME,id', 'Ann,1\n', 1, 6]);
    expect(take('"id",__op\n1,0\n')).toEqual(['id,__op', '1,0\n', 1, 4]);
    expect(take('id,name\n')).toEqual(['id,name', '', 0, 0]);
  });

  it.each([
    ['a field is no column', 'id,city\n1,2\n'],
    ['a column comes twice', 'id,id\n1,2\n'],
    ['it could be the only value of a row', 'name\nAnn\n'],
  ])('is none when %s', (_, text) => {
    expect(take(text)).toBeUndefined();
  });

  it('is none when the columns are not known, or nobody wants one; and is what is said to be one', () => {
    expect(takeHeader(chunkOf('id,name\n1,2\n'), { mode: 'auto' }, undefined, csv)).toBeUndefined();
    expect(take('id,name\n1,2\n', 'no')).toBeUndefined();
    expect(take('a,b\n1,2\n', 'yes')).toEqual(['a,b', '1,2\n', 1, 4]);
  });
});

it('takes carriage returns at the ends of lines, and a byte order mark, for no data; but those that are enclosed', () => {
  const body = '\uFEFFDE,Berlin\r\n\r\n"a\r\nb",x\ry\r\nFR,Paris\r';
  const record = sqsRecord({ body, attributes: { format: 'csv' } });
  const decoded = decodeMessage(record, { maxInflatedBytes: 1024, defaultFormat: undefined, csv });
  expect(decoded).toMatchObject({ ok: true, chunks: [{ text: 'DE,Berlin\n"a\r\nb",x\ry\nFR,Paris\n', rows: 3 }] });
});

it('keeps a carriage return where lines end with something else', () => {
  const record = sqsRecord({ body: 'a\r\n|b\r', attributes: { format: 'csv' } });
  const layout = { columnSeparator: ',', rowDelimiter: '|' };
  const decoded = decodeMessage(record, { maxInflatedBytes: 1024, defaultFormat: undefined, csv: layout });
  expect(decoded).toMatchObject({ ok: true, chunks: [{ text: 'a\r\n|b\r|', rows: 2 }] });
});

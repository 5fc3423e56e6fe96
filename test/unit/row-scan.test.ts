import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowFitter } from '../../src/rows/fit-row.ts';
import { type DescribedColumn, fitTableOf } from '../../src/rows/fit-table.ts';
import { readJsonRows } from '../../src/rows/json-rows.ts';
import { RowScan } from '../../src/rows/row-scan.ts';
import { RowWatch } from '../../src/rows/row-watch.ts';
import { scanRowsSource } from '../../src/rows/scan-rows-wasm.ts';
import { runs } from '../property-runs.ts';

const column = (name: string, type: string): DescribedColumn => ({
  ...{ name, type, nullable: true, key: false, generated: false, autoIncrement: false, default: undefined },
});
const table = fitTableOf([column('id', 'bigint(20)'), column('name', 'varchar(30)')], undefined, {
  ...{ timeZone: 'UTC', epochUnit: undefined, isPartial: false, checksRows: true, unknownKeys: 'drop', now: () => 0 },
});

/** Rows of which a few thousand characters hold some dozens: those that the scanner knows, and those that it does not, or only for no table. */
const usual = fc
  .tuple(fc.integer(), fc.constantFrom('', 'a name that is not short', 'é', '名字', '😀', '"', '\\', '\n'))
  .map(([id, name]) => JSON.stringify({ id, name }));
const unusual = fc.constantFrom('{"id":[1]}', '{"name":"x","id":2}', '{"id":1,"name":"\\u0041"}', '{ "id": 1}', '{}');
const noRow = fc.constantFrom('{"id":}', 'x', '5', '{"id":1}x', '{"id":1}]', '{"id":01}', '{"id":1,"name":"a\tb"}');
const runOf = (row: fc.Arbitrary<string>, maxLength: number) =>
  fc.tuple(row, fc.integer({ min: 1, max: maxLength })).map(([text, times]) => Array<string>(times).fill(text));
const good = fc.array(fc.oneof({ arbitrary: runOf(usual, 400), weight: 6 }, runOf(unusual, 6)), { maxLength: 30 });
const mixed = fc.array(fc.oneof({ arbitrary: runOf(usual, 400), weight: 8 }, runOf(unusual, 6), runOf(noRow, 3)), {
  maxLength: 30,
});

/** Rows as they are told apart one by one. */
function oneByOne(rows: readonly string[]) {
  const bad = rows.flatMap((text, row) => (parses(text) ? [] : [{ row, text }]));
  return { rows: rows.length - bad.length, bad };
}

function parses(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

const read = (text: string, watch?: RowWatch) => {
  const found = readJsonRows(text, undefined, watch);
  if (!found.ok) throw new Error(found.rejection.detail);
  return found;
};

describe('rows that are scanned many at a time', () => {
  it('of lines are the rows that they are one by one, wherever a piece of the text ends', () => {
    fc.assert(
      fc.property(mixed, (groups) => {
        const rows = ['{"id":0}', ...groups.flat()];
        const found = read(rows.join('\n'));
        const bad = found.badRows.map(({ row, text }) => ({ row, text }));
        expect({ rows: found.rows, bad }).toEqual(oneByOne(rows));
        if (bad.length > 0) return;
        expect(found.text).toBe(rows.join('\n'));
        expect(found.bytes ?? Buffer.byteLength(found.text)).toBe(Buffer.byteLength(found.text));
      }),
      { numRuns: runs(100) },
    );
  });

  it('of an array are all of its elements', () => {
    fc.assert(
      fc.property(good, fc.constantFrom(',', ', ', '\n,\n', ',\r\n  '), (groups, between) => {
        const rows = ['{"id":0}', ...groups.flat()];
        const found = read(`[${rows.join(between)}]`);
        expect([found.rows, found.badRows]).toEqual([rows.length, []]);
        expect(found.text).toBe(rows.join(between));
        expect(found.bytes ?? Buffer.byteLength(found.text)).toBe(Buffer.byteLength(found.text));
      }),
      { numRuns: runs(100) },
    );
  });

  it('of a table are counted by their keys as they are one by one', () => {
    fc.assert(
      fc.property(good, fc.boolean(), fc.boolean(), (groups, isArray, isKnown) => {
        const rows = groups.flat();
        fc.pre(rows.length > 1);
        const text = isArray ? `[${rows.join(',')}]` : rows.join('\n');
        const [fitter, other] = [new RowFitter(table), new RowFitter(table)];
        // They know the keys from a message before.
        if (isKnown) for (const each of [fitter, other]) each.look({ id: 1, name: '' }, '{"id":1,"name":""}');
        const [many, single] = [new RowWatch(fitter, text), new RowWatch(other, text)];
        const found = read(text, many);
        expect(found.bytes ?? Buffer.byteLength(found.text)).toBe(Buffer.byteLength(found.text));
        for (const row of rows) single.see(JSON.parse(row), row);
        const countsOf = (watch: RowWatch, of: RowFitter) =>
          watch.saw(found.text) &&
          [...(watch.shapesOf(found.text, of) ?? [])].map(([{ keys }, count]) => [keys.join(), count]).sort();
        expect([found.rows, countsOf(many, fitter)]).toEqual([rows.length, countsOf(single, other)]);
      }),
      { numRuns: runs(200) },
    );
  });

  it.each([
    ['a bracket too many', '[{"id":1}]]'],
    ['a comma that nothing follows', '[{"id":1},]'],
    ['no end', '[{"id":1},{"id":2}'],
    ['an object that does not end', '[{"id":1},{"id":2]'],
    ['text behind it', '[{"id":1}] x'],
  ])('of an array with %s are not taken for all that is there', (_, text) => {
    const found = readJsonRows(text);
    expect(found.ok && found.badRows.length === 0).toBe(false);
  });

  it('are the rows of several arrays, too', () => {
    expect(read('[{"id":1}] [{"id":2}]')).toMatchObject({ rows: 2, text: '{"id":1},{"id":2}' });
  });

  it('go on where a row ended, also when another text was scanned meanwhile', () => {
    const rows = ['{"id":1}', '{"id":[1]}', '{"id":2}', '{"id":3}'];
    const scan = new RowScan(rows.join('\n'), 'lines');
    expect(scan.take(0, undefined)).toEqual({ rows: 1, until: 9, isOver: false });
    expect(new RowScan('[]\n'.repeat(20), 'lines').take(0, undefined)).toEqual({ rows: 0, until: 0, isOver: false });
    expect(scan.take(20, undefined)).toEqual({ rows: 2, until: 37, isOver: true });
  });
});

it('is made of the source that stands there', () => {
  const source = readFileSync(new URL('../../src/rows/assembly/scan-rows.ts', import.meta.url));
  expect(hash('sha256', source), 'The scanner changed: run npm run build:scanner').toBe(scanRowsSource);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowFitter } from '../../src/rows/fit-row.ts';
import { shapeOf } from '../../src/rows/fit-shape.ts';
import { type DescribedColumn, type FitRules, fitTableOf } from '../../src/rows/fit-table.ts';
import { jsonRowProblem } from '../../src/rows/json-row.ts';
import { bytesOfUnit } from '../../src/rows/look-at-row.ts';
import type { RowForm } from '../../src/rows/row-form.ts';
import { FlatRows, rowsBefore } from '../../src/rows/row-pattern.ts';
import { RowScan } from '../../src/rows/row-scan.ts';
import { runs } from '../property-runs.ts';

const rules: FitRules = {
  ...{ timeZone: 'UTC', epochUnit: undefined, isPartial: false, checksRows: true, unknownKeys: 'drop' },
  now: () => 0,
};
const column = (name: string, type: string, nullable = true): DescribedColumn => ({
  ...{ name, type, nullable, key: false, generated: false, autoIncrement: false, default: undefined },
});
const tableOf = (...columns: DescribedColumn[]) => fitTableOf(columns, undefined, rules);

type Asker = (text: string) => boolean;

/** Ask, of rows with these keys, the pattern, once it is asked at all, and the scanner. */
const askers: Readonly<Record<string, (keys: readonly string[], table: ReturnType<typeof tableOf>) => Asker>> = {
  'a pattern': (keys, table) => {
    const { pattern } = shapeOf(keys, table, undefined);
    for (let row = 0; row < rowsBefore; row++) pattern?.matches('', 1);
    return (text) => pattern?.matches(text, bytesOfUnit(text, Buffer.byteLength(text))) ?? false;
  },
  'the scanner': (keys, table) => {
    const form = shapeOf(keys, table, undefined).form();
    return (text) => form !== undefined && isScanned(text, form);
  },
};

function isScanned(text: string, form: RowForm | undefined): boolean {
  const { rows, isOver } = new RowScan(text, 'lines').take(0, form);
  return rows === 1 && isOver;
}

const askersOfAny: Readonly<Record<string, Asker>> = {
  'a pattern': (text) => new FlatRows().knows(text),
  'the scanner': (text) => isScanned(text, undefined),
};

const number = fc.oneof(
  fc.integer({ min: -200, max: 200 }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const text = fc.oneof(fc.string({ maxLength: 5 }), fc.string({ unit: 'binary', maxLength: 3 }), fc.constant('\n"\\'));
const moment = fc.constantFrom('2024-02-29', '2024-02-28', '2024-03-05 12:00:00', '2024-03-05T12:00:00.25', '2024');
/** Values that columns of some types often have. */
const usual: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  ...{ 'tinyint(1)': fc.constantFrom(true, 0, 1, 2), 'tinyint(4)': number, 'int(11)': number, 'bigint(20)': number },
  ...{ 'bigint(20) unsigned': number, float: number, double: number, 'decimal(10, 2)': number },
  ...{ 'decimal(5, 5)': fc.constantFrom(0, 0.5, 0.123456, 1), 'varchar(3)': text, 'varchar(65533)': text },
  ...{
    date: moment,
    datetime: moment,
    variant: fc.oneof(number, text),
    json: number,
    'array<int(11)>': fc.array(number),
  },
};
const any = fc.oneof(number, text, moment, fc.constantFrom(null, true, false, {}, [1]));
const typed = fc
  .constantFrom(...Object.keys(usual))
  .chain((type) =>
    fc.tuple(fc.constant(type), fc.oneof({ arbitrary: usual[type] ?? any, weight: 8 }, { arbitrary: any, weight: 1 })),
  );
/** The types of some columns, and JSON of a row of them, which may be broken at one place. */
const rowOfTypes = fc
  .tuple(
    ...[fc.array(typed, { minLength: 1, maxLength: 4 }), fc.constantFrom('', ' '), fc.nat(), fc.nat({ max: 3 })],
    fc.constantFrom('"', '\\', ',', '}', '{', '0', '.', 'e1', '\n', ' ', '\u0000', '\\u0041', '\\ud800', 'null'),
  )
  .map(([columns, space, at, whole, more]) => {
    const json = `{${columns.map(([, each], key) => `"c${key}":${space}${JSON.stringify(each)}`).join(`,${space}`)}}`;
    const place = at % (json.length + 1);
    return {
      types: columns.map(([type]) => type),
      json: whole === 0 ? json.slice(0, place) + more + json.slice(place) : json,
    };
  });

describe.each(Object.entries(askersOfAny))('%s', (_, knows) => {
  it('of any row knows nothing that is not taken when it is parsed', () => {
    let known = 0;
    fc.assert(
      fc.property(rowOfTypes, ({ json }) => {
        if (!knows(json)) return;
        known++;
        expect(jsonRowProblem(json)).toBeUndefined();
      }),
      { numRuns: runs(5000) },
    );
    expect(known).toBeGreaterThan(runs(500));
  });
});

describe.each(Object.entries(askers))('%s', (_, askerOf) => {
  it('of the rows of a table knows nothing that does not fit as it stands', () => {
    let known = 0;
    fc.assert(
      fc.property(rowOfTypes, ({ types, json }) => {
        const table = tableOf(...types.map((type, at) => column(`c${at}`, type, at % 2 === 0)));
        const names = types.map((_, at) => `c${at}`);
        if (!askerOf(names, table)(json)) return;
        known++;
        expect(jsonRowProblem(json)).toBeUndefined();
        const row = JSON.parse(json);
        expect(Object.keys(row)).toEqual(names);
        expect(new RowFitter(table).fit(row, json)).toMatchObject({ ok: true, text: json, deletes: false });
      }),
      { numRuns: runs(10_000) },
    );
    expect(known).toBeGreaterThan(runs(200));
  });

  it.each<[string, string[], string[]]>([
    ['tinyint(1)', ['true', '0', 'null'], ['"true"', '2']],
    ['tinyint(4)', ['99', '-99'], ['128', '1.0', '"1"']],
    ['int(11)', ['0', '-5', '999999999'], ['2147483648', '01', '1e3']],
    ['bigint(20)', ['999999999999999999'], ['9999999999999999999']],
    ['double', ['1.5', '-0.25'], ['"1"', 'NaN', '.5']],
    ['decimal(10, 2)', ['12345678.25', '0'], ['123456789', '1.255']],
    ['varchar(5)', ['"abcde"', '"a\\n\\"bc"', '""'], ['"abcdef"', '"éèêë"', '"\\u0041"', '5']],
    ['date', ['"2024-02-28"'], ['"2024-02-30"', '"2024-2-28"', '20240228']],
    ['datetime', ['"2024-02-28"', '"2024-02-28T10:00:00.123456"'], ['"2024-02-28T10:00:00Z"', '"2024-02-28 24:00:00"']],
    ['variant', ['1', '"x"', 'true'], ['{}']],
    ['json', [], ['1', '{}']],
  ])('knows %s', (type, sure, unsure) => {
    const table = tableOf(column('c', type));
    const knownOf = (values: readonly string[]) => values.filter((each) => askerOf(['c'], table)(`{"c":${each}}`));
    expect([knownOf(sure), knownOf(unsure)]).toEqual([sure, []]);
  });

  it('wants no NULL where none may be, and no operation but to write', () => {
    const table = tableOf(column('c', 'variant', false));
    expect(['{"c":1}', '{"c":null}'].map(askerOf(['c'], table))).toEqual([true, false]);
    expect(['{"c":1,"x":null}'].map(askerOf(['c', 'x'], table))).toEqual([true]);
    const knows = askerOf(['c', '__op'], table);
    expect(['{"c":1,"__op":0}', '{"c":1,"__op":1}'].map(knows)).toEqual([true, false]);
  });

  it('takes a key for what it is, and knows none that may hold half a character', () => {
    const knows = askerOf(['a.c', 'x'], tableOf(column('x', 'int(11)')));
    expect(['{"a.c":1,"x":1}', '{"abc":1,"x":1}'].map(knows)).toEqual([true, false]);
    expect(askerOf(['x', '\ud800'], tableOf(column('x', 'int(11)')))('{"x":1,"\\ud800":1}')).toBe(false);
  });

  it.each([10, 300])('of %i columns looks at a row once, also at one that does not match', (width) => {
    const names = Array.from({ length: width }, (_, at) => `measurement_${at}`);
    const knows = askerOf(names, tableOf(...names.map((name) => column(name, 'varchar(100)'))));
    const row = (last: unknown) =>
      JSON.stringify(Object.fromEntries(names.map((name, at) => [name, at === width - 1 ? last : 'x'.repeat(90)])));
    expect([row('x'), row(5), row('x'), row('x'.repeat(101))].map(knows)).toEqual([true, false, true, false]);
  });
});

describe('a pattern', () => {
  it('is not asked of a row of very many keys', () => {
    const rows = new FlatRows();
    const wide = Object.fromEntries(Array.from({ length: 500_000 }, (_, at) => [`k${at}`, at]));
    rows.see(wide);
    expect(rows.knows(JSON.stringify(wide))).toBe(false);
  });

  it('is not asked any more of rows that it never knows', () => {
    const rows = new FlatRows();
    expect(rows.knows('{"a":1}')).toBe(true);
    for (let row = 0; row < 4; row++) expect(rows.knows('{"a":[1]}')).toBe(false);
    expect(rows.knows('{"a":1}')).toBe(false);
    for (let row = 0; row < 300; row++) rows.knows('{"a":1}');
    expect(rows.knows('{"a":1}')).toBe(true);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Chunk, newChunk } from '../../src/rows/chunk.ts';
import { createChunkFitter } from '../../src/rows/fit-chunk.ts';
import { csvForm } from '../../src/rows/fit-csv.ts';
import { type DescribedColumn, type FitRules, fitTableOf } from '../../src/rows/fit-table.ts';
import { formRows } from '../../src/rows/form-rows.ts';
import { fieldsOf, writeFields } from '../../src/rows/json-fields.ts';

const csv = { columnSeparator: ',', rowDelimiter: '\n' };
const column = (name: string, type: string, more: Partial<DescribedColumn> = {}): DescribedColumn => ({
  ...{ name, type, nullable: true, key: false, generated: false, autoIncrement: false, default: undefined },
  ...more,
});
const person = [
  column('id', 'bigint(20)', { nullable: false, key: true }),
  column('name', 'varchar(10)'),
  column('age', 'int(11)'),
  column('state', 'varchar(10)', { nullable: false, default: 'new' }),
];
const rules: FitRules = {
  ...{ timeZone: 'UTC', epochUnit: undefined, isPartial: false, checksRows: true, unknownKeys: 'drop' },
  now: () => Date.UTC(2024, 2, 5, 12),
};

function fitterOf(columns: readonly DescribedColumn[] = person, changed: Partial<FitRules> = {}, key = ['id']) {
  return createChunkFitter(fitTableOf(columns, key.length > 0 ? key : undefined, { ...rules, ...changed }), csv);
}

const lines = (text: string, more: Partial<Chunk> = {}) =>
  newChunk({ id: '1709640000000-m1', layout: 'lines', text, rows: text.split('\n').length, ...more });

/** The rows of each part, and the columns that it names. */
function fitted(text: string, changed: Partial<FitRules> = {}, columns = person, key = ['id'], attribute?: string[]) {
  const { parts, ...keys } = fitterOf(columns, changed, key).fitJson(lines(text, { columns: attribute }));
  return {
    parts: parts.map(({ chunk, columns: named }) => [named?.join(), ...chunk.text.split('\n')]),
    reasons: parts.flatMap(({ chunk }) => chunk.badRows ?? []).map(({ row, reason }) => `${row} ${reason}`),
    ids: parts.map(({ chunk }) => chunk.id),
    keys,
  };
}

describe('the columns of a load', () => {
  it('are those that rows may hold, without a DEFAULT that no row holds', () => {
    expect(fitted('{"id":1,"name":"Ann"}').parts).toEqual([['id,name,age', '{"id":1,"name":"Ann"}']]);
  });

  it('name a DEFAULT that some row holds, and the others get it written', () => {
    expect(fitted('{"id":1}\n{"id":2,"state":"old"}').parts).toEqual([
      ['id,name,age,state', '{"id":1,"state":"new"}', '{"id":2,"state":"old"}'],
    ]);
  });

  it('are never those that StarRocks computes or numbers', () => {
    const columns = [
      column('n', 'bigint(20)', { nullable: false, autoIncrement: true }),
      column('v', 'int(11)'),
      column('g', 'int(11)', { generated: true }),
    ];
    expect(fitted('{"v":1,"g":5}\n{"v":2,"n":null}', {}, columns, []).parts).toEqual([
      ['v', '{"v":1,"g":5}', '{"v":2}'],
    ]);
  });

  it('are only those that the rows hold when all would be too long for a header, and none when these are, too', () => {
    const wide = Array.from({ length: 600 }, (_, at) => column(`measurement_channel_${at}`, 'int(11)'));
    expect(fitted('{"measurement_channel_3":5}', {}, wide, []).parts).toEqual([
      ['measurement_channel_3', '{"measurement_channel_3":5}'],
    ]);
    const full = JSON.stringify(Object.fromEntries(wide.map(({ name }) => [name, 1])));
    expect(fitted(full, {}, wide, []).parts).toEqual([[undefined, full]]);
  });

  it('are those that the attribute says', () => {
    expect(fitted('{"id":1,"name":"Ann","age":3}', { isPartial: true }, person, ['id'], ['ID', 'age']).parts).toEqual([
      ['id,age', '{"id":1,"name":"Ann","age":3}'],
    ]);
  });

  it.each(['CURRENT_TIMESTAMP', 'now()', 'CURRENT_TIMESTAMP(6)'])('get the moment for the DEFAULT %s', (byDefault) => {
    const columns = [column('id', 'int(11)'), column('at', 'datetime', { default: byDefault })];
    expect(fitted('{"id":1}\n{"id":2,"at":null}', {}, columns, []).parts).toEqual([
      ['id,at', '{"id":1,"at":"2024-03-05 12:00:00"}', '{"id":2,"at":null}'],
    ]);
  });
});

describe('a partial update', () => {
  const partial = { isPartial: true };

  it('loads rows that hold other columns apart, each under an identity of its own that tells the same time', () => {
    const { parts, ids } = fitted('{"id":1,"age":31}\n{"id":2,"name":"Bo"}\n{"id":3,"age":5}', partial);
    expect(parts).toEqual([
      ['id,age', '{"id":1,"age":31}', '{"id":3,"age":5}'],
      ['id,name', '{"id":2,"name":"Bo"}'],
    ]);
    expect(new Set(ids).size).toBe(2);
    expect(ids.every((id) => id.startsWith('1709640000000-m1'))).toBe(true);
  });

  it('keeps the identity of a message whose rows all hold the same', () => {
    expect(fitted('{"id":1,"age":31}\n{"age":5,"id":2}', partial).ids).toEqual(['1709640000000-m1']);
  });

  it('makes one row of rows of one key that hold different columns, with the last value of each', () => {
    const { parts } = fitted('{"id":1,"age":1}\n{"id":1,"name":"Bo"}\n{"id":"1","age":2}', partial);
    expect(parts).toEqual([['id,name,age', '{"id":"1","age":2,"name":"Bo"}']]);
  });

  it('refuses what follows a delete of its key in the same message', () => {
    const { parts, reasons } = fitted('{"id":1,"__op":1}\n{"id":1,"age":2}', partial);
    expect(parts).toEqual([['id', '{"id":1,"__op":1}']]);
    expect(reasons).toEqual([expect.stringContaining('1 Row 2: it changes some columns of a key')]);
  });

  it('needs the key', () => {
    expect(fitted('{"age":2}', partial).reasons).toEqual(["0 Row 1: column 'id' of the key is absent."]);
  });
});

describe('keys', () => {
  it('match columns whatever their case is, and are told', () => {
    const { parts, keys } = fitted('{"ID":1,"Name":"Ann","AGE":10000000000000000000000e-21}');
    expect(parts).toEqual([['id,name,age', '{"id":1,"name":"Ann","age":10}']]);
    expect([...keys.misspelt]).toEqual(['ID', 'Name', 'AGE']);
  });

  it('that no column has are left to be left out, and are told', () => {
    const { parts, keys } = fitted('{"id":1,"mood":"good"}\n{"id":2}');
    expect(parts).toEqual([['id,name,age', '{"id":1,"mood":"good"}', '{"id":2}']]);
    expect([[...keys.unknown], keys.rowsWithUnknown]).toEqual([['mood'], 1]);
  });

  it('that no column has make a bad row when that is asked for', () => {
    expect(fitted('{"id":1,"mood":"good"}', { unknownKeys: 'reject' }).reasons).toEqual([
      '0 Row 1: 1 keys are no columns, the first is "mood".',
    ]);
  });

  it.each([
    ['{}', 'an object without keys'],
    ['{"a":1}', 'none of its keys is a column'],
    ['{"__op":0}', 'none of its keys is a column'],
    ['{"id":1,"Id":2}', "column 'id' has two keys that differ in their case only"],
    ['{"name":"x"}', "column 'id' is NOT NULL without a DEFAULT, and is absent"],
    ['{"id":null}', "column 'id': NULL, and the column is NOT NULL"],
    ['{"id":1,"name":"12345678901"}', "column 'name': 11 bytes, expected at most 10"],
    ['{"id":1,"age":1.00000000000000000001}', "column 'age': a fraction, expected a whole number"],
    ['{"id":1,"__op":2}', '__op is 2, expected 0 or "upsert", 1 or "delete"'],
    ['{"id":1,"__op":"remove"}', '__op is "remove", expected 0 or "upsert", 1 or "delete"'],
  ])('and values of %s make a bad row, which keeps its place and text', (row, reason) => {
    const { parts, reasons } = fitted(`{"id":7}\n${row}\n{"id":8}`);
    expect(parts).toEqual([['id,name,age', '{"id":7}', '{"id":8}']]);
    expect(reasons).toEqual([`1 Row 2: ${reason}.`]);
  });

  it('and values of a message with rows that were bad before keep their places beside them', () => {
    const badRows = [{ row: 0, code: 'ROW_NOT_JSON', reason: 'Row 1: no.', text: 'x' } as const];
    const { parts } = fitterOf().fitJson(lines('{"id":1}\n{}', { badRows }));
    expect(parts[0]?.chunk.badRows?.map(({ row, code }) => [row, code])).toEqual([
      [0, 'ROW_NOT_JSON'],
      [2, 'VALUE_UNFIT'],
    ]);
  });

  it('pass with values that are unfit when rows are not checked', () => {
    const text = '{"id":1,"age":"x"}\n{"id":2,"age":1.5}';
    expect(fitted(text, { checksRows: false }).parts).toEqual([['id,name,age', ...text.split('\n')]]);
  });
});

describe('operations', () => {
  it.each([
    ['"upsert"', 0],
    ['null', 0],
    ['"0"', 0],
    ['"DELETE"', 1],
    ['"1"', 1],
  ])('written as %s are written as StarRocks reads them', (written, operation) => {
    const { parts } = fitted(`{"id":1,"state":"x","__op":${written}}`);
    expect(parts[0]?.[1]).toBe(`{"id":1,"state":"${operation === 1 ? '' : 'x'}","__op":${operation}}`);
  });

  it('that delete need only the key, whatever else the row holds', () => {
    const columns = [...person, column('must', 'date', { nullable: false })];
    const { parts } = fitted('{"id":1,"age":"nonsense","__op":1}\n{"id":2,"__op":1}', {}, columns);
    const filled = '"state":"","must":"1970-01-01","__op":1}';
    expect(parts).toEqual([['id,name,age,state,must', `{"id":1,${filled}`, `{"id":2,${filled}`]]);
  });

  it('that delete make a bad row in a table without a primary key', () => {
    expect(fitted('{"id":1,"__op":1}', {}, person, []).reasons).toEqual([
      '0 Row 1: __op deletes, and the table is none with a primary key.',
    ]);
  });
});

describe('CSV', () => {
  const fitted = (text: string) => {
    const chunk = newChunk({ id: 'c', layout: 'csv', text, rows: text.split('\n').length - 1 });
    const { table } = fitterOf([...person, column('at', 'datetime')]);
    const form = csvForm({ layout: csv, names: ['ID', 'name', 'age', 'at'], table }, csv);
    const { good, bad } = formRows(chunk, form ?? ((row) => ({ ok: true, text: row })), csv);
    return { text: good.map((row) => `${row.text}\n`).join(''), rows: good.length, badRows: bad };
  };

  it('keeps its text when it fits', () => {
    const text = '1,Ann,3,2024-03-05 00:00:00\n2,,\\N,\\N\n';
    expect(fitted(text).text).toBe(text);
  });

  it('has NULL where a number or a date is empty, and the moment where a date has a zone', () => {
    expect(fitted('1,,,\n2,x,3,2024-03-05T12:00:00+01:00\n').text).toBe('1,,\\N,\\N\n2,x,3,2024-03-05 11:00:00\n');
  });

  it('parts rows that do not fit from the others', () => {
    const { text, rows, badRows } = fitted('1,a,3,\\N\n,b,3,\\N\n2,c,x,\\N\n3,d\n');
    expect([text, rows]).toEqual(['1,a,3,\\N\n', 1]);
    expect(badRows?.map(({ reason }) => reason)).toEqual([
      "Row 2: column 'id': NULL, and the column is NOT NULL.",
      "Row 3: column 'age': a text, expected a whole number.",
      'Row 4: 2 fields, expected 4.',
    ]);
  });
});

it('reads the members of any object as they are written', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(3), (object, space) => {
      const fields = fieldsOf(JSON.stringify(object, null, space));
      expect(JSON.parse(writeFields(fields))).toEqual(JSON.parse(JSON.stringify(object)));
    }),
  );
});

describe('rows of change events', () => {
  const columns = [...person.slice(0, 2), column('at', 'datetime'), column('must', 'varchar(10)', { nullable: false })];
  const partsOf = (text: string, more: Partial<Chunk>) => {
    const { parts } = fitterOf(columns, { timeZone: 'Asia/Shanghai' }).fitJson(lines(text, more));
    return parts.map(({ chunk, columns: named }) => [named?.join(), ...chunk.text.split('\n')]);
  };

  it('that came without a schema are of UTC', () => {
    const row = (at: string) => `{"id":1,"name":"a","at":"${at}","must":"x"}`;
    expect(partsOf(row('2024-02-29T12:34:56Z'), { isUntyped: true })).toEqual([
      ['id,name,at,must', row('2024-02-29 12:34:56')],
    ]);
  });

  it('that lack columns leave them as they are, beside rows that have all', () => {
    const whole = '{"id":1,"name":"a","at":null,"must":"x","__op":0}';
    expect(partsOf(`${whole}\n{"id":2,"name":"b","__op":0}`, { isPartial: true })).toEqual([
      ['id,name,at,must', whole],
      ['id,name', '{"id":2,"name":"b","__op":0}'],
    ]);
  });

  it('that have all columns may follow a delete of their key', () => {
    const deleted = '{"id":1,"__op":1}';
    const whole = '{"id":1,"name":"a","at":null,"must":"x","__op":0}';
    const some = '{"id":2,"name":"b","__op":0}';
    expect(partsOf([deleted, whole, some].join('\n'), { isPartial: true })).toEqual([
      ['id,name,at,must', whole],
      ['id,name', some],
    ]);
  });
});

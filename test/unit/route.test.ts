import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsProblem, createRouter, destinationOf, type RouteRules } from '../../src/messages/route.ts';
import { columnsInHeader, destinationKey } from '../../src/rows/destination.ts';
import { nameProblem } from '../../src/rows/names.ts';
import { chunk, destination } from '../builders.ts';

const defaults: RouteRules = { database: 'shop', table: 'orders', allow: [], properties: {} };

function route(rules: Partial<RouteRules>, database?: string, table?: string) {
  const routed = createRouter({ ...defaults, ...rules })(chunk({ database, table }));
  return routed.ok ? `${routed.target.database}.${routed.target.table}` : routed.rejection.code;
}

describe('createRouter', () => {
  it('sends what names no table to the default table', () => {
    expect(route({})).toBe('shop.orders');
    expect(route({}, 'shop')).toBe('shop.orders');
    expect(route({}, undefined, 'orders')).toBe('shop.orders');
  });

  it('has no table for what names none when there is no default', () => {
    expect(route({ table: undefined })).toBe('TABLE_MISSING');
    expect(route({ database: undefined, table: undefined, allow: ['*.*'] }, undefined, 'orders')).toBe('TABLE_MISSING');
  });

  it.each<[readonly string[], string, string, boolean]>([
    [[], 'shop', 'people', false],
    [['shop.people'], 'shop', 'people', true],
    [['shop.people'], 'shop', 'people2', false],
    [['shop.people'], 'myshop', 'people', false],
    [['shop.people'], 'shopxpeople', 'orders', false],
    [['shop.p*'], 'shop', 'people', true],
    [['shop.*'], 'shop2', 'people', false],
    [['*'], 'any', 'thing', true],
    [['*.people'], 'any', 'people', true],
    [['*.people'], 'any', 'my.people', false],
    [['sales.*'], 'sales.secret', 'salaries', false],
    [['shop.(people|stock)'], 'shop', 'people', false],
    [['shop.p+'], 'shop', 'ppp', false],
    [['SHOP.*'], 'shop', 'people', false],
    [['a.b', 'shop.people'], 'shop', 'people', true],
    [['shop'], 'shop', 'people', false],
  ])('allows %j %s.%s: %s', (allow, database, table, isAllowed) => {
    expect(route({ allow }, database, table)).toBe(isAllowed ? `${database}.${table}` : 'TABLE_NOT_ALLOWED');
  });

  const badNames = [
    '',
    '.',
    '..',
    'a..b',
    '../x',
    'a/b',
    'a\\b',
    'a\rb',
    'a\nb',
    'a\u0000b',
    'a\u0085b',
    'a\u2028b',
    'a b',
    'a`b',
    "a'b",
    'a"b',
    'a;b',
    'a,b',
    'a?b',
    'a#b',
    'a%2fb',
    'a*',
    'a\u202eb',
    'a\ud800',
    'x'.repeat(257),
  ];

  it.each(badNames)('refuses %j as database, table and column, whatever is allowed', (name) => {
    expect(route({ allow: ['*'] }, name, 'orders')).toBe('NAME_INVALID');
    expect(route({ allow: ['*'] }, 'shop', name)).toBe('NAME_INVALID');
    expect(createRouter(defaults)(chunk({ columns: ['id', name] }))).toMatchObject({
      ok: false,
      rejection: { code: 'NAME_INVALID' },
    });
  });

  it('repeats no more than the beginning of a bad name, with nothing that breaks a line', () => {
    const routed = createRouter(defaults)(chunk({ table: `\r\n${'x'.repeat(5000)}` }));
    const detail = routed.ok ? '' : routed.rejection.detail;
    expect(detail).not.toMatch(/[\r\n]/);
    expect(detail.length).toBeLessThan(200);
  });

  it.each(['orders', 'Bestellungen_2026', '订单', 'naïve', 'a-b', 'a.b', 'x'.repeat(256)])(
    'takes the name %j',
    (name) => {
      expect(nameProblem(name)).toBeUndefined();
    },
  );

  it('lets no name through that is another after percent-encoding and decoding, or that leaves its place in a path', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        if (nameProblem(name) !== undefined) return;
        const url = new URL(`http://fe:8030/api/${encodeURIComponent(name)}/t/_stream_load`);
        expect(url.pathname.split('/')).toHaveLength(5);
        expect(decodeURIComponent(url.pathname.split('/')[2] ?? '')).toBe(name);
        expect(name).not.toMatch(/[\r\n`]/);
      }),
    );
  });
});

describe('destinationOf', () => {
  const target = { database: 'shop', table: 'orders' };
  const headersOf = (
    parts: Parameters<typeof chunk>[0],
    properties: Record<string, string> = {},
    schema?: readonly string[],
  ) => destinationOf(target, chunk(parts), { ...defaults, properties }, shapeOf(schema)).headers;

  const shapeOf = (columns: readonly string[] | undefined) => columns && { columns, primaryKey: undefined };

  it('keeps the format that rows came in, unless another is asked for', () => {
    expect(headersOf({ layout: 'lines' })).toEqual({ format: 'json' });
    expect(headersOf({ layout: 'items' })).toEqual({ format: 'json' });
    expect(headersOf({ layout: 'csv' })).toEqual({ format: 'csv' });
    expect(headersOf({ layout: 'csv' }, { format: 'json' })).toEqual({ format: 'json' });
  });

  it('names the columns of the schema, in back-ticks', () => {
    expect(headersOf({ layout: 'lines' }, {}, ['id', 'order'])).toEqual({ format: 'json', columns: '`id`,`order`' });
    expect(headersOf({ layout: 'csv' }, {}, ['id', 'order'])).toEqual({ format: 'csv', columns: '`id`,`order`' });
  });

  it('names the columns that a CSV message names, before those of the schema', () => {
    expect(headersOf({ layout: 'csv', columns: ['order', 'id'] }, {}, ['id', 'order'])).toMatchObject({
      columns: '`order`,`id`',
    });
  });

  it('leaves columns to the option that sets them, except those that a CSV message names', () => {
    expect(headersOf({ layout: 'csv' }, { columns: 'a, c=a+1' }, ['id'])).toMatchObject({ columns: 'a, c=a+1' });
    expect(headersOf({ layout: 'csv', columns: ['b', 'a'] }, { columns: 'a,b' }, ['id'])).toMatchObject({
      columns: '`b`,`a`',
    });
    const asJson = { format: 'json', columns: 'a, b' };
    expect(headersOf({ layout: 'csv', columns: ['b', 'a'] }, asJson, ['id'])).toMatchObject({ columns: 'a, b' });
  });

  it.each<[string, readonly string[], string, boolean]>([
    ['csv', ['b', 'a'], 'a, `b`', true],
    ['csv', ['a', 'b'], 'a', false],
    ['csv', ['a'], 'a,b', false],
    ['csv', ['a', 'a'], 'a,b', false],
    ['csv', ['a', 'b'], 'a,b,c=a+1', false],
    ['json', ['b', 'a'], 'a,b,c=a+1', true],
    ['json', ['a', 'b'], 'a,c=a+1', false],
  ])('loads %s: a message of CSV with columns %j beside the option %j: %s', (format, columns, option, isTaken) => {
    const rules = { ...defaults, properties: { format, columns: option } };
    const problem = columnsProblem(chunk({ layout: 'csv', columns }), rules);
    expect(problem?.code).toBe(isTaken ? undefined : 'MESSAGE_ATTRIBUTE_INVALID');
    if (problem) expect(problem.detail).toContain(`${columns.join(',')}; sink.properties.columns says ${option}.`);
    expect(columnsProblem(chunk({ layout: 'lines', columns }), rules)).toBeUndefined();
  });

  it('adds the operation to the columns of JSON that becomes CSV', () => {
    const text = '{"id":1,"__op":1}';
    expect(headersOf({ layout: 'lines', text }, { format: 'csv' }, ['id'])).toMatchObject({ columns: '`id`,`__op`' });
  });
});

describe('columnsInHeader', () => {
  it.each([
    ['a,b', ['a', 'b']],
    [' `a` , `b c` ', ['a', 'b c']],
    ['k,v,total=ifnull(v,0)', ['k', 'v']],
    ['k, v, w = if(k = 1, concat(v, ","), "(")', ['k', 'v']],
    ['`a,b`,c', ['a,b', 'c']],
    ['`a=b`', ['a=b']],
    ['a,x=f(g(a,b),c),d', ['a', 'd']],
  ])('%j', (header, columns) => {
    expect(columnsInHeader(header)).toEqual(columns);
  });

  it('reads back what destinationOf writes', () => {
    const letter = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 1 })
      .filter((character) => !/[`\p{C}]/u.test(character));
    const name = fc.string({ unit: letter, minLength: 1, maxLength: 8 }).map((text) => text.trim());
    fc.assert(
      fc.property(fc.array(name, { minLength: 1 }), (columns) => {
        expect(columnsInHeader(columns.map((each) => `\`${each}\``).join(','))).toEqual(columns);
      }),
    );
  });
});

describe('destinationKey', () => {
  it('tells every difference, and not the order of headers', () => {
    const texts = fc.string({ maxLength: 4 });
    const parts = fc.tuple(texts, texts, fc.dictionary(fc.constantFrom('a', 'b'), texts));
    const keyOf = ([database, table, headers]: [string, string, Record<string, string>]) =>
      destinationKey(destination({ database, table, headers }));
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const same = one[0] === other[0] && one[1] === other[1] && sorted(one[2]) === sorted(other[2]);
        expect(keyOf(one) === keyOf(other)).toBe(same);
        expect(keyOf([one[0], one[1], Object.fromEntries(Object.entries(one[2]).reverse())])).toBe(keyOf(one));
      }),
    );
  });

  const sorted = (headers: Record<string, string>) => JSON.stringify(Object.entries(headers).sort());
});

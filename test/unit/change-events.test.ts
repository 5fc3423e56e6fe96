import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readChanges } from '../../src/messages/changes/read-changes.ts';
import { type MirrorRules, mirrorRows } from '../../src/messages/changes/table-rows.ts';
import { type DecodeRules, decodeMessage } from '../../src/messages/decode.ts';
import { allowList, destinationOf, type RouteRules } from '../../src/messages/route.ts';
import { csvLayout, sqsRecord } from '../builders.ts';

const rules: MirrorRules = { ignoresUpdateBefore: true };

/** Rows as text, so that digits are seen; or the code; or that it is none. */
function read(event: unknown, changed: Partial<MirrorRules> = {}) {
  const text = typeof event === 'string' ? event : JSON.stringify(event);
  const changes = readChanges(text);
  if (changes === undefined) return 'no event';
  if ('code' in changes) return changes.code;
  const altered = changes.find((change) => change.altered);
  if (altered?.altered) return altered.altered.rejection.code;
  return changes.flatMap(({ rows }) => rows.flatMap((row) => mirrorRows(row, { ...rules, ...changed })));
}

const source = { version: '3.6.1.Final', connector: 'mysql', name: 'dbz', db: 'shop', table: 'kv', snapshot: 'false' };
const envelope = (parts: object) => ({ before: null, after: null, source, ts_ms: 1, ...parts });
const typed = (field: object, value: string) =>
  `{"schema":{"type":"struct","fields":[{"field":"after","type":"struct","fields":[${JSON.stringify({ field: 'v', ...field })}]}]},"payload":${JSON.stringify(envelope({ op: 'c' })).replace('"after":null', `"after":{"v":${value}}`)}}`;

describe('values of Debezium with a schema', () => {
  const time = 'io.debezium.time';
  const connect = 'org.apache.kafka.connect.data';
  const decimal = { type: 'bytes', name: `${connect}.Decimal`, parameters: { scale: '2' } };
  it.each<[string, object, string, string]>([
    ['a precise decimal', decimal, '"AlQL4/8="', '"99999999.99"'],
    ['a negative one below one', decimal, '"/w=="', '"-0.01"'],
    ['a decimal as a double', { type: 'double' }, '12.5', '12.5'],
    ['a decimal of negative scale', { ...decimal, parameters: { scale: '-3' } }, '"BQ=="', '"5000"'],
    ['a date', { type: 'int32', name: `${time}.Date` }, '-1', '"1969-12-31"'],
    ['a date of connect', { type: 'int32', name: `${connect}.Date` }, '19782', '"2024-02-29"'],
    ['a moment of connect', { type: 'int64', name: `${connect}.Timestamp` }, '-1', '"1969-12-31 23:59:59.999"'],
    [
      'microseconds',
      { type: 'int64', name: `${time}.MicroTimestamp` },
      '253402300799999999',
      '"9999-12-31 23:59:59.999999"',
    ],
    [
      'nanoseconds',
      { type: 'int64', name: `${time}.NanoTimestamp` },
      '1709210096123456789',
      '"2024-02-29 12:34:56.123456"',
    ],
    ['a time beyond a day', { type: 'int64', name: `${time}.MicroTime` }, '-3020399000000', '"-838:59:59"'],
    ['a time of connect', { type: 'int32', name: `${connect}.Time` }, '45296100', '"12:34:56.100"'],
    ['nanoseconds of a day', { type: 'int64', name: `${time}.NanoTime` }, '1000', '"00:00:00.000001"'],
    [
      'a moment with an offset',
      { type: 'string', name: `${time}.ZonedTimestamp` },
      '"2024-02-29T12:34:56.5+05:30"',
      '"2024-02-29 07:04:56.5"',
    ],
    ['an ISO date', { type: 'string', name: `${time}.IsoDate` }, '"2024-02-29Z"', '"2024-02-29"'],
    ['a date that no calendar has', { type: 'int32', name: `${time}.Date` }, '2147483647', '2147483647'],
    ['a year', { type: 'int32', name: `${time}.Year` }, '2155', '2155'],
    ['bits', { type: 'bytes', name: 'io.debezium.data.Bits' }, '"/wE="', '511'],
    ['sixty-four bits', { type: 'bytes', name: 'io.debezium.data.Bits' }, '"//////////8="', '18446744073709551615'],
    [
      'a geometry',
      { type: 'struct', name: 'io.debezium.data.geometry.Geometry' },
      '{"wkb":"AQEAAAAAAAAAAAD4PwAAAAAAAADA","srid":4326}',
      '{"type":"Point","coordinates":[1.5,-2],"srid":4326}',
    ],
    [
      'bytes that are no geometry',
      { type: 'struct', name: 'io.debezium.data.geometry.Geometry' },
      '{"wkb":"AQE=","srid":null}',
      '{"wkb":"AQE=","srid":null}',
    ],
    ['a list of decimals', { type: 'array', items: decimal }, '["AJY=",null]', '["1.50",null]'],
  ])('makes of %s what StarRocks reads', (_, field, value, wanted) => {
    expect(read(typed(field, value))).toEqual([`{"v":${wanted},"__op":0}`]);
  });
});

describe('change events', () => {
  const maxwell = (parts: object) => ({ database: 'shop', table: 'kv', ts: 1, xid: 1, ...parts });
  const dms = (operation: string, parts: object = {}, recordType = 'data') => ({
    data: { id: 1, v: null },
    metadata: { 'record-type': recordType, operation, 'schema-name': 'shop', 'table-name': 'kv' },
    ...parts,
  });
  const canal = (parts: object) => ({
    data: null,
    database: 'shop',
    table: 'kv',
    isDdl: false,
    old: null,
    pkNames: ['id'],
    mysqlType: {},
    ...parts,
  });

  it.each<[string, unknown, unknown]>([
    ['deletes by what it held before', envelope({ op: 'd', before: { id: 1, v: null } }), ['{"id":1,"__op":1}']],
    ['refuses a delete without an image', envelope({ op: 'd' }), 'CHANGE_EVENT_INVALID'],
    ['refuses an operation that it does not know', envelope({ op: 'x', after: { id: 1 } }), 'CHANGE_EVENT_INVALID'],
    ['refuses TRUNCATE', envelope({ op: 't' }), 'SOURCE_TRUNCATED'],
    ['takes nothing of a logical message', envelope({ op: 'm' }), []],
    ['takes nothing of a heartbeat', { ts_ms: 1 }, []],
    [
      'takes nothing of a transaction',
      { status: 'END', id: 'x:1', event_count: 1, data_collections: [], ts_ms: 1 },
      [],
    ],
    ['takes nothing of a tombstone', 'null', []],
    ['takes nothing of a tombstone with a schema', { schema: null, payload: null }, []],
    [
      'refuses a change of the schema',
      { source, ts_ms: 1, databaseName: 'shop', ddl: 'ALTER TABLE kv', tableChanges: [{ type: 'ALTER' }] },
      'SOURCE_SCHEMA_CHANGED',
    ],
    [
      'takes nothing of what a snapshot begins with',
      {
        source: { ...source, snapshot: 'true' },
        ts_ms: 1,
        databaseName: 'shop',
        ddl: 'DROP TABLE kv',
        tableChanges: [{ type: 'DROP' }],
      },
      [],
    ],
    [
      'reads a row alone',
      { id: 1, v: 'x', __deleted: 'false', __op: 'u', __table: 'kv', __source_ts_ms: 1 },
      ['{"id":1,"v":"x","__op":0}'],
    ],
    ['reads a delete that was rewritten', { id: 1, v: null, __deleted: 'true' }, ['{"id":1,"__op":1}']],
    [
      'keeps a column that only looks like an added one',
      { id: 1, __mine: 2, __op: 'c' },
      ['{"id":1,"__mine":2,"__op":0}'],
    ],
    ['leaves the operations of StarRocks alone', { id: 1, __op: 1 }, 'no event'],
    ['reads a bootstrap of Maxwell', maxwell({ type: 'bootstrap-insert', data: { id: 1 } }), ['{"id":1,"__op":0}']],
    ['takes nothing of its beginning', maxwell({ type: 'bootstrap-start', data: {} }), []],
    [
      'splits a changed key of Maxwell',
      maxwell({ type: 'update', primary_key_columns: ['id'], data: { id: 2, v: 'x' }, old: { id: 1 } }),
      ['{"id":1,"v":"x","__op":1}', '{"id":2,"v":"x","__op":0}'],
    ],
    ['refuses an ALTER of Maxwell', maxwell({ type: 'table-alter', old: {}, def: {} }), 'SOURCE_SCHEMA_CHANGED'],
    [
      'keeps every digit',
      '{"database":"d","table":"t","type":"insert","ts":1,"data":{"a":18446744073709551615,"b":1.10,"c":12345678901234567.10}}',
      ['{"a":18446744073709551615,"b":1.10,"c":"12345678901234567.10","__op":0}'],
    ],
    [
      'reads every row of Canal',
      canal({ type: 'DELETE', data: [{ id: '1' }, { id: '2' }] }),
      ['{"id":"1","__op":1}', '{"id":"2","__op":1}'],
    ],
    ['refuses TRUNCATE of Canal', canal({ type: 'TRUNCATE', isDdl: true }), 'SOURCE_TRUNCATED'],
    ['takes nothing of an index of Canal', canal({ type: 'CINDEX', isDdl: true }), []],
    ['reads what DMS loads', dms('load'), ['{"id":1,"v":null,"__op":0}']],
    ['deletes what DMS deletes', dms('delete'), ['{"id":1,"__op":1}']],
    [
      'splits a changed key of DMS by its columns before',
      dms('update', { data: { id: 2, BI_id: 1 } }),
      ['{"id":1,"__op":1}', '{"id":2,"__op":0}'],
    ],
    [
      'leaves a column of the source that begins like one',
      dms('insert', { data: { id: 2, BI_x: 1 } }),
      ['{"id":2,"BI_x":1,"__op":0}'],
    ],
    [
      'undoes exponents of whole numbers of DMS',
      '{"data":{"id":1.2345678901234567E16},"metadata":{"record-type":"data","operation":"insert"}}',
      ['{"id":12345678901234567,"__op":0}'],
    ],
    [
      'refuses a change of the schema that DMS tells of',
      dms('add-column', { data: undefined }, 'control'),
      'SOURCE_SCHEMA_CHANGED',
    ],
    ['takes nothing of a table that DMS makes', dms('create-table', { data: undefined }, 'control'), []],
    [
      'keeps a column named like the prototype',
      '{"database":"d","table":"t","type":"insert","ts":1,"data":{"__proto__":{"x":1}}}',
      ['{"__proto__":{"x":1},"__op":0}'],
    ],
    ['leaves rows alone', { id: 1, source: 'web', type: 'insert', data: {} }, 'no event'],
  ])('%s', (_, event, wanted) => {
    expect(read(event)).toEqual(wanted);
  });

  it('deletes the image before an update when it is not to be ignored', () => {
    const update = envelope({ op: 'u', before: { id: 1 }, after: { id: 2 } });
    expect(read(update)).toEqual(['{"id":2,"__op":0}']);
    expect(read(update, { ignoresUpdateBefore: false })).toEqual(['{"id":1,"__op":1}', '{"id":2,"__op":0}']);
  });
});

describe('a message of change events', () => {
  const routing: RouteRules = { database: 'dw', table: 'main', allow: ['shop.*'], properties: {} };
  const decodeRules: DecodeRules = {
    ...{ maxInflatedBytes: 1024 ** 2, defaultFormat: undefined, csv: csvLayout },
    changes: { ...rules, isAllowed: allowList(routing) },
  };
  const decode = (body: string, attributes: Record<string, string> = {}) => {
    const decoded = decodeMessage(sqsRecord({ body, attributes }), decodeRules);
    return decoded.ok ? decoded.chunks[0] : decoded.rejection.code;
  };
  const of = (table: string, parts: object = {}) =>
    JSON.stringify(envelope({ op: 'c', after: { id: 1 }, source: { ...source, table }, ...parts }));

  it('goes to the table of the event where messages may name it, else to the default table', () => {
    expect(decode(of('kv'))).toMatchObject({ database: 'shop', table: 'kv', rows: 1, text: '{"id":1,"__op":0}' });
    const other = of('kv', { source: { ...source, db: 'secret' } });
    expect(decode(other)).toMatchObject({ database: undefined, table: undefined, rows: 1 });
  });

  it('goes where the message itself says', () => {
    expect(decode(of('kv'), { database: 'a', table: 'b' })).toMatchObject({ database: 'a', table: 'b' });
    expect(decode(of('kv'), { table: 'b' })).toMatchObject({ database: 'shop', table: 'b' });
  });

  it('takes a schema for the database where that may be named', () => {
    const postgres = of('kv', { source: { ...source, db: 'store', schema: 'shop' } });
    expect(decode(postgres)).toMatchObject({ database: 'shop', table: 'kv' });
  });

  it('holds events of one table, in a list or one a line', () => {
    expect(decode(`[${of('kv')},${of('kv')}]`)).toMatchObject({ table: 'kv', rows: 2 });
    expect(decode(`${of('kv')}\n${of('kv')}\nnull\n`)).toMatchObject({ table: 'kv', rows: 2 });
    expect(decode(`${of('kv')}\n${of('other')}`, { database: 'a', table: 'b' })).toMatchObject({ table: 'b', rows: 2 });
    expect(decode(`${of('kv')}\n{"id":1}`)).toBe('CHANGE_EVENT_INVALID');
    expect(decode(`${of('kv')}\nnot JSON`)).toBe('CHANGE_EVENT_INVALID');
  });

  it('is a chunk for each table, of an identity of its own that is always the same', () => {
    const decodeAll = () => {
      const decoded = decodeMessage(sqsRecord({ body: `${of('kv')}\n${of('other')}\n${of('kv')}` }), decodeRules);
      return decoded.ok ? decoded.chunks : [];
    };
    const chunks = decodeAll();
    expect(chunks).toMatchObject([
      { table: 'kv', rows: 2 },
      { table: 'other', rows: 1 },
    ]);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(2);
    expect(decodeAll()).toEqual(chunks);
  });

  it('is empty when its events change nothing', () => {
    expect(decode('{"ts_ms":1}')).toMatchObject({ rows: 0 });
    expect(decode('null')).toMatchObject({ rows: 0 });
  });

  it('leaves rows of the producer library alone, whatever they look like', () => {
    expect(decode(of('kv'), { rows: '1' })).toMatchObject({ text: of('kv') });
  });

  it('updates some columns only when the others were not available', () => {
    const chunk = decode(of('kv', { op: 'u', after: { id: 1, big: '__debezium_unavailable_value' } }));
    expect(chunk).toMatchObject({ isPartial: true, columns: ['id'], text: '{"id":1,"__op":0}' });
    if (typeof chunk === 'string') throw new Error(chunk);
    const { headers } = destinationOf({ database: 'shop', table: 'kv' }, chunk, routing, {
      columns: ['id', 'big'],
      primaryKey: ['id'],
    });
    expect(headers).toMatchObject({ partial_update: 'true', columns: '`id`' });
  });

  it('may hold events that lack columns beside others when the table is known', () => {
    const some = of('kv', { op: 'u', after: { id: 2, big: '__debezium_unavailable_value' } });
    const chunk = decode(`${of('kv', { after: { id: 1, big: 'x' } })}\n${some}`);
    expect(chunk).toMatchObject({ isPartial: true, columns: undefined, rows: 2 });
    if (typeof chunk === 'string') throw new Error(chunk);
    const to = (columns: string[] | undefined) =>
      destinationOf({ database: 'shop', table: 'kv' }, chunk, routing, columns && { columns, primaryKey: ['id'] });
    expect(to(['id', 'big']).headers).toMatchObject({ partial_update: 'true' });
    expect(() => to(undefined)).toThrow(expect.objectContaining({ code: 'CHANGE_TABLES_MIXED' }));
  });

  it('deletes from a table with a primary key only', () => {
    const chunk = decode(of('kv', { op: 'd', before: { id: 1 }, after: null }));
    if (typeof chunk === 'string') throw new Error(chunk);
    const to = (primaryKey: string[] | undefined) =>
      destinationOf({ database: 'shop', table: 'kv' }, chunk, routing, { columns: ['id'], primaryKey });
    expect(to(['id']).headers['format']).toBe('json');
    expect(() => to(undefined)).toThrow(expect.objectContaining({ code: 'DELETE_WITHOUT_KEY' }));
  });
});

describe('events that somebody damaged', () => {
  const folder = new URL('../fixtures/change-events/', import.meta.url);
  const names = [
    'debezium-3.6/mysql-envelope-noschema-strings',
    'debezium-3.6/mysql-unwrapped-rewrite',
    'debezium-3.6/mysql-envelope-schema',
    'maxwell-1.22.6/maxwell',
    'canal-1.1.7/canal-flat',
  ];
  const events = names.flatMap((name) => {
    const lines = readFileSync(new URL(`${name}.jsonl`, folder), 'utf8')
      .trim()
      .split('\n');
    return lines
      .map((line) => JSON.parse(line))
      .map((line) => ('topic' in line ? line.value : line))
      .filter((event) => event !== null);
  });
  type Node = Record<string, unknown>;
  const paths = (value: unknown, at: string[] = []): string[][] =>
    typeof value === 'object' && value !== null
      ? Object.keys(value).flatMap((key) => [[...at, key], ...paths((value as Node)[key], [...at, key])])
      : [];
  const damaged = fc
    .record({ event: fc.constantFrom(...events), at: fc.nat(), value: fc.option(fc.jsonValue(), { nil: undefined }) })
    .map(({ event, at, value }) => {
      const copy = structuredClone(event) as Node;
      const all = paths(copy);
      const path = all[at % all.length] ?? [];
      const parent = path.slice(0, -1).reduce((node, key) => node[key] as Node, copy);
      parent[path.at(-1) ?? ''] = value;
      return JSON.stringify(copy);
    });

  it('never throw, and never give a row that an image of theirs does not hold', () => {
    fc.assert(
      fc.property(damaged, (text) => {
        const changes = readChanges(text);
        if (changes === undefined || 'code' in changes) return;
        const event = JSON.parse(text) as Node;
        const payload = (event['payload'] ?? event) as Node;
        const held = [payload, payload['before'], payload['after'], payload['data'], payload['old']].flat();
        const columns = new Set(
          held.flatMap((image) => (typeof image === 'object' && image !== null ? Object.keys(image) : [])),
        );
        const rows = changes.flatMap((change) =>
          change.rows.flatMap((row) => mirrorRows(row, { ignoresUpdateBefore: false })),
        );
        for (const row of rows.map((each) => JSON.parse(each) as Node)) {
          expect([0, 1]).toContain(row['__op']);
          for (const name of Object.keys(row)) expect(name === '__op' || columns.has(name)).toBe(true);
        }
        const images = Array.isArray(payload['data']) ? payload['data'].length : 1;
        expect(rows.length).toBeLessThanOrEqual(2 * images);
      }),
      { numRuns: 500 },
    );
  });

  it('never throw, cut anywhere', () => {
    fc.assert(
      fc.property(fc.constantFrom(...events), fc.nat(), (event, at) => {
        const text = JSON.stringify(event);
        expect(readChanges(text.slice(0, at % text.length))).toBeUndefined();
      }),
    );
  });
});

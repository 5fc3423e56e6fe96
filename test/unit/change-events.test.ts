import { describe, expect, it } from 'vitest';
import { envelope, read, source, typed } from './change-event-reading.ts';

describe('values of Debezium with a schema', () => {
  const time = 'io.debezium.time';
  const connect = 'org.apache.kafka.connect.data';
  const decimal = { type: 'bytes', name: `${connect}.Decimal`, parameters: { scale: '2' } };
  it.each<[string, object, string, string]>([
    ['a precise decimal', decimal, '"AlQL4/8="', '"99999999.99"'],
    ['a negative one below one', decimal, '"/w=="', '"-0.01"'],
    ['a decimal as a double', { type: 'double' }, '12.5', '12.5'],
    ['a decimal without a byte', decimal, '"a"', '"a"'],
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

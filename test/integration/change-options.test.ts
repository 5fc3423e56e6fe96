import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exactly } from '../../src/kit/patterns.ts';
import { type FittingWorld, openFitting } from './fitting-world.ts';

/** A source of Debezium's connector for SQL Server. @source  Debezium 3.6: SQL Server connector, data change events */
const sqlServer = {
  ...{ version: '3.6', connector: 'sqlserver', name: 'dbz', ts_ms: 1709210096123, snapshot: 'false', db: 'shop' },
  ...{ schema: 'dbo', table: 'kv', change_lsn: '00000027:00000758:0003', commit_lsn: '00000027:00000758:0005' },
};
const debezium = (op: string, before: object | null, after: object | null) => ({
  ...{ before, after, source: sqlServer, op, ts_ms: 1709210096200, transaction: null },
});
const field = (name: string, type: string, semantic?: string, parameters?: object) => ({
  ...{ type, optional: true, field: name },
  ...(semantic ? { name: semantic, version: 1 } : {}),
  ...(parameters ? { parameters } : {}),
});
const withSchema = (fields: readonly object[], payload: object) => ({
  schema: {
    ...{ type: 'struct', optional: false, name: 'dbz.shop.dbo.kv.Envelope' },
    fields: ['before', 'after'].map((side) => ({ type: 'struct', fields, optional: true, field: side })),
  },
  payload,
});
const maxwell = (type: string, data: object, more: object = {}) => ({
  ...{ database: 'shop', table: 'kv', type, ts: 1709210096, xid: 7, commit: true, data },
  ...more,
});
const canal = (type: string, data: readonly object[], more: object = {}) => ({
  ...{ database: 'shop', table: 'kv', type, es: 1709210096000, id: 1, isDdl: false, mysqlType: {}, old: null, data },
  ...more,
});
const dms = (operation: string, data: object, more: object = {}) => ({
  data,
  metadata: {
    ...{ timestamp: '2024-02-29T12:34:56.123456Z', 'record-type': 'data', operation },
    ...{ 'partition-key-type': 'primary-key', 'schema-name': 'shop', 'table-name': 'kv', 'transaction-id': 8589934592 },
  },
  ...more,
});
/** @source  Debezium: Emitting change event records in CloudEvents format */
const cloudEvent = (op: string, data: object) => ({
  ...{
    id: `name:dbz;lsn:${op}`,
    source: '/debezium/sqlserver/dbz',
    specversion: '1.0',
    datacontenttype: 'application/json',
  },
  ...{ type: 'io.debezium.connector.sqlserver.DataChangeEvent', time: '2024-02-29T12:34:56.123Z', iodebeziumop: op },
  ...{ iodebeziumdb: 'shop', iodebeziumschema: 'dbo', iodebeziumtable: 'kv', iodebeziumtsms: '1709210096123', data },
});
const inKinesis = (event: object, id: number) => ({
  ...{ eventSource: 'aws:kinesis', kinesisSchemaVersion: '1.0', partitionKey: 'shop.kv', sequenceNumber: String(id) },
  ...{ eventID: `shard:${id}`, data: Buffer.from(JSON.stringify(event, undefined, '\t')).toString('base64') },
});

/** Messages one after the other, and what `id name` the table holds then. */
const cases: readonly [what: string, messages: readonly unknown[], rows: readonly string[]][] = [
  [
    'SQL Server, without a schema',
    [debezium('c', null, { id: 1, name: 'a' }), debezium('u', { id: 1, name: 'a' }, { id: 1, name: 'b' })],
    ['1 b'],
  ],
  [
    'SQL Server, deleted',
    [debezium('r', null, { id: 1, name: 'a' }), debezium('d', { id: 1, name: 'a' }, null), null],
    [],
  ],
  [
    'CloudEvents',
    [
      cloudEvent('c', { before: null, after: { id: 1, name: 'a' } }),
      cloudEvent('r', { before: null, after: { id: 2, name: 'b' } }),
      cloudEvent('d', { before: { id: 1 }, after: null }),
    ],
    ['2 b'],
  ],
  [
    'rewritten deletes, as text and as booleans',
    [
      { id: 1, name: 'a', __deleted: 'false' },
      { id: 2, name: 'b', __deleted: false },
      { id: 3, name: 'c', __deleted: false },
      { id: 1, name: null, __deleted: 'true' },
      { id: 2, name: null, __deleted: true },
    ],
    ['3 c'],
  ],
  [
    'heartbeats and markers of transactions',
    [
      { ts_ms: 1 },
      { ts_ms: 1, ts_us: 1000, ts_ns: 1000000 },
      { status: 'BEGIN', id: '1:2', ts_ms: 1, event_count: null, data_collections: null },
    ],
    [],
  ],
  [
    'Maxwell, without the names of its keys',
    [
      maxwell('insert', { id: 1, name: 'a' }),
      maxwell('update', { id: 2, name: 'a' }, { old: { id: 1 } }),
      maxwell('update', { id: 2, name: 'b' }, { old: { name: 'a' } }),
    ],
    ['2 b'],
  ],
  [
    'Maxwell, without NULLs',
    [maxwell('insert', { id: 1, name: 'a' }), maxwell('update', { id: 1 }, { old: { name: 'a' } })],
    ['1 null'],
  ],
  [
    'Canal, without the names of its keys',
    [canal('INSERT', [{ id: '1', name: 'a' }]), canal('UPDATE', [{ id: '2', name: 'a' }], { old: [{ id: '1' }] })],
    ['2 a'],
  ],
  [
    'DMS, a full load and changes behind it, through Kinesis',
    [
      [inKinesis(dms('load', { id: 1, name: 'a' }), 1), inKinesis(dms('load', { id: 2, name: 'b' }), 2)],
      inKinesis(dms('update', { id: 1, name: 'A' }, { 'before-image': { id: 1, name: 'a' } }), 3),
      inKinesis(dms('delete', { id: 2 }), 4),
    ],
    ['1 A'],
  ],
  [
    'DMS, a key that changed',
    [dms('insert', { id: 1, name: 'a' }), dms('update', { id: 5, name: 'a' }, { 'before-image': { id: 1 } })],
    ['5 a'],
  ],
];

describe('change events with other options', () => {
  let world: FittingWorld;
  beforeAll(async () => {
    const source = { database: exactly('shop'), table: exactly('second') };
    world = await openFitting({}, [{ source, database: 'd', table: 'second', primaryKey: ['id'], columns: [] }]);
  });
  afterAll(() => world.close());

  it.each(cases.map((each, at) => [`t${at}`, ...each] as const))('into %s: %s', async (table, _, messages, rows) => {
    await world.sql(
      `CREATE TABLE d.${table} (id int not null, name varchar(20) DEFAULT "unset") PRIMARY KEY(id) DISTRIBUTED BY HASH(id)`,
    );
    for (const message of messages) await world.deliver(JSON.stringify(message), { table });
    const found = await world.sql(`SELECT * FROM d.${table} ORDER BY id`);
    expect(found.map((row) => row.map(String).join(' '))).toEqual(rows);
    expect(await world.rejected()).toEqual([]);
  });

  it('know by the key of their route that a row has moved', async () => {
    await world.sql(
      'CREATE TABLE d.second (id int not null, name varchar(20)) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)',
    );
    const event = (type: string, data: object, more?: object) =>
      world.deliver(JSON.stringify({ ...maxwell(type, data, more), table: 'second' }), {});
    await event('insert', { name: 'a', id: 1 });
    await event('update', { name: 'a', id: 2 }, { old: { id: 1 } });
    expect(await world.sql('SELECT id, name FROM d.second')).toEqual([[2, 'a']]);
  });

  it('of SQL Server give each type what it holds', async () => {
    await world.sql(
      'CREATE TABLE d.types (id int not null, m decimal(19,4), b boolean, d date, dt datetime, dt2 datetime, dto datetime, t varchar(20), u varchar(36), vb varbinary(10), r float) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)',
    );
    const [time, decimal] = ['io.debezium.time', 'org.apache.kafka.connect.data.Decimal'];
    const fields = [
      field('id', 'int32'),
      field('m', 'bytes', decimal, { scale: '4', 'connect.decimal.precision': '19' }),
      field('b', 'boolean'),
      field('d', 'int32', `${time}.Date`),
      field('dt', 'int64', `${time}.Timestamp`),
      field('dt2', 'int64', `${time}.NanoTimestamp`),
      field('dto', 'string', `${time}.ZonedTimestamp`),
      field('t', 'int64', `${time}.NanoTime`),
      ...[field('u', 'string'), field('vb', 'bytes'), field('r', 'float')],
    ];
    const after =
      '{"id":1,"m":"AYag","b":true,"d":19782,"dt":1709210096123,"dt2":1709210096123456700,"dto":"2024-02-29T12:34:56.1234567+02:00","t":45296123456700,"u":"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11","vb":"AQI=","r":1.5}';
    const event = JSON.stringify(withSchema(fields, debezium('c', null, {}))).replace('"after":{}', `"after":${after}`);
    await world.deliver(event, { table: 'types' });
    expect(await world.sql('SELECT id, m, b, d, dt, dt2, dto, t, u, hex(vb), r FROM d.types')).toEqual([
      [
        ...[1, '10.0000', 1, '2024-02-29', '2024-02-29 12:34:56.123000', '2024-02-29 12:34:56.123456'],
        ...['2024-02-29 10:34:56.123456', '12:34:56.123456', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '0102', 1.5],
      ],
    ]);
  });

  it('of DMS may hold bytes as digits behind 0x, and texts that look so', async () => {
    await world.sql(
      'CREATE TABLE d.bytes (id int not null, b varbinary(4), v varchar(9)) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)',
    );
    await world.deliver(JSON.stringify(dms('insert', { id: 1, b: '0x0102', v: '0x0102' })), { table: 'bytes' });
    await world.deliver(JSON.stringify(dms('insert', { id: 2, b: '0xAbCdEf01', v: '' })), { table: 'bytes' });
    expect(await world.sql('SELECT id, hex(b), v FROM d.bytes ORDER BY id')).toEqual([
      [1, '0102', '0x0102'],
      [2, 'ABCDEF01', ''],
    ]);
  });

  it('that are encrypted are refused, with what to do', async () => {
    const { data: _, ...around } = maxwell('insert', {});
    await world.deliver(JSON.stringify({ ...around, encrypted: { iv: 'i', bytes: 'b' } }), { table: 't0' });
    expect(world.events.join('\n')).toMatch(/CHANGE_EVENT_INVALID.*encrypt=none/);
  });
});

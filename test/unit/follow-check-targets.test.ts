import { describe, expect, it } from 'vitest';
import { checkTargets } from '../../src/follow/mysql/check-targets.ts';
import { SinkError } from '../../src/kit/errors.ts';
import type { RouteGiven } from '../../src/options/route.ts';
import type { TableSchema } from '../../src/starrocks/schema.ts';
import { followed, target } from './follow-targets.ts';
import { column, table } from './migrate-schema-builder.ts';

const utf8 = { charset: 'utf8mb4' };
const orders = table(
  'shop.orders',
  ['id bigint NOT NULL', column('v varchar(50)', utf8), 'n decimal(10,2) NOT NULL'],
  ['id'],
);
const source = { database: '^shop$', table: '^orders$' };
const mirror: RouteGiven = { source, database: 't', table: 'orders', primaryKey: ['id'] };
const good = target('primary', 'id bigint(20) KEY', 'v varchar(200)', 'n decimal(10,2) NOT NULL');

async function check(
  route: Partial<RouteGiven>,
  there: TableSchema | undefined,
  { tables = [orders], isBegun = false } = {},
) {
  const targetOf = async () => {
    if (there === undefined) throw new SinkError('STARROCKS_CONFIGURATION', 'There is none.');
    return there;
  };
  const found = await checkTargets({ tables: followed(tables, { ...mirror, ...route }), targetOf, isBegun });
  for (const { where, text } of found)
    expect([where, text]).toEqual(['t.orders in StarRocks', expect.stringMatching(/[.]$/)]);
  return found.map(({ weight, text, statements }) => [weight, text, ...statements].join(' | '));
}
const alter = 'ALTER TABLE `t`.`orders`';

describe('the check of tables in StarRocks', () => {
  it('is silent where the table is as migrate would have made it', async () => {
    expect(await check({}, good)).toEqual([]);
  });

  it('tells a table that is not there, with the statement that makes it', async () => {
    const [found] = await check({}, undefined);
    expect(found).toMatch(/^stop \| it is not there\. \| CREATE TABLE IF NOT EXISTS `t`\.`orders` \(/);
    expect(found).toContain('PRIMARY KEY(`id`)');
    expect(found).toContain('`v` VARCHAR(200) NULL');
    expect((await check({ mode: 'history', primaryKey: [] }, undefined))[0]).toContain('DUPLICATE KEY(`id`)');
  });

  it('tells everything at once: columns that lack, that are too narrow, that take no NULL, and that nothing fills', async () => {
    const there = target('primary', 'id int(11) KEY', 'n decimal(10,2)', 'more int(11) NOT NULL', 'other int(11)');
    expect(await check({}, there)).toEqual([
      `stop | it lacks columns. | ${alter} ADD COLUMN \`v\` VARCHAR(200) NULL COMMENT ""`,
      `stop | its column id is int(11), in which not all values of BIGINT have room. | ${alter} MODIFY COLUMN \`id\` BIGINT NOT NULL COMMENT ""`,
      `stop | its column more takes no NULL, and nothing fills it. | ${alter} MODIFY COLUMN \`more\` int(11) NULL COMMENT ""`,
    ]);
    const strict = target('primary', 'id bigint(20) KEY', 'v varchar(200) NOT NULL', 'n decimal(10,2) NOT NULL');
    expect(await check({}, strict)).toEqual([
      `stop | its column v takes no NULL, and in shop.orders there may be some. | ${alter} MODIFY COLUMN \`v\` varchar(200) NULL COMMENT ""`,
    ]);
  });

  it.each<[string, Partial<RouteGiven>, TableSchema, RegExp]>([
    [
      'a duplicate-key table for a mirror',
      {},
      target('duplicate', ...columnsOf(good)),
      /a mirror needs a primary-key table/,
    ],
    ['a primary-key table for a history', { mode: 'history', primaryKey: [] }, good, /a history a duplicate-key table/],
    ['a unique-key table for a mirror', {}, target('unique', ...columnsOf(good)), /is of the model unique/],
    ['no key in the route of a mirror', { primaryKey: [] }, good, /has no primaryKey.*Name id, or set mode to history/],
    [
      'a key that is not that of the route',
      {},
      target('primary', 'id bigint(20) KEY', 'v varchar(200) KEY', 'n decimal(10,2)'),
      /its key is \(id, v\), that of its route \(id\)/,
    ],
  ])('refuses %s', async (_, route, there, says) => {
    const found = await check(route, there);
    expect(found.filter((each) => says.test(each))).toHaveLength(1);
    expect(found[0]).toMatch(/^stop/);
  });

  it('refuses a key that does not tell the rows of the source apart', async () => {
    const pair = table('shop.orders', ['id bigint NOT NULL', 'line int NOT NULL'], ['id', 'line']);
    const found = await check({}, target('primary', 'id bigint(20) KEY', 'line int(11)'), { tables: [pair] });
    expect(found).toEqual([
      'stop | its key (id) does not tell rows of shop.orders apart: add line to the primaryKey of its route.',
    ]);
    const wider = target('primary', 'id bigint(20) KEY', 'line int(11) KEY');
    expect(await check({ primaryKey: ['line', 'id'] }, wider, { tables: [pair] })).toEqual([]);
  });

  it('tells when equal keys of shards are one row, unless the key holds the shard', async () => {
    const shards = ['a', 'b'].map((name) => table(`shop.orders_${name}`, ['id bigint NOT NULL'], ['id']));
    const route = { source: { table: '^orders_' } };
    const found = await check(route, target('primary', 'id bigint(20) KEY'), { tables: shards });
    expect(found).toEqual([expect.stringMatching(/^tell \| 2 tables fill it/)]);
    const columns = [
      { name: 'shard', type: 'VARCHAR(64)', sourceType: '@table' },
      { name: 'id', type: 'BIGINT' },
    ];
    const apart = target('primary', 'shard varchar(64) KEY', 'id bigint(20) KEY');
    expect(await check({ ...route, columns, primaryKey: ['shard', 'id'] }, apart, { tables: shards })).toEqual([]);
  });

  it('takes a type in which values are cut only where the route names it', async () => {
    const cut = target('primary', 'id bigint(20) KEY', 'v varchar(10)', 'n double NOT NULL');
    expect(await check({}, cut)).toHaveLength(2);
    const columns = [
      { name: 'id', type: 'BIGINT' },
      { name: 'v', type: 'VARCHAR(10)' },
      { name: 'n', type: 'DOUBLE' },
    ];
    expect(await check({ columns }, cut)).toEqual([]);
    const narrow = target('primary', 'id int(11) KEY', 'v varchar(10)', 'n double NOT NULL');
    expect(await check({ columns: columns.with(0, { name: 'id', type: 'INT' }) }, narrow)).toHaveLength(1);
  });

  it('refuses a column of the route that the source does not have, unless it may still be in the binlog', async () => {
    const columns = [
      { name: 'id', type: 'BIGINT' },
      { name: 'label', type: 'VARCHAR(200)', source: 'lable' },
    ];
    const there = target('primary', 'id bigint(20) KEY', 'label varchar(200)');
    const says = 'stop | its route takes the column lable, which shop.orders does not have.';
    expect(await check({ columns }, there)).toEqual([says]);
    expect(await check({ columns }, there, { isBegun: true })).toEqual([]);
  });

  it('lets columns lack where the route says what becomes of them', async () => {
    const lacking = target('primary', 'id bigint(20) KEY', 'n decimal(10,2) NOT NULL');
    const weights = async (change: string, isBegun: boolean) =>
      (await check({ options: { 'sink.schema-change': change } }, lacking, { isBegun })).map((each) =>
        each.slice(0, 4),
      );
    expect(await weights('ignore', false)).toEqual(['tell']);
    expect(await weights('add-columns', false)).toEqual(['stop']);
    // They are added when following comes to the statement that added them.
    expect(await weights('add-columns', true)).toEqual(['tell']);
    expect(await weights('refuse', true)).toEqual(['stop']);
  });

  it('wants to be told how bytes come', async () => {
    const blobs = table('shop.orders', ['id bigint NOT NULL', 'b varbinary(20)'], ['id']);
    const there = target('primary', 'id bigint(20) KEY', 'b varbinary(20)');
    expect(await check({}, there, { tables: [blobs] })).toEqual([
      expect.stringMatching(/^stop \| bytes of its column b come as base64/),
    ]);
    const columns = [
      { name: 'id', type: 'BIGINT' },
      { name: 'b', type: 'VARBINARY(20)', field: 'b64' },
    ];
    const options = { 'sink.properties.columns': "`id`,`b64`,`b`=to_binary(`b64`,'encode64')" };
    expect(await check({ columns, options }, there, { tables: [blobs] })).toEqual([]);
    expect(await check({}, target('primary', 'id bigint(20) KEY', 'b varchar(28)'), { tables: [blobs] })).toEqual([]);
  });
});

function columnsOf({ columns }: TableSchema): readonly string[] {
  return columns.map(({ name, type, nullable, key }) => `${name} ${type}${key ? ' KEY' : nullable ? '' : ' NOT NULL'}`);
}

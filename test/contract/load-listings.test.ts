/** What a frontend of 4.0 shows of loads over the query port. Source: its own recorded tests, test/sql/test_stream_load. */
import { expect, it } from 'vitest';
import { newLabel, put } from './calls.ts';
import { openWorld } from './facts/world.ts';

const merging = {
  format: 'json',
  enable_merge_commit: 'true',
  merge_commit_interval_ms: '20',
  merge_commit_parallel: '2',
};
const multi = { transaction_type: 'multi' };
const debezium = { format: 'json', envelope: 'debezium' };
const created = '{"payload":{"before":null,"after":{"id":1,"name":"a"},"op":"c"}}';

it('a merge commit is listed with its counts, parameters and details, and has a profile when the table wants one', async () => {
  const { sql, target } = await openWorld({ release: '4.0' });
  await sql("ALTER TABLE items SET ('enable_load_profile' = 'true')");
  await put(target, 'items', merging, '{"id":1,"name":"a"}');
  await sql('SYNC');
  const listed = "information_schema.loads WHERE DB_NAME = 'shop' AND TABLE_NAME = 'items'";
  expect(
    await sql(
      `SELECT STATE, TYPE, starts_with(LABEL, 'merge_commit'), WAREHOUSE, SCAN_ROWS, SINK_ROWS, FILTERED_ROWS, UNSELECTED_ROWS,
         starts_with(PROGRESS, 'Merge Window '), ERROR_MSG, TRACKING_SQL, (PROFILE_ID IS NOT NULL) FROM ${listed}`,
    ),
  ).toEqual(['FINISHED,MERGE_COMMIT,1,default_warehouse,1,1,0,0,1,,,1']);
  const keysOf = (column: string) =>
    sql(`SELECT j.\`key\` FROM information_schema.loads, LATERAL json_each(${column}) AS j ORDER BY j.\`key\``);
  expect(await keysOf('PROPERTIES')).toEqual(Object.keys(merging).sort());
  expect(await keysOf('RUNTIME_DETAILS')).toEqual(
    'backends commit_time_ms load_id pending_time_ms publish_time_ms task_state txn_id'.split(' '),
  );
});

it('a merge commit of bad rows is listed with the query that shows their error log', async () => {
  const { sql, target } = await openWorld({ release: '4.0' });
  await sql(
    'CREATE TABLE named (id INT NOT NULL, name VARCHAR(9) NOT NULL, n INT) PRIMARY KEY (id) DISTRIBUTED BY HASH (id)',
  );
  await put(target, 'named', merging, '{"id":1,"name":null,"n":100}');
  const pattern = 'There is a data quality issue. %. Tracking URL: %. Tracking SQL: %';
  const text = `concat('SELECT tracking_log FROM information_schema.load_tracking_logs WHERE JOB_ID=', ID)`;
  expect(
    await sql(`SELECT STATE, like(ERROR_MSG, '${pattern}'), TRACKING_SQL = ${text} FROM information_schema.loads`),
  ).toEqual(['CANCELLED,1,1']);
  const [tracking = ''] = await sql('SELECT TRACKING_SQL FROM information_schema.loads');
  expect(await sql(tracking)).toEqual(["Error: NULL value in non-nullable column 'name'. Row: [1, NULL, 100, 0]\n"]);
});

it('a merge commit that waits runs under a label of its own, and can be cancelled by it', async () => {
  const { sql, target, ask } = await openWorld({ release: '4.0' });
  await put(
    target,
    'items',
    { ...merging, merge_commit_interval_ms: '600000', merge_commit_async: 'true' },
    '{"id":1}',
  );
  const running = () => sql("SHOW PROC '/transactions/shop/running'");
  const [row = ''] = await running();
  const [, label = ''] = row.split(',');
  await ask('POST', `/api/shop/items/_cancel?label=${label}`);
  expect(await running()).toEqual([]);
  expect(await sql(`SELECT STATE FROM information_schema.loads WHERE LABEL = '${label}'`)).toEqual(['CANCELLED']);
  expect(await target.rows('items')).toEqual([]);
});

it('each table of a transaction is listed by itself, with the error log of its rows', async () => {
  const { sql, call } = await openWorld({ release: '4.0' });
  await sql('CREATE TABLE refused (id INT NOT NULL, marker VARCHAR(64)) DISTRIBUTED BY HASH (id)');
  const label = newLabel();
  await call('begin', label, multi);
  await call('load', label, multi, '1,a\n');
  await call('load', label, { ...multi, table: 'refused', strict_mode: 'true', max_filter_ratio: '1' }, 'no,marked\n');
  const { json } = await call('commit', label, multi);
  expect(json['Message']).toMatch(/Failed to load table refused: .*, tracking_url: http/);
  expect(
    await sql(`SELECT TABLE_NAME, STATE, SINK_ROWS, FILTERED_ROWS FROM information_schema.loads ORDER BY TABLE_NAME`),
  ).toEqual(['items,CANCELLED,1,0', 'refused,CANCELLED,0,1']);
  const [tracking = ''] = await sql("SELECT TRACKING_SQL FROM information_schema.loads WHERE TABLE_NAME = 'refused'");
  expect(await sql(tracking)).toEqual([expect.stringContaining('marked')]);
});

it('a transaction tells for how long it is prepared, from 4.0 on', async () => {
  const { sql, call } = await openWorld({ release: '4.0' });
  for (const headers of [{ prepared_timeout: '300' }, {}]) {
    const label = newLabel();
    await call('begin', label);
    await call('load', label, {}, '1,a\n');
    await call('prepare', label, headers);
    await call('commit', label);
  }
  const shown = await sql("SHOW PROC '/transactions/shop/finished'");
  expect([...shown].map((row) => row.split(',').at(-2))).toEqual(['86400000', '300000']);
});

it("Debezium's envelope is read in transactions and merge commits, too", async () => {
  const { call, target } = await openWorld({ release: '4.0' });
  const label = newLabel();
  await call('begin', label);
  await call(
    'load',
    label,
    debezium,
    `${created} {"payload":{"before":{"id":9},"after":{"id":2,"name":"b"},"op":"u"}}`,
  );
  await call('commit', label);
  await put(target, 'items', { ...merging, ...debezium }, created.replace('"id":1', '"id":3'));
  expect((await target.rows('items')).toSorted()).toEqual(['1,a', '2,b', '3,a']);
  await put(target, 'items', debezium, '{"before":{"id":2,"name":"b"},"after":null,"op":"d"} {"payload":null}');
  expect((await target.rows('items')).toSorted()).toEqual(['1,a', '3,a']);
});

it('sleep and like are functions', async () => {
  const { sql } = await openWorld();
  expect(await sql('SELECT sleep(0)')).toEqual(['1']);
  expect(await sql("SELECT like('abc', 'a%'), 'abc' NOT LIKE ('b%')")).toEqual(['1,1']);
});

it('rows make the partitions of date_trunc, in all tables of a transaction', async () => {
  const { sql, call } = await openWorld({ release: '4.0' });
  const rest = (unit: string) => `PARTITION BY date_trunc('${unit}', at) DISTRIBUTED BY HASH (id)`;
  await sql(`CREATE TABLE months (id LARGEINT NOT NULL, at DATE NOT NULL) PRIMARY KEY (id, at) ${rest('month')}`);
  await sql(`CREATE TABLE days (at DATETIME NOT NULL, id INT NOT NULL) DUPLICATE KEY (at, id) ${rest('day')}`);
  const label = newLabel();
  await call('begin', label, multi);
  await call('load', label, { ...multi, table: 'months' }, '1,2026-10-05\n2,2026-11-20\n3,2026-10-06\n');
  await call('load', label, { ...multi, table: 'days' }, '2026-10-05 01:02:03,1\n');
  await call('commit', label, multi);
  const partitions = (table: string) =>
    sql(
      `SELECT PARTITION_NAME FROM information_schema.partitions_meta WHERE TABLE_NAME = '${table}' AND PARTITION_NAME LIKE 'p%'
       ORDER BY PARTITION_NAME`,
    );
  expect([await partitions('months'), await partitions('days')]).toEqual([['p202610', 'p202611'], ['p20261005']]);
});

import { describe, expect, it } from 'vitest';
import { bucketsFor, growthOf } from '../../src/mysql/buckets.ts';
import { GiB, people, rule } from './migrate-plan-world.ts';
import { ddlOf, findingsOf, migrated, nowMs, schema, table } from './migrate-schema-builder.ts';

describe('layout', () => {
  it('lets the rule win over replication_num', () => {
    expect(ddlOf(migrated(schema(people()), { profile: 'smt' }))).toContain('"replication_num" = "3"');
    const ddl = ddlOf(migrated(schema(people()), { profile: 'smt' }, rule('properties.replication_num = 1')));
    expect(ddl).toContain('"replication_num" = "1"');
    expect(ddl).not.toContain('"replication_num" = "3"');
  });

  it('leaves buckets to StarRocks in the native profile, unless the rule names a number', () => {
    expect(ddlOf(migrated(schema(people())))).not.toContain('BUCKETS');
    expect(ddlOf(migrated(schema(people())))).toContain('"fast_schema_evolution" = "true"');
    expect(ddlOf(migrated(schema(people()), {}, rule('bucket_num = 5')))).toContain('HASH(`id`) BUCKETS 5');
  });

  it("counts buckets by smt's reckoning", () => {
    expect([0.5, 1, 2.2, 3, 3.1, 7].map((gib) => bucketsFor(gib * GiB, 3))).toEqual([1, 1, 3, 3, 6, 9]);
    const day = 86_400_000;
    expect(growthOf(22 * GiB, nowMs - 2 * day, nowMs)).toEqual({ partitionBytes: 11 * GiB, unit: 'day' });
    expect(growthOf(4 * GiB, nowMs - 2 * day, nowMs)).toEqual({ partitionBytes: 60 * GiB, unit: 'month' });
    expect(growthOf(2 * GiB, nowMs - 2 * day, nowMs)).toEqual({ partitionBytes: 365 * GiB, unit: 'year' });
    expect(growthOf(GiB, undefined, nowMs).unit).toBe('year');
  });

  it('partitions large keyless tables by a date column, as smt does, and spells the property right', () => {
    const big = table('d.t', ['a int', 'day date'], [], { bytes: 200 * GiB, createdAtMs: Date.UTC(2026, 9, 24) });
    const ddl = ddlOf(migrated(schema(big), { profile: 'smt' }));
    expect(ddl).toContain(
      'PARTITION BY RANGE (day) (\n  START ("2026-10-01") END ("2026-12-01") EVERY (INTERVAL 1 month)\n)',
    );
    expect(ddl).toContain('"dynamic_partition.end" = "3"');
    expect(ddl).toContain('"dynamic_partition.time_unit" = "MONTH"');
    expect(ddlOf(migrated(schema({ ...big, bytes: 20 * GiB }), { profile: 'smt' }))).not.toContain('PARTITION BY');
  });

  it('partitions by expression when the rule names a column', () => {
    const keyless = schema(table('d.t', ['a int', 'day date']));
    expect(ddlOf(migrated(keyless, {}, rule('partition_key = day')))).toContain(
      "PARTITION BY date_trunc('year', `day`)",
    );
    const ranges = 'partition_key = day\npartitions = START ("2024-01-01") END ("2025-01-01") EVERY (INTERVAL 1 DAY)';
    expect(ddlOf(migrated(keyless, {}, rule(ranges)))).toContain(
      'PARTITION BY RANGE (`day`) (\n  START ("2024-01-01")',
    );
    expect(findingsOf(migrated(keyless, {}, rule('partition_key = a')))).toContainEqual(
      expect.stringMatching(/^clause d\.t: .*a is INT/),
    );
    expect(findingsOf(migrated(schema(people()), {}, rule('partition_key = id')))).toContainEqual(
      expect.stringMatching(/^clause d\.people/),
    );
  });
});

describe('shards', () => {
  const shard = (where: string, columns: string[] = ['id int NOT NULL']) => table(where, columns, ['id']);
  const namesOf = (...tables: ReturnType<typeof shard>[]) =>
    migrated(schema(...tables)).tables.map((one) => `${one.database}.${one.name}`);

  it('with alike names and equal columns merge', () => {
    expect(namesOf(shard('edu_1.course_1'), shard('edu_1.course_2'), shard('edu_2.course_1'))).toEqual([
      'edu__auto_shard.course__auto_shard',
    ]);
    expect(namesOf(shard('a1.users'), shard('a2.users'))).toEqual(['a_auto_shard.users']);
    expect(namesOf(shard('d.1'), shard('d.2'))).toEqual(['d.table_auto_shard']);
    expect(namesOf(shard('d.t_100'), shard('d.t_200'))).toEqual(['d.t__auto_shard']);
    expect(namesOf(shard('d.t_1'), shard('d.t_10'))).toEqual(['d.t_1_auto_shard']);
  });

  it.each([
    ['names are not alike', [shard('d.cats'), shard('d.dogs')], /columns are the same, their names are not alike/],
    [
      'columns differ',
      [shard('d.t_1'), shard('d.t_2', ['id bigint NOT NULL'])],
      /names are alike, their columns differ/,
    ],
    ['keys differ', [shard('d.t_1'), { ...shard('d.t_2'), keys: [] }], /keys differ/],
    [
      'the rule takes others too',
      [shard('d.t_1'), shard('d.t_2'), shard('d.u', ['id int NOT NULL', 'x int'])],
      /d\.t_1 and 1 more look like shards/,
    ],
  ])('stay apart when %s, which is told', (_, tables, told) => {
    const migration = migrated(schema(...tables));
    expect(migration.tables).toHaveLength(tables.length);
    expect(findingsOf(migration)).toContainEqual(expect.stringMatching(told));
  });

  it('sum their sizes for the buckets', () => {
    const half = (where: string) => ({ ...shard(where), bytes: (1.5 * GiB) / 365, createdAtMs: nowMs });
    expect(ddlOf(migrated(schema(half('d.t_1'), half('d.t_2')), { profile: 'smt' }))).toContain('BUCKETS 3');
  });

  it('get the columns of sink.order-by with --order-columns, and routes say nothing of them', () => {
    const migration = migrated(schema(people()), { orderColumns: true, flink: true });
    expect(ddlOf(migration)).toMatch(
      /`__ver` LARGEINT NOT NULL DEFAULT "0" .*\n.*`__deleted` BOOLEAN NOT NULL DEFAULT "0"/,
    );
    const [route] = JSON.parse(migration.files.get('sink-route.1.json') ?? '').routes;
    expect(route.columns.map(({ name }: { name: string }) => name)).toEqual(['id']);
    expect(migration.files.get('flink-create.1.sql')).not.toContain('__ver');
    const keyless = migrated(schema(table('d.log', ['v int'])), { orderColumns: true });
    expect(ddlOf(keyless)).not.toContain('__ver');
    expect(findingsOf(migrated(schema(people('__ver int')), { orderColumns: true })).join()).toContain('__ver');
  });

  it('carry their origin in the key with --shard-columns', () => {
    const migration = migrated(schema(shard('e_1.t_1'), shard('e_2.t_1')), { shardColumns: true });
    expect(ddlOf(migration)).toContain('PRIMARY KEY(`id`, `_shard_database`)');
    expect(ddlOf(migration)).toContain('`_shard_database` VARCHAR(64) NOT NULL');
    const [route] = JSON.parse(migration.files.get('sink-route.1.json') ?? '').routes;
    expect(route.primaryKey).toEqual(['id', '_shard_database']);
    expect(route.columns[1]).toEqual({ name: '_shard_database', type: 'VARCHAR(64)', sourceType: '@database' });
  });
});

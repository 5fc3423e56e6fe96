import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type MigrateTask, runMigrate } from '../../cli/migrate.ts';
import { column, findingsOf, migrated, nowMs, schema, smtConfig, table } from './migrate-schema-builder.ts';

const one = schema(table('d.t', ['id int NOT NULL', 'b blob'], ['id']));
const ruleWith = (lines: string) => smtConfig(`[table-rule.1]\ndatabase = .*\ntable = .*\n${lines}\n`);
const routeFile = (config: string, name = 'all') =>
  JSON.parse(migrated(one, {}, config).files.get(`sink-route.${name}.json`) ?? '');

describe('sink-route.N.json', () => {
  it('never holds a password, not even inside an address', () => {
    const config = ruleWith(
      'flink.starrocks.password = secret-1\nflink.starrocks.username = u\nflink.starrocks.jdbc-url = jdbc:mysql://u:secret-2@fe:9030\n' +
        'flink.starrocks.load-url = http://u:secret-3@fe:8030',
    );
    const migration = migrated(one, {}, config);
    for (const text of [...migration.files.values(), migration.report([])]) {
      expect(text).not.toMatch(/secret-[123]|mysql-pw/);
    }
    expect(routeFile(config).options).toMatchObject({ username: 'u', 'sink.secret-id': 'starrocks-sink' });
  });

  it('leaves out what is no option of the sink, and says so', () => {
    const config = ruleWith(
      'flink.starrocks.sink.buffer-flush.max-rows = 5\nflink.starrocks.sink.version = V2\nflink.starrocks.sink.bufer = 1\n' +
        'flink.starrocks.sink.semantic = exactly-once\nflink.starrocks.sink.properties.timeout = soon',
    );
    expect(routeFile(config).options).toEqual({ 'sink.semantic': 'exactly-once', 'sink.tables.allow': 'd.*' });
    const found = findingsOf(migrated(one, {}, config)).filter((text) => text.startsWith('option'));
    expect(found).toHaveLength(5);
    expect(found.at(-1)).toMatch(/the sink will refuse these options: load-url is required\./);
    expect(found.join('\n')).toContain('sink.buffer-flush.max-rows is left out: expected a whole number from 64000');
  });

  it('says which columns come as base64, and matches one table exactly', () => {
    const [route] = routeFile(smtConfig()).routes;
    const column = { name: 'b', type: 'VARBINARY(1048576)', sourceType: 'blob', encoding: 'base64', field: 'b_base64' };
    expect(route.columns[1]).toEqual(column);
    expect(route.options).toEqual({
      'sink.properties.columns': "`id`,`b_base64`,`b`=to_binary(`b_base64`,'encode64')",
    });
    expect(route.source).toEqual({ database: '^d$', table: '^t$' });
  });

  it('puts options that rules do not share beside their routes', () => {
    const rule = (name: string, rows: number) =>
      `[table-rule.${name}]\ndatabase = .*\ntable = ^${name}$\nflink.starrocks.username = u\nflink.starrocks.sink.buffer-flush.max-rows = ${rows}\n`;
    const two = schema(table('d.a', ['id int NOT NULL'], ['id']), table('d.b', ['id int NOT NULL'], ['id']));
    const files = migrated(two, {}, smtConfig(rule('a', 64_000) + rule('b', 65_000))).files;
    const all = JSON.parse(files.get('sink-route.all.json') ?? '');
    expect(all.options).toEqual({ username: 'u', 'sink.tables.allow': 'd.*' });
    expect(all.routes.map((route: { options: object }) => route.options)).toEqual([
      { 'sink.buffer-flush.max-rows': 64_000 },
      { 'sink.buffer-flush.max-rows': 65_000 },
    ]);
    expect(JSON.parse(files.get('sink-route.b.json') ?? '').options).toMatchObject({
      'sink.buffer-flush.max-rows': 65_000,
    });
  });

  it('leaves options that a sink has once out of routes, and says that these are several sinks', () => {
    const rule = (name: string) =>
      `[table-rule.${name}]\ndatabase = .*\ntable = ^${name}$\nflink.starrocks.load-url = ${name}:8030\n`;
    const two = schema(table('d.a', ['id int NOT NULL'], ['id']), table('d.b', ['id int NOT NULL'], ['id']));
    const migration = migrated(two, {}, smtConfig(rule('a') + rule('b')));
    const all = JSON.parse(migration.files.get('sink-route.all.json') ?? '');
    expect(all.routes.map((route: { options: object }) => route.options)).toEqual([{}, {}]);
    expect(findingsOf(migration).join('\n')).toContain('the rules differ in load-url, which a sink has once');
  });
});

describe('flink-create.N.sql', () => {
  it('counts server-id up from table to table, and escapes quotes', () => {
    const two = schema(table('d.a', ['id int NOT NULL'], ['id']), table('d.b', ['x varchar(3)'], []));
    const sql =
      migrated(two, { flink: true }, ruleWith("flink.cdc.server-id = 5400\nflink.cdc.note = it's")).files.get(
        'flink-create.1.sql',
      ) ?? '';
    expect(sql.match(/'server-id' = '\d+'/g)).toEqual(["'server-id' = '5400'", "'server-id' = '5401'"]);
    expect(sql).toContain("'note' = 'it''s'");
    expect(sql).toContain("'database-name' = 'd'");
  });

  it('reads the origin of merged shards from the metadata of the source', () => {
    const shards = schema(table('d.t_1', ['id int NOT NULL'], ['id']), table('d.t_2', ['id int NOT NULL'], ['id']));
    const sql = migrated(shards, { flink: true, shardColumns: true }).files.get('flink-create.all.sql');
    expect(sql).toContain("`_shard_table` STRING NOT NULL METADATA FROM 'table_name' VIRTUAL");
    expect(sql).toContain('PRIMARY KEY(`id`, `_shard_table`)');
  });
});

describe('report.md', () => {
  it('tells apart what needs a person and what does not', () => {
    const source = schema(table('d.t', ['v int unsigned', column('day date NOT NULL', { default: '0000-00-00' })]));
    const [acting = '', rest = ''] = migrated({ ...source, skipped: [{ database: 'd', name: 'v', type: 'VIEW' }] })
      .report([])
      .split('## Mapped');
    expect(acting).toContain('### Tables without a key\n\n- `d.t`:');
    expect(acting).toContain('### Zero dates\n\n- `d.t.day`:');
    expect(rest).toContain('| 1 | d.t | d.t | duplicate (v, day) | 2 |');
    expect(rest).toContain('### Widened\n\n- `d.t.v`: int unsigned → BIGINT: StarRocks has no unsigned integers.');
    expect(rest).toContain('### Skipped\n\n- `d.v`: is a view.');
  });
});

describe('migrate --from-json', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'migrate-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const result = () => join(folder, 'result');

  async function run(more: Partial<MigrateTask> = {}, config = smtConfig(), json = tinySchema) {
    await writeFile(join(folder, 'c.conf'), config.replace('./result', result()));
    await writeFile(join(folder, 'schema.json'), json);
    const lines: string[] = [];
    const task: MigrateTask = {
      config: join(folder, 'c.conf'),
      fromJson: join(folder, 'schema.json'),
      tls: { mode: 'disabled' },
      choices: {
        profile: 'native',
        tinyint1: 'tinyint',
        binary: 'varbinary',
        json: 'json',
        shardName: 'doc',
        shardColumns: false,
        flink: false,
        secretId: 's',
      },
      force: false,
      strict: false,
      ...more,
    };
    await runMigrate(task, { now: () => nowMs, print: (line) => lines.push(line), env: {} });
    return lines.join('\n');
  }

  it('writes one set of files for each rule, one for all, and the report', async () => {
    await run();
    expect((await readdir(result())).toSorted()).toEqual([
      '.starrocks-sink',
      'report.md',
      'sink-route.1.json',
      'sink-route.all.json',
      'starrocks-create.1.sql',
      'starrocks-create.all.sql',
    ]);
    expect(await readdir(folder)).toHaveLength(3);
  });

  it('writes again where it wrote before, and deletes nothing', async () => {
    await run();
    await writeFile(join(result(), 'notes.txt'), 'mine');
    const said = await run({}, smtConfig('[table-rule.2]\ndatabase = .*\ntable = .*\n'));
    expect(said).toContain('Left from an earlier run: sink-route.1.json, starrocks-create.1.sql.');
    expect(await readFile(join(result(), 'notes.txt'), 'utf8')).toBe('mine');
    expect(await readdir(result())).toContain('starrocks-create.2.sql');
  });

  it('refuses a folder that somebody else filled, unless forced', async () => {
    await run();
    await rm(join(result(), '.starrocks-sink'));
    await expect(run()).rejects.toThrow(/MIGRATION_OUTPUT_REFUSED.*5 entries/);
    await run({ force: true });
    expect(await readdir(result())).toContain('.starrocks-sink');
  });

  it('says which rule matches nothing, and fails with --strict after writing', async () => {
    const rules = '[table-rule.1]\ndatabase = .*\ntable = .*\n[table-rule.x]\ndatabase = nowhere\ntable = .*\n';
    expect(await run({}, smtConfig(rules))).toContain(
      '[table-rule.x]: database = nowhere, table = .* (line 14) takes no table',
    );
    await expect(run({ strict: true }, smtConfig(rules))).rejects.toThrow(
      /MIGRATION_RULE_UNMATCHED.*\[table-rule\.x\] \(line 14\)/,
    );
  });

  it('says which file cannot be read', async () => {
    await expect(run({ config: join(folder, 'none.conf') })).rejects.toThrow(
      /MIGRATION_CONFIG_INVALID.*none\.conf does not exist\./,
    );
    await expect(run({}, smtConfig(), '{')).rejects.toThrow(/MIGRATION_SCHEMA_UNREADABLE.*is not JSON/);
  });

  it('says what --apply lacks', async () => {
    await expect(run({ apply: 'run' })).rejects.toThrow(
      /line 11: --apply needs flink\.starrocks\.jdbc-url in \[table-rule\.1\]/,
    );
  });

  it('maps a thousand tables', async () => {
    const tables = Array.from({ length: 1000 }, (_, n) => ({ TABLE_SCHEMA: 'd', TABLE_NAME: `t${n}x` }));
    const columns = tables.flatMap((row, n) =>
      Array.from({ length: 20 }, (_, c) => ({
        ...row,
        ...columnRow(`c${c}`, c + 1, c === 0 ? 'PRI' : ''),
        DATA_TYPE: n % 2 ? 'int' : 'bigint',
      })),
    );
    const keyColumnUsage = tables.map((row) => ({
      ...row,
      CONSTRAINT_NAME: 'PRIMARY',
      COLUMN_NAME: 'c0',
      ORDINAL_POSITION: 1,
    }));
    await run({}, smtConfig(), JSON.stringify({ tables, columns, key_column_usage: keyColumnUsage }));
    const sql = await readFile(join(result(), 'starrocks-create.all.sql'), 'utf8');
    expect(sql.match(/^CREATE TABLE/gm)).toHaveLength(1000);
    expect(sql.match(/PRIMARY KEY\(`c0`\)/g)).toHaveLength(1000);
    expect(JSON.parse(await readFile(join(result(), 'sink-route.1.json'), 'utf8')).routes).toHaveLength(1000);
  });
});

const columnRow = (name: string, position: number, key: string) => ({
  COLUMN_NAME: name,
  ORDINAL_POSITION: position,
  COLUMN_DEFAULT: null,
  IS_NULLABLE: 'NO',
  DATA_TYPE: 'int',
  COLUMN_TYPE: 'int',
  COLUMN_KEY: key,
});

const tinySchema = JSON.stringify({
  tables: [{ TABLE_SCHEMA: 'd', TABLE_NAME: 't' }],
  columns: [{ TABLE_SCHEMA: 'd', TABLE_NAME: 't', ...columnRow('id', 1, 'PRI') }],
  key_column_usage: [
    { TABLE_SCHEMA: 'd', TABLE_NAME: 't', CONSTRAINT_NAME: 'PRIMARY', COLUMN_NAME: 'id', ORDINAL_POSITION: 1 },
  ],
});

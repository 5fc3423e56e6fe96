import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MigrateTask, runMigrate } from '../../cli/migrate.ts';
import { startMariaDb } from '../../local/mysql/mariadb.ts';
import { type StarRocksServer, startStarRocks } from '../../local/starrocks/server.ts';
import type { PlannedRoute, SinkFile } from '../../src/mysql/sink-file.ts';
import { basic, send } from '../contract/http-client.ts';
import { nowMs } from '../unit/migrate-schema-builder.ts';
import { values } from './migrate-values.ts';

const started = await startMariaDb();
const mariadb = 'server' in started ? started.server : undefined;
const skipped = 'missing' in started ? ` (skipped: ${started.missing})` : '';
afterAll(() => mariadb?.stop());

let cluster: StarRocksServer;
let starrocks: Connection;
let folder = '';

beforeAll(async () => {
  cluster = await startStarRocks();
  starrocks = await createConnection({
    host: '127.0.0.1',
    port: cluster.queryPort,
    user: 'root',
    dateStrings: true,
    // StarRocks names its texts utf8, which clients take for MySQL's three bytes a character.
    typeCast: (field, next) => (/^(VAR_)?STRING$/.test(field.type) ? field.string('utf8') : next()),
  });
});
afterAll(async () => {
  await starrocks?.end();
  await cluster?.close();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'migrate-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs the command against MariaDB and the stand-in; gives what it printed. */
async function run(
  database: string,
  task: Partial<MigrateTask>,
  profile: 'native' | 'smt' = 'native',
  lines = '',
): Promise<string> {
  const { host, port, user, password } = mariadb!;
  const config = `[db]
host = ${host}
port = ${port}
user = ${user}
password = ${password}
[other]
be_num = 1
use_decimal_v3 = true
output_dir = ${join(folder, 'result')}
[table-rule.1]
database = ^${database}
table = .*
flink.starrocks.jdbc-url = ${cluster.jdbcUrl}
flink.starrocks.username = root
flink.starrocks.password =
${lines}`;
  await writeFile(join(folder, 'smt.conf'), config);
  const printed: string[] = [];
  const choices = {
    profile,
    tinyint1: 'tinyint',
    binary: 'varbinary',
    json: 'json',
    shardName: 'doc',
    shardColumns: false,
    flink: false,
    secretId: 's',
  } as const;
  await runMigrate(
    {
      config: join(folder, 'smt.conf'),
      tls: { mode: 'disabled' },
      choices,
      force: false,
      strict: true,
      apply: 'run',
      ...task,
    },
    { now: () => nowMs, print: (line) => printed.push(line), env: {} },
  );
  return printed.join('\n');
}

const routes = async () =>
  (JSON.parse(await readFile(join(folder, 'result/sink-route.all.json'), 'utf8')) as SinkFile).routes;

/** JSON may come back with other white space. */
const held = (type: string, value: unknown) =>
  type === 'json' && typeof value === 'string' ? JSON.parse(value) : value;

/** How a value of MySQL is written into a row. */
function rowExpression(name: string, sourceType: string): string {
  if (sourceType.startsWith('bit')) return `CAST(CAST(${name} AS UNSIGNED) AS CHAR)`;
  if (/blob|binary/.test(sourceType)) return `TO_BASE64(${name})`;
  return /^(point|polygon|geometry)$/.test(sourceType) ? `ST_AsGeoJSON(${name})` : `CAST(${name} AS CHAR)`;
}

/** Sends every row of the source table by its route; gives the answer of StarRocks. */
async function load(
  route: PlannedRoute,
  source: string,
): Promise<{ Status: string; NumberLoadedRows: number; Message: string }> {
  const columns = route.columns.map(({ name, sourceType }) => rowExpression(`\`${name}\``, sourceType ?? ''));
  const [rows] = await mariadb!.connection.query<(RowDataPacket & (string | null)[])[]>({
    sql: `SELECT ${columns.join(', ')} FROM ${source}`,
    rowsAsArray: true,
  });
  const objects = rows.map((row) =>
    Object.fromEntries(
      route.columns.map(({ name, field, type }, n) => [
        field ?? name,
        type === 'JSON' ? JSON.parse(row[n] ?? 'null') : row[n],
      ]),
    ),
  );
  const headers = {
    authorization: basic('root', ''),
    format: 'json',
    strip_outer_array: 'true',
    strict_mode: 'true',
    ...Object.fromEntries(
      Object.entries(route.options).flatMap(([name, value]) =>
        name.startsWith('sink.properties.') ? [[name.slice('sink.properties.'.length), String(value)]] : [],
      ),
    ),
  };
  const path = `/api/${route.database}/${route.table}/_stream_load`;
  const redirect = await send(`${cluster.feUrl}${path}`, {
    method: 'PUT',
    headers: { ...headers, expect: '100-continue' },
  });
  const body = JSON.stringify(objects, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  const answer = await send(redirect.headers.location ?? '', {
    method: 'PUT',
    headers: { ...headers, expect: '100-continue' },
    body,
  });
  return JSON.parse(answer.text);
}

describe.skipIf(!mariadb)(`migrate --apply${skipped}`, () => {
  it.each(['native', 'smt'] as const)('makes tables that take rows of every type: profile %s', async (profile) => {
    const database = `types_${profile}`;
    const columns = values.map(([type], n) => `c${n} ${type} NULL`);
    await mariadb!.connection.query(
      `SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES';
       CREATE DATABASE ${database};
       CREATE TABLE ${database}.t (id INT PRIMARY KEY, ${columns.join(', ')}, shape POINT NULL);
       INSERT INTO ${database}.t VALUES (1, ${values.map(([, literal]) => literal).join(', ')}, POINT(1, 2.5));
       INSERT INTO ${database}.t (id) VALUES (2)`,
    );
    await run(database, {}, profile);
    const [route] = await routes();
    expect(await load(route!, `${database}.t`)).toMatchObject({ Status: 'Success', NumberLoadedRows: 2 });
    const [rows] = await starrocks.query<RowDataPacket[]>(`SELECT * FROM ${database}.t ORDER BY id`);
    const [full, empty] = rows as [Record<string, unknown>, Record<string, unknown>];
    values.forEach(([type, , native, smt = native], n) => {
      expect([type, held(type, full[`c${n}`])]).toEqual([type, profile === 'native' ? native : smt]);
      expect([type, empty[`c${n}`]]).toEqual([type, null]);
    });
    expect(held('json', full['shape'])).toEqual({ type: 'Point', coordinates: [1, 2.5] });
  });

  it.each(['native', 'smt'] as const)(
    'makes tables of every kind of key that take rows: profile %s',
    async (profile) => {
      const database = `keys_${profile}`;
      await mariadb!.connection.query(
        `CREATE DATABASE ${database}; USE ${database};
       CREATE TABLE bytes (k BINARY(4) PRIMARY KEY, v INT); INSERT INTO bytes VALUES (x'00ff0a22', 1);
       CREATE TABLE money (v INT, k DECIMAL(10,2) PRIMARY KEY); INSERT INTO money VALUES (1, -99999999.99);
       CREATE TABLE halves (k DOUBLE PRIMARY KEY); INSERT INTO halves VALUES (-0.5);
       CREATE TABLE pair (v INT, b BIGINT UNSIGNED, a VARCHAR(9), PRIMARY KEY (a, b)); INSERT INTO pair VALUES (1, 18446744073709551615, 'x');
       CREATE TABLE keyless (f DOUBLE, d DECIMAL(5,1), t TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, n INT DEFAULT 3); INSERT INTO keyless VALUES (1, 2, '2026-01-01', 4);
       CREATE TABLE \`select\` (\`from\` INT PRIMARY KEY, \`名前\` VARCHAR(9) DEFAULT 'it''s "x"' COMMENT 'a "b"\nc\\\\'); INSERT INTO \`select\` VALUES (1, 'é');
       CREATE TABLE parted (id INT PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 2; INSERT INTO parted VALUES (1);
       CREATE TABLE made (id INT PRIMARY KEY, twice INT AS (id * 2) STORED); INSERT INTO made (id) VALUES (4);
       CREATE TABLE zero (id INT PRIMARY KEY, d DATE NOT NULL DEFAULT '0000-00-00'); INSERT INTO zero VALUES (1, '2026-01-01');
       CREATE VIEW seen AS SELECT 1 AS one`,
      );
      await run(database, {}, profile);
      const made = await routes();
      expect(made.map((route) => route.table)).toEqual([
        'bytes',
        'halves',
        'keyless',
        'made',
        'money',
        'pair',
        'parted',
        'select',
        'zero',
      ]);
      for (const route of made) {
        const answer = await load(route, `${database}.\`${route.table}\``);
        expect([route.table, answer.Status, answer.NumberLoadedRows, answer.Message]).toEqual([
          route.table,
          'Success',
          1,
          'OK',
        ]);
      }
      const [keys] = await starrocks.query<RowDataPacket[]>(`SELECT k FROM ${database}.money`);
      expect(keys).toEqual([{ k: '-99999999.99' }]);
    },
  );

  it('shows what it will run, offers missing columns, reports the rest, and drops nothing', async () => {
    await mariadb!.connection.query(
      `CREATE DATABASE evolve; CREATE TABLE evolve.t (id INT PRIMARY KEY, name VARCHAR(9), added INT NOT NULL, flag TINYINT NOT NULL DEFAULT 1)`,
    );
    await starrocks.query('CREATE DATABASE evolve');
    await starrocks.query(
      'CREATE TABLE evolve.t (id INT NOT NULL, name VARCHAR(5), extra INT) PRIMARY KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1',
    );
    const shown = await run('evolve', { apply: 'show' });
    expect(shown).toContain('-- Nothing to create.');
    expect(shown).toContain(
      'ALTER TABLE `evolve`.`t` ADD COLUMN `added` INT NULL COMMENT "", ADD COLUMN `flag` TINYINT NOT NULL DEFAULT "1" COMMENT "";',
    );
    expect(shown).toContain('-- Left as it is: evolve.t: its column name is varchar(5), planned is VARCHAR(36).');
    expect(shown).toContain('-- Left as it is: evolve.t: it has more columns: extra.');
    expect(await readFile(join(folder, 'result/report.md'), 'utf8')).toContain('### Tables that StarRocks has already');

    const columnsOf = async () => {
      const [rows] = await starrocks.query<RowDataPacket[]>(
        "SELECT COLUMN_NAME AS name FROM information_schema.columns WHERE TABLE_SCHEMA = 'evolve'",
      );
      return rows.map((row) => row['name']);
    };
    await run('evolve', { apply: 'run' });
    expect(await columnsOf()).toEqual(['id', 'name', 'extra']);
    await run('evolve', { apply: 'run-and-add' });
    expect(await columnsOf()).toEqual(['id', 'name', 'extra', 'added', 'flag']);
  });

  it('finds nothing to do when it runs again', async () => {
    await mariadb!.connection.query(
      'CREATE DATABASE again; CREATE TABLE again.t (id BIGINT UNSIGNED PRIMARY KEY, b VARBINARY(9), d DECIMAL(9,2), j JSON, s LONGTEXT, f BOOLEAN, e DECIMAL(65,1))',
    );
    expect(await run('again', {})).toContain('-- Ran 2 statements.');
    const second = await run('again', {});
    expect(second).toContain('-- Ran 0 statements.');
    expect(second).not.toContain('Left as it is');
  });

  it('says which statement StarRocks refuses', async () => {
    await mariadb!.connection.query('CREATE DATABASE refused; CREATE TABLE refused.t (id INT PRIMARY KEY, v INT)');
    await expect(run('refused', {}, 'native', 'distributed_by = `nothing`')).rejects.toThrow(
      /MIGRATION_APPLY_FAILED.*Statement 2 of 2, CREATE TABLE IF NOT EXISTS `refused`\.`t` \(:/,
    );
  });
});

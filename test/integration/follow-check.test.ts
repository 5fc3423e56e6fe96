import { afterAll, describe, expect, it } from 'vitest';
import { startMariaDb } from '../../local/mysql/mariadb.ts';
import { startMySql } from '../../local/mysql/mysql.ts';
import type { SourceFinding } from '../../src/mysql/follow/source.ts';
import { follow, freshDatabase } from './follow-world.ts';

/** Servers as somebody may find them. */
const started = {
  mariadb: await startMariaDb([
    '--log-bin=binlog',
    '--server-id=77',
    '--binlog-format=MIXED',
    '--binlog-row-image=MINIMAL',
  ]),
  mysql: await startMySql([
    '--log-bin=binlog',
    '--server-id=77',
    '--gtid-mode=OFF',
    '--binlog-expire-logs-seconds=3600',
  ]),
};

afterAll(async () => {
  for (const start of Object.values(started)) if ('server' in start) await start.server.stop();
});

const tables = [
  'CREATE TABLE good (id INT PRIMARY KEY)',
  'CREATE TABLE keyless (v INT)',
  'CREATE TABLE nullable (v INT, UNIQUE KEY (v))',
  'CREATE TABLE text_of (id INT PRIMARY KEY, v VARCHAR(10) CHARACTER SET armscii8)',
  'CREATE TABLE old (id INT PRIMARY KEY) ENGINE = MyISAM',
];
const wheres = (findings: readonly SourceFinding[]) => findings.map(({ weight, where }) => `${weight} ${where}`);

describe.each(['mariadb', 'mysql'] as const)('the check of a real %s', async (flavour) => {
  const start = started[flavour];
  if (!('server' in start)) return it.skip(start.missing);
  const { server } = start;
  const { connection } = server;
  await freshDatabase(connection, 'shop');
  for (const sql of tables) await connection.query(sql);
  await connection.query("CREATE USER 'reader'@'%' IDENTIFIED BY 'tester-pw'; GRANT SELECT ON shop.* TO 'reader'@'%'");
  const source = await follow(server, 'shop', { user: 'reader' });
  afterAll(() => source.close());

  const settings = {
    mariadb: ['stop binlog_format', 'stop binlog_row_image', 'stop binlog_row_metadata'],
    mysql: ['stop binlog_row_metadata', 'stop gtid_mode', 'tell binlog_expire_logs_seconds'],
  };
  const privileges = {
    mariadb: ['stop REPLICATION SLAVE', 'stop BINLOG MONITOR'],
    mysql: ['stop REPLICATION SLAVE', 'stop REPLICATION CLIENT'],
  };
  const found = ['stop shop.keyless', 'stop shop.nullable', 'stop shop.text_of.v', 'tell shop.old'];

  it('tells all that is in the way at once', async () => {
    const all = await source.check();
    expect(wheres(all)).toEqual([...settings[flavour], 'stop server id', ...privileges[flavour], ...found]);
    for (const { text } of all) expect(text).toMatch(/\.$/);
  });

  it('is silent once the statements that it names were run', async () => {
    for (const { statements } of await source.check()) {
      for (const sql of statements) await connection.query(sql.replace('PRIMARY KEY (…)', 'PRIMARY KEY (v)'));
    }
    const again = await follow(server, 'shop', { user: 'reader', serverId: 78 });
    expect(await again.check()).toEqual([]);
    await again.close();
  });

  it('stops where there is no binlog, and says what has to stand in the file of the server', async () => {
    const without =
      flavour === 'mysql'
        ? await startMySql(['--skip-log-bin', '--server-id=5'])
        : await startMariaDb(['--server-id=5']);
    if (!('server' in without)) throw new Error(without.missing);
    try {
      await freshDatabase(without.server.connection, 'shop');
      await without.server.connection.query('CREATE TABLE good (id INT PRIMARY KEY)');
      const blind = await follow(without.server, 'shop');
      expect(await blind.check()).toContainEqual({
        ...{ weight: 'stop', where: 'log_bin', text: 'it is OFF, and must be ON: there is no binlog to follow.' },
        statements: ['log_bin = binlog'],
      });
      await blind.close();
    } finally {
      await without.server.stop();
    }
  });

  it('stops where no route takes a table, or the user may see none', async () => {
    const nobody = await follow(server, 'shop', { table: '^none$', serverId: 78 });
    expect(wheres(await nobody.check())).toContain('stop routes');
    await nobody.close();
  });
});

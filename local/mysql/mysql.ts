import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeData, makeTester, type ServerStart, startServer } from './database-server.ts';

const script = join(import.meta.dirname, '../../scripts/install-mysql.sh');
const howTo = 'MySQL is not there: scripts/install-mysql.sh unpacks it on Debian, without root.';

/** Where the script unpacks it. */
export const mySqlFolder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'starrocks-sink/mysql');

export const isMySqlUnpacked = (): boolean => existsSync(join(mySqlFolder, 'complete'));

/**
 * Starts a real MySQL, which is unpacked first where that can be done; otherwise tests skip with the line `missing`.
 *
 * @in  more: further arguments of mysqld
 */
export async function startMySql(more: readonly string[] = []): Promise<ServerStart> {
  const unpacked = existsSync('/etc/debian_version')
    ? spawnSync(script, [mySqlFolder], { encoding: 'utf8' })
    : undefined;
  const root = unpacked?.status === 0 ? unpacked.stdout.trim() : undefined;
  const [loader] = root === undefined ? [] : globSync(join(root, 'usr/lib/*/ld-linux-*'));
  if (root === undefined || loader === undefined) return { missing: howTo };
  const folder = await mkdtemp(join(tmpdir(), 'mysql-'));
  const args = [
    ...['--library-path', join(loader, '..'), join(root, 'usr/sbin/mysqld')],
    '--no-defaults',
    `--basedir=${join(root, 'usr')}`,
    `--lc-messages-dir=${join(root, 'usr/share/mysql')}`,
    '--secure-file-priv=NULL',
    '--mysqlx=OFF',
    '--innodb-flush-log-at-trx-commit=0',
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
  ];
  await makeData('mysql', folder, (data) =>
    execFileSync(loader, [...args, `--datadir=${data}`, '--initialize-insecure'], { stdio: 'ignore' }),
  );
  const init = join(folder, 'init.sql');
  await writeFile(init, makeTester);
  const files = [
    `--datadir=${join(folder, 'data')}`,
    `--socket=${join(folder, 'socket')}`,
    `--pid-file=${join(folder, 'pid')}`,
    `--init-file=${init}`,
  ];
  return { server: await startServer(loader, [...args, ...files, ...more], folder) };
}

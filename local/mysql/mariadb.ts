import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeData, makeTester, mayInstall, type ServerStart, startServer } from './database-server.ts';

const serverNames = ['mariadbd', 'mysqld'];
const installerNames = ['mariadb-install-db', 'mysql_install_db'];
const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/usr/libexec'];
const script = join(import.meta.dirname, '../../scripts/install-mariadb.sh');
const howTo =
  'MariaDB is not installed: as root on Debian run scripts/install-mariadb.sh; elsewhere put mariadbd into PATH.';

/**
 * Starts MariaDB. Where it is not installed, it is installed if this is Debian and the user is root; otherwise the tests that
 * need it are to be skipped with the line `missing`.
 *
 * @in  more: further arguments of mariadbd
 */
export async function startMariaDb(more: readonly string[] = []): Promise<ServerStart> {
  const isRootOfDebian = process.getuid?.() === 0 && existsSync('/etc/debian_version');
  if (find(serverNames) === undefined && mayInstall && isRootOfDebian) spawnSync(script, { stdio: 'ignore' });
  const [server, installer] = [find(serverNames), find(installerNames)];
  if (server === undefined || installer === undefined) return { missing: howTo };
  const folder = await mkdtemp(join(tmpdir(), 'mariadb-'));
  return { server: await startServer(server, [...(await prepare(installer, folder)), ...more], folder) };
}

export const isMariaDbInstalled = (): boolean =>
  [serverNames, installerNames].every((names) => find(names) !== undefined);

const find = (names: readonly string[]) =>
  names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));

/** Makes the data folder; gives the arguments that keep the server inside it. */
async function prepare(installer: string, folder: string): Promise<readonly string[]> {
  const data = join(folder, 'data');
  const asRoot = process.getuid?.() === 0 ? ['--user=root'] : [];
  const installing = ['--no-defaults', '--auth-root-authentication-method=normal', '--skip-test-db', ...asRoot];
  await makeData('mariadb', folder, (own) =>
    execFileSync(installer, [...installing, `--datadir=${own}`], { stdio: 'pipe' }),
  );
  const init = join(folder, 'init.sql');
  await writeFile(init, makeTester);
  return [
    '--no-defaults',
    `--datadir=${data}`,
    `--socket=${join(folder, 'socket')}`,
    `--pid-file=${join(folder, 'pid')}`,
    `--init-file=${init}`,
    '--character-set-server=utf8mb4',
    '--innodb-buffer-pool-size=32M',
    ...asRoot,
  ];
}

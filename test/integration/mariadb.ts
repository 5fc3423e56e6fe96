import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Connection, createConnection } from 'mysql2/promise';

/** A MariaDB server of the test's own: private port and data folder, on 127.0.0.1. */
interface MariaDb {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** May do everything. */
  readonly user: 'tester';
  readonly password: 'tester-pw';
  readonly connection: Connection;
  stop(): Promise<void>;
}

type MariaDbStart = { readonly server: MariaDb } | { readonly missing: string };

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
export async function startMariaDb(more: readonly string[] = []): Promise<MariaDbStart> {
  if (find(serverNames) === undefined && process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    spawnSync(script, { stdio: 'ignore' });
  }
  const [server, installer] = [find(serverNames), find(installerNames)];
  if (server === undefined || installer === undefined) {
    console.warn(howTo);
    return { missing: howTo };
  }
  return { server: await start(server, installer, more) };
}

const find = (names: readonly string[]) =>
  names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));

async function start(server: string, installer: string, more: readonly string[]): Promise<MariaDb> {
  const folder = await mkdtemp(join(tmpdir(), 'mariadb-'));
  const port = await freePort();
  const child = spawn(server, [...(await prepare(installer, folder)), `--port=${port}`, ...more], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const killOnExit = () => child.kill('SIGKILL');
  process.once('exit', killOnExit);
  await ready(child);
  const [user, password] = ['tester', 'tester-pw'] as const;
  const connection = await createConnection({ host: '127.0.0.1', port, user, password, multipleStatements: true });
  return {
    host: '127.0.0.1',
    port,
    user,
    password,
    connection,
    async stop() {
      connection.destroy();
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      process.off('exit', killOnExit);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Makes the data folder; gives the arguments that keep the server inside it. */
async function prepare(installer: string, folder: string): Promise<readonly string[]> {
  const data = join(folder, 'data');
  const asRoot = process.getuid?.() === 0 ? ['--user=root'] : [];
  const installing = [
    '--no-defaults',
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ];
  execFileSync(installer, [...installing, ...asRoot], { stdio: 'ignore' });
  const init = join(folder, 'init.sql');
  await writeFile(
    init,
    "CREATE USER 'tester'@'%' IDENTIFIED BY 'tester-pw';\nGRANT ALL ON *.* TO 'tester'@'%' WITH GRANT OPTION;\n",
  );
  return [
    '--no-defaults',
    `--datadir=${data}`,
    `--socket=${join(folder, 'socket')}`,
    `--pid-file=${join(folder, 'pid')}`,
    `--init-file=${init}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    '--character-set-server=utf8mb4',
    '--innodb-buffer-pool-size=32M',
    ...asRoot,
  ];
}

/** Resolves when the server says that it listens; rejects with its last words when it ends before. */
async function ready(child: ChildProcess): Promise<void> {
  const words: string[] = [];
  if (child.stderr === null) throw new Error('mariadbd was started without a pipe');
  for await (const line of createInterface({ input: child.stderr })) {
    words.push(line);
    if (line.includes('ready for connections')) {
      child.stderr.resume();
      return;
    }
  }
  throw new Error(`mariadbd ended before it was ready:\n${words.slice(-10).join('\n')}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, existsSync } from 'node:fs';
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Connection, createConnection } from 'mysql2/promise';

/** A MySQL or MariaDB server of the test's own: private port and data folder, on 127.0.0.1. */
export interface DatabaseServer {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** May do everything. */
  readonly user: 'tester';
  readonly password: 'tester-pw';
  readonly connection: Connection;
  /** Kills it, and starts it again on its port; `connection` is lost. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** missing: one line that says what was left out, and what would bring it. */
export type ServerStart = { readonly server: DatabaseServer } | { readonly missing: string };

/** SINK_TEST_INSTALL=no: nothing is downloaded for tests. */
export const mayInstall = process.env['SINK_TEST_INSTALL'] !== 'no';

/** What both servers run at their start. */
export const makeTester = `CREATE USER IF NOT EXISTS 'tester'@'%' IDENTIFIED BY 'tester-pw';
GRANT ALL ON *.* TO 'tester'@'%' WITH GRANT OPTION;
`;

/** SINK_TEST_FOLDER: ends with a run of the tests, whose servers all begin as copies of one data folder in there. */
const sharedFolder = process.env['SINK_TEST_FOLDER'];

/**
 * Makes `data` in a folder, or copies what was made before: to make it takes a server seconds.
 *
 * @in   make: makes the data folder that it is told, which is not there yet
 */
export async function makeData(name: string, folder: string, make: (data: string) => void): Promise<void> {
  const data = join(folder, 'data');
  if (sharedFolder === undefined) return make(data);
  const shared = join(sharedFolder, `${name}-data`);
  if (!existsSync(shared)) {
    const own = join(await mkdtemp(join(sharedFolder, `${name}-`)), 'data');
    make(own);
    // Another process may have been there first.
    await rename(own, shared).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  }
  await cp(shared, data, { recursive: true, mode: constants.COPYFILE_FICLONE });
  // MySQL's file of the name that no two servers may share; it makes another one.
  await rm(join(data, 'auto.cnf'), { force: true });
}

/**
 * Starts a server whose data folder is made.
 *
 * @in   folder: holds all its files, and is removed with it
 */
export async function startServer(command: string, args: readonly string[], folder: string): Promise<DatabaseServer> {
  const port = await freePort();
  const launch = async () => {
    const child = spawn(command, [...args, `--port=${port}`, '--bind-address=127.0.0.1', '--skip-name-resolve'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const unwatch = endWithThisProcess(child, folder);
    await ready(command, child);
    return async (signal: 'SIGTERM' | 'SIGKILL') => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await once(child, 'exit');
      }
      unwatch();
    };
  };
  let end = await launch();
  const [user, password] = ['tester', 'tester-pw'] as const;
  const connection = await createConnection({ host: '127.0.0.1', port, user, password, multipleStatements: true });
  return {
    host: '127.0.0.1',
    port,
    user,
    password,
    connection,
    async restart() {
      connection.destroy();
      await end('SIGKILL');
      end = await launch();
    },
    async stop() {
      connection.destroy();
      await end('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Kills the server and removes its folder when this process ends in any way, also killed: a shell waits for the end of a pipe that
 * only this process holds open.
 *
 * @out  ends the watch; the server lives on
 */
function endWithThisProcess({ pid }: ChildProcess, folder: string): () => void {
  const script = 'read -r _; kill -KILL "$1"; rm -rf "$2"';
  const watch = spawn('sh', ['-c', script, 'sh', `${pid}`, folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Not ended together with this process by a key.
    detached: true,
  });
  watch.unref();
  return () => void watch.kill('SIGKILL');
}

/** Resolves when the server says that it listens; rejects with its last words when it ends before. */
async function ready(command: string, child: ChildProcess): Promise<void> {
  const words: string[] = [];
  if (child.stderr === null) throw new Error(`${command} was started without a pipe`);
  for await (const line of createInterface({ input: child.stderr })) {
    words.push(line);
    if (line.includes('ready for connections')) {
      child.stderr.resume();
      return;
    }
  }
  throw new Error(`${command} ended before it was ready:\n${words.slice(-10).join('\n')}`);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

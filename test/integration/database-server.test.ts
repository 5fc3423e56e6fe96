import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { describe, expect, it, vi } from 'vitest';
import { isMariaDbInstalled } from '../../local/mysql/mariadb.ts';

const starter = `
import { startMariaDb } from './local/mysql/mariadb.ts';
const { server } = await startMariaDb();
const [[{ folder }]] = await server.connection.query('SELECT @@datadir AS folder');
console.log(JSON.stringify({ port: server.port, folder }));
`;

const isListening = async (port: number): Promise<boolean> => {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
};

describe.skipIf(!isMariaDbInstalled())('a database server of a test', () => {
  it('ends with the process that started it, and its files, also when that is killed', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', starter], {
      cwd: new URL('../../', import.meta.url),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { port, folder } = JSON.parse(line) as { readonly port: number; readonly folder: string };
    expect([await isListening(port), existsSync(folder)]).toEqual([true, true]);
    child.kill('SIGKILL');
    await vi.waitUntil(async () => !(await isListening(port)) && !existsSync(folder), { timeout: 20_000 });
  });
});

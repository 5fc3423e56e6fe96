import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import mysql, { type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ConsoleState } from '../../cli/console/api.ts';

const main = join(import.meta.dirname, '../../cli/main.ts');
// As on a machine that has never heard of AWS.
const env = { PATH: process.env['PATH'] };
const children: ReturnType<typeof spawn>[] = [];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-dev-'));
});
afterAll(async () => {
  for (const child of children) child.kill('SIGTERM');
  await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
  await rm(folder, { recursive: true });
});

function start(args: readonly string[], stdin = '') {
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(stdin);
  return child;
}

async function dev(...args: readonly string[]) {
  const child = start(['dev', ...args]);
  children.push(child);
  const [first] = (await once(createInterface(child.stdout), 'line')) as [string];
  return first;
}

/** What is printed for a person: what stands behind each name. */
async function devLines(...args: readonly string[]) {
  const child = start(['dev', ...args]);
  children.push(child);
  const found: Record<string, string> = {};
  for await (const line of createInterface(child.stdout)) {
    const [, name = '', behind = ''] = /^(.+?):? {2,}(.+)$/.exec(line) ?? [];
    found[name] = behind;
    if (name === 'Rejected rows') break;
  }
  return found;
}

/** Pastes a line into a shell that has never heard of AWS. */
async function paste(line = '') {
  const child = spawn('sh', ['-c', line], { cwd: folder, env: { PATH: `${dirname(process.execPath)}:${env.PATH}` } });
  const [out, told, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { exitCode, out, told };
}

async function sendRow(queueUrl: string, table: string) {
  const child = start(['send', '-', '--table', table, '--queue-url', queueUrl, '--json'], '{"id":1,"name":"one"}\n');
  const [out, told, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { exitCode, told, summary: JSON.parse(out) };
}

describe('dev --json', () => {
  it('prints one line with all addresses, by which rows reach a table without any credentials', async () => {
    const config = { 'load-url': 'fe.example.com:8030', 'sink.secret-id': 's', 'sink.semantic': 'exactly-once' };
    await writeFile(join(folder, 'sink.json'), JSON.stringify({ ...config, 'deploy.fifo': false }));
    const options = ['--option', 'sink.label-prefix=here', '--window-ms', '10', '--console'];
    const ready = JSON.parse(await dev('--json', '--config', 'sink.json', ...options));
    expect(ready).toEqual({
      ready: true,
      frontend: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      frontends: [ready.frontend],
      backends: [expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/)],
      queryPort: expect.any(Number),
      endpoint: expect.stringMatching(/^http:/),
      rowsQueueUrl: expect.stringMatching(/^http:/),
      loadQueueUrl: expect.stringMatching(/^http:/),
      bucket: expect.any(String),
      console: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/),
    });

    const connection = await mysql.createConnection({ host: '127.0.0.1', port: ready.queryPort, user: 'root' });
    try {
      await connection.query('CREATE DATABASE IF NOT EXISTS test');
      await connection.query('CREATE TABLE test.t (id BIGINT NOT NULL, name STRING NULL) DUPLICATE KEY(id)');
      const sent = await sendRow(ready.rowsQueueUrl, 't');
      expect(sent).toEqual({
        exitCode: 0,
        told: '',
        summary: expect.objectContaining({ rows: 1, messages: 1, badRows: 0, isComplete: true }),
      });
      await vi.waitFor(
        async () => {
          const [rows] = await connection.query<RowDataPacket[]>('SELECT id, name FROM test.t');
          expect(rows).toEqual([{ id: 1, name: 'one' }]);
        },
        { timeout: 20_000, interval: 50 },
      );
      const [loads] = await connection.query<RowDataPacket[]>('SELECT LABEL FROM information_schema.loads');
      expect(loads.map(({ LABEL }) => String(LABEL))).toEqual([expect.stringMatching(/^here-/)]);
      const seen = (await (await fetch(new URL('api/look', ready.console))).json()) as ConsoleState;
      expect(seen.overview).toMatchObject({ loads: [{ table: 'test.t', rows: 1 }], notTold: [] });
    } finally {
      await connection.end();
    }
  });

  it('keeps what it holds in a folder, also when it is ended with violence', async () => {
    const tables = async () => {
      const { queryPort } = JSON.parse(await dev('--json', '--data', 'kept'));
      const connection = await mysql.createConnection({ host: '127.0.0.1', port: queryPort, user: 'root' });
      const ask = async (sql: string) => (await connection.query<RowDataPacket[]>(sql))[0];
      return { ask, end: () => connection.end() };
    };
    const first = await tables();
    await first.ask('CREATE DATABASE kept');
    await first.ask('CREATE TABLE kept.t (id BIGINT NOT NULL) DUPLICATE KEY(id)');
    await first.ask('INSERT INTO kept.t VALUES (1), (2)');
    await first.end();
    const child = children.at(-1);
    child?.kill('SIGKILL');
    await once(child as NonNullable<typeof child>, 'exit');
    const second = await tables();
    expect(await second.ask('SELECT id FROM kept.t ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
    await second.end();
    const other = start(['dev', '--json', '--data', 'kept']);
    const [said, [exitCode]] = await Promise.all([text(other.stderr), once(other, 'exit')]);
    expect([exitCode, said]).toEqual([
      1,
      expect.stringMatching(/kept is in use by another program: end that one, or name another folder\.\n$/),
    ]);
  });

  it('tells what the StarRocks stand-in alone can be reached by', async () => {
    const ready = JSON.parse(await dev('--only', 'starrocks', '--json'));
    const answer = await fetch(`${ready.frontend}/api/bootstrap`);
    expect(answer.status).toBe(200);
  });
});

describe('dev', () => {
  it('prints lines that can be pasted as they are', async () => {
    const lines = await devLines('--window-ms', '10', '--max-receives', '1');
    // What the client of MySQL would be given.
    const [, port, sql = ''] = /-P (\d+) -u root -e '([^']+)'$/.exec(lines['Make a table'] ?? '') ?? [];
    const settings = { host: '127.0.0.1', port: Number(port), user: 'root', multipleStatements: true };
    const connection = await mysql.createConnection(settings);
    try {
      await connection.query(sql);
      const sent = await paste(lines['Send a row']);
      expect(sent).toMatchObject({ exitCode: 0, out: expect.stringMatching(/^Sent 1 rows in 1 messages/) });
      const [, look = ''] = /-e '([^']+)'$/.exec(lines['Look'] ?? '') ?? [];
      await vi.waitFor(
        async () => {
          const [rows] = await connection.query<RowDataPacket[]>(look);
          expect(rows).toEqual([{ id: 1, name: 'one' }]);
        },
        { timeout: 20_000, interval: 50 },
      );
      expect(await paste(lines['Rejected rows'])).toEqual({ exitCode: 0, out: 'Nothing was rejected.\n', told: '' });
      const queues = await paste(lines['Queues']);
      expect(queues).toMatchObject({ exitCode: 0, told: '', out: expect.stringMatching(/rows {14} +0 waiting/) });
    } finally {
      await connection.end();
    }
  });
});

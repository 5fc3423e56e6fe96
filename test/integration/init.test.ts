import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import mysql from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf } from '../../cli/failure.ts';
import { createInitCommand } from '../../cli/init/init-command.ts';
import type { Terminal } from '../../cli/terminal.ts';
import { readConfigFile } from '../../infra/config-file.ts';
import { planDeployment } from '../../infra/stack.ts';
import { type StarRocksServer, startStarRocks } from '../../local/starrocks/server.ts';

let starrocks: StarRocksServer;
let secrets: Server;
let endpoint: string;
let folder: string;
const asked: { readonly action: unknown; readonly body: Readonly<Record<string, string>> }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'init-'));
  starrocks = await startStarRocks();
  const connection = await mysql.createConnection({ host: '127.0.0.1', port: starrocks.queryPort, user: 'root' });
  await connection.query('CREATE DATABASE shop');
  await connection.query('CREATE TABLE shop.orders (id BIGINT NOT NULL, v INT) PRIMARY KEY (id)');
  await connection.query("CREATE USER 'loader' IDENTIFIED BY 'hunter2'");
  await connection.query("GRANT INSERT, SELECT ON TABLE shop.orders TO 'loader'");
  await connection.end();
  // Secrets Manager, as far as a secret is made.
  secrets = createServer(async (request, response) => {
    const body = JSON.parse(await text(request));
    const isThere = asked.some((each) => each.body['Name'] === body.Name);
    asked.push({ action: request.headers['x-amz-target'], body });
    response.writeHead(isThere ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(
      JSON.stringify(isThere ? { __type: 'ResourceExistsException', message: 'there' } : { Name: body.Name }),
    );
  });
  await once(secrets.listen(0, '127.0.0.1'), 'listening');
  endpoint = `http://127.0.0.1:${(secrets.address() as AddressInfo).port}`;
});
afterAll(async () => {
  secrets.close();
  await starrocks.close();
  await rm(folder, { recursive: true });
});

const addresses = () => ['--load-url', starrocks.loadUrl, '--jdbc-url', starrocks.jdbcUrl];

/** What is shown of a question, and the keys that are pressed then. */
type Typed = readonly [asks: string, keys: string];

const enter = '\r';
const down = '\u001b[B';
const controlC = '\u0003';
const controlD = '\u0004';
const escape = '\u001b';

/** Runs `init …`, and presses keys behind each question; the input ends behind the last of them. */
async function init(words: readonly string[], { env = {}, typed }: { env?: object; typed?: readonly Typed[] } = {}) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const left = [...(typed ?? [])];
  let shown = '';
  let since = '';
  stderr.on('data', (chunk) => {
    shown += chunk;
    since += chunk;
    const [next] = left;
    if (next !== undefined && !since.includes(next[0])) return;
    left.shift();
    since = '';
    setImmediate(() => (next === undefined ? stdin.end() : stdin.write(next[1])));
  });
  const keyboard = Object.assign(stdin, { isTTY: typed !== undefined, setRawMode: () => keyboard });
  const terminal = { stdin: keyboard, stdout, stderr, env, exitCode: 0 } as unknown as Terminal;
  const seen = () => ({ shown: stripVTControlCharacters(shown), cursorIsShown: !/\[\?25l(?!.*\[\?25h)/s.test(shown) });
  try {
    await createInitCommand(terminal).parseAsync(words, { from: 'user' });
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    return { exitCode: failure.exitCode, out: failure.text ?? '', ...seen() };
  }
  return { exitCode: terminal.exitCode, out: String(stdout.read() ?? ''), ...seen() };
}

describe('init', () => {
  it('writes a file that can be deployed, with the schema that editors ask for, and checks what it says', async () => {
    const config = join(folder, 'flags.json');
    const words = ['--config', config, ...addresses(), '--database', 'shop', '--table', 'orders'];
    const env = { STARROCKS_USERNAME: 'loader', STARROCKS_PASSWORD: 'hunter2' };
    const { exitCode, out } = await init(
      [...words, '--option', 'deploy.fifo=true', '--alarm-email', 'me@example.com'],
      { env },
    );
    expect(out).toMatch(/table shop\.orders: 2 columns, primary key/);
    expect(exitCode).toBe(0);
    const written = await readFile(config, 'utf8');
    expect(JSON.parse(written)).toEqual({
      $schema: expect.stringMatching(/docs\/sink\.schema\.json$/),
      ...{ 'load-url': starrocks.loadUrl, 'jdbc-url': starrocks.jdbcUrl },
      ...{ 'database-name': 'shop', 'table-name': 'orders', 'sink.semantic': 'exactly-once' },
      ...{ 'sink.secret-id': 'starrocks-sink', 'deploy.fifo': 'true', 'deploy.alarm-email': 'me@example.com' },
    });
    const { $schema } = JSON.parse(written);
    const isValid = new Ajv2020({ strict: false }).compile(JSON.parse(await readFile(join(folder, $schema), 'utf8')));
    expect([isValid(JSON.parse(written)), isValid.errors]).toEqual([true, null]);
    expect(written).not.toContain('hunter2');
    expect(planDeployment(readConfigFile(config)).props.options).toMatchObject({ 'database-name': 'shop' });
  });

  it('asks for what it was not told, again where an answer is none, and shows no password', async () => {
    const config = join(folder, 'asked.json');
    const typed: readonly Typed[] = [
      ['Frontends', enter],
      ['load-url is needed', `${starrocks.loadUrl}${enter}`],
      ['Query port', `fe${enter}`],
      ['jdbc:mysql', `\u0015${starrocks.jdbcUrl}${enter}`],
      ['Database of', `shop${enter}`],
      ['Table of', enter],
      ['How often', `${down}${enter}`],
      ['Name of the secret', enter],
      ['Address that is told', enter],
      ['User of', `loader${enter}`],
      ['Password', `hunter2${enter}`],
    ];
    const { exitCode, out, shown, cursorIsShown } = await init(['--config', config, '--json'], { typed });
    expect(shown).toContain('load-url is needed');
    expect(shown).toMatch(/● exactly-once.*● at-least-once/s);
    expect(`${shown}${out}`).not.toContain('hunter2');
    expect([exitCode, cursorIsShown]).toEqual([0, true]);
    expect(JSON.parse(out)).toMatchObject({ isWritten: true, isWell: true });
    expect(JSON.parse(await readFile(config, 'utf8'))).toMatchObject({
      ...{ 'jdbc-url': starrocks.jdbcUrl, 'database-name': 'shop', 'sink.tables.allow': 'shop.*' },
      ...{ 'sink.semantic': 'at-least-once', 'sink.secret-id': 'starrocks-sink' },
    });
  });

  it.each([
    ['presses Ctrl-C', controlC],
    ['presses Ctrl-D', controlD],
    ['presses Escape', escape],
    ['closes the input', undefined],
  ])('writes nothing, and leaves no trace, when somebody %s amid the questions', async (_, key) => {
    const config = join(folder, 'gone.json');
    const first: Typed = ['Frontends', `${starrocks.loadUrl}${enter}`];
    const left = await init(['--config', config, '--json'], {
      typed: key === undefined ? [first] : [first, ['Query port', key]],
    });
    expect(left).toMatchObject({ exitCode: 1, out: '', cursorIsShown: true });
    expect(left.shown).toMatch(/not answered, so nothing was written\.\n$/);
    await expect(readFile(config)).rejects.toThrow(/ENOENT/);
  });

  it('says what would keep rows from being loaded, and writes the file all the same', async () => {
    const config = join(folder, 'wrong.json');
    const words = [
      '--config',
      config,
      ...addresses(),
      '--database',
      'shop',
      '--table',
      'orders',
      '--username',
      'loader',
    ];
    const { exitCode, out } = await init(words, { env: { STARROCKS_PASSWORD: 'wrong' } });
    expect(exitCode).toBe(1);
    expect(out).toMatch(/FAIL {2}credentials/);
    expect(await readFile(config, 'utf8')).toContain('shop');
  });

  it('makes the secret once, and leaves one alone that is there', async () => {
    const words = (name: string) => [
      '--config',
      join(folder, name),
      ...addresses(),
      '--no-check',
      '--endpoint',
      endpoint,
    ];
    const env = { STARROCKS_USERNAME: 'loader', STARROCKS_PASSWORD: 'hunter2' };
    const first = await init([...words('s1.json'), '--create-secret', '--secret-id', 'mine'], { env });
    expect(first.out).toContain('The secret mine was made.');
    expect(asked).toEqual([
      {
        action: 'secretsmanager.CreateSecret',
        body: expect.objectContaining({ Name: 'mine', SecretString: '{"username":"loader","password":"hunter2"}' }),
      },
    ]);
    const second = await init([...words('s2.json'), '--create-secret', '--secret-id', 'mine'], { env });
    expect(second.out).toContain('is there already, and was left as it is');
  });

  it('makes nothing in a dry run, and writes over nothing unasked', async () => {
    const config = join(folder, 'dry.json');
    const words = ['--config', config, ...addresses(), '--no-check'];
    const before = asked.length;
    const dry = await init([...words, '--dry-run', '--create-secret', '--endpoint', endpoint]);
    expect(dry.out).toMatch(/^Would write .*dry\.json:\n\{\n {2}"\$schema"/);
    expect(asked).toHaveLength(before);
    await expect(readFile(config)).rejects.toThrow(/ENOENT/);
    await writeFile(config, 'mine');
    expect(await init(words)).toMatchObject({
      exitCode: 2,
      out: expect.stringMatching(/is there already: give --force/),
    });
    expect(await readFile(config, 'utf8')).toBe('mine');
    expect((await init([...words, '--force'])).out).toContain('Wrote');
  });

  it.each<[string, readonly string[], RegExp]>([
    ['nothing at all', [], /load-url is needed: give --load-url/],
    ['an address that is none', ['--load-url', 'fe:port'], /load-url/],
    ['a query port that is none', ['--load-url', 'fe:8030', '--jdbc-url', 'fe:9030'], /jdbc:mysql:\/\/fe:9030/],
    [
      'an option that is none',
      ['--load-url', 'fe:8030', '--option', 'sink.semantik=x'],
      /did you mean sink\.semantic\?/,
    ],
  ])('refuses %s where nobody can be asked', async (_, words, said) => {
    expect(await init(['--config', join(folder, 'none.json'), '--no-check', ...words])).toMatchObject({
      exitCode: 2,
      out: expect.stringMatching(said),
    });
  });
});

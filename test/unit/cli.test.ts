import { once } from 'node:events';
import { createServer } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CommanderError } from 'commander';
import { afterEach, describe, expect, it } from 'vitest';
import { failureOf } from '../../cli/failure.ts';
import { invocation } from '../../cli/invocation.ts';
import { createProgram } from '../../cli/program.ts';
import type { Terminal } from '../../cli/terminal.ts';

const exitCodeBefore = process.exitCode;
afterEach(() => {
  process.exitCode = exitCodeBefore;
});

/** A command, and those within it. */
const allOf = (command: CommandUnknownOpts): readonly CommandUnknownOpts[] => [
  command,
  ...command.commands.flatMap(allOf),
];

/** Runs a line as a person would type it. */
async function run(...words: readonly string[]) {
  const out = new PassThrough();
  const terminal = { stdin: Readable.from([]), stdout: out, stderr: out, env: {} } as unknown as Terminal;
  const program = createProgram(terminal);
  let said = '';
  for (const each of allOf(program)) {
    const write = (text: string): void => {
      said += text;
    };
    each.configureOutput({ writeOut: write, writeErr: write });
  }
  try {
    await program.parseAsync(words, { from: 'user' });
    return { exitCode: Number(terminal.exitCode ?? 0), said };
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    return { exitCode: failure.exitCode, said: `${said}${failure.text ?? ''}` };
  }
}

describe('the command line', () => {
  it.each<[words: readonly string[], said: RegExp]>([
    [['sned'], /unknown command 'sned'\n\(Did you mean send\?\)/],
    [['send', 'rows.json', '--databse', 'x', '--table', 't'], /'--databse'\n\(Did you mean --database\?\)/],
    [['send', 'rows.json', '--tabel', 't'], /unknown option '--tabel'\n\(Did you mean --table\?\)/],
    [['follow', '--confg=sink.json'], /unknown option '--confg'\n\(Did you mean --config\?\)/],
    [['send', '--', '-x'], /required option '--table <name>' not specified/],
    [['send', 'rows.json', '--table', ''], /--table.*Expected some text/],
    [['send', 'rows.json', '--table', '--queue-url', 'u'], /--table.*Expected some text/],
    [['send', 'rows.json', '--table'], /'--table <name>' argument missing/],
    [['send', 'rows.json'], /required option '--table <name>' not specified/],
    [['send', '--table', 't'], /missing required argument 'files'/],
    [
      ['send', 'x', '--table', 't', '--target-bytes', '1e3'],
      /--target-bytes.*'1e3'.*Expected a whole number from 1 on/,
    ],
    [['send', 'x', '--table', 't', '--op', 'remove'], /'remove'.*Allowed choices are upsert, delete/],
    [['send', 'x', '--table', 't'], /give --queue-url, or set QUEUE_URL/],
    [['send', 'x', '--table', 't', '--queue-url', 'rows'], /--queue-url.*'rows'.*Expected an address like http:/],
    [['status', '--bucket', 'b', '--endpoint', 'localhost:4566'], /'localhost:4566'.*Expected an address/],
    [['redrive', '--from', 'dlq', '--to', 'rows'], /--from.*'dlq'.*Expected an address/],
    [['dev', 'stray'], /Expected 0 arguments but got 1: stray/],
    [['dev', '--query-port', '70000'], /'70000'.*from 0 to 65535/],
    [['dev', '--query-port=-1'], /'-1'.*from 0 to 65535/],
    [['dev', '--fifo=yes'], /option '--fifo' takes no value/],
    [['dev', '--option', 'sink.semantic'], /Expected name=value/],
    [['dev', '--config', '/no/such/sink.json'], /\/no\/such\/sink\.json does not exist\. /],
    [['dev', '--option', 'sink.semantik=exactly-once'], /did you mean sink\.semantic\?/],
    [['migrate'], /required option '-c, --config <config_prod\.conf>' not specified/],
    [['rejected', 'resnd'], /unknown command 'resnd'\n\(Did you mean resend\?\)/],
    [['rejected', 'list', '--since', 'yesterday'], /--since.*'yesterday'.*Expected a time like/],
    [['rejected', 'list', 'd.t'], /Expected 0 arguments but got 1: d\.t\.\nSee: starrocks-sink rejected list --help/],
    [['rejected', 'list'], /No bucket is named: give --bucket, the output BucketName of the stack, or --stack/],
    [['rejected', 'resend', '--yes', '--dry-run'], /--dry-run and --yes contradict each other/],
    [['status'], /Nothing is named to look at: give --stack, --queue-url, --bucket or --config/],
    [['console', '--port', '70000'], /'70000'.*from 0 to 65535/],
    [['console', '--every', '0'], /'0'.*Expected a whole number from 1 to 3600/],
    [['redrive', 'b1'], /Expected 0 arguments but got 1: b1/],
    [['demo', '--semantic', 'twice'], /Allowed choices are at-least-once, exactly-once/],
  ])('%j is refused before anything is begun', async (words, said) => {
    expect(await run(...words)).toEqual({ exitCode: 2, said: expect.stringMatching(said) });
  });

  it('names a port that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    try {
      const { exitCode, said } = await run('dev', '--only', 'starrocks', '--query-port', String(port));
      expect({ exitCode, said }).toEqual({
        exitCode: 1,
        said: `127.0.0.1:${port} is in use by another program. Give another port, or 0 for any free one.`,
      });
    } finally {
      other.close();
    }
  });

  it('shows the help of every command within 80 columns', async () => {
    const commands = allOf(createProgram(process));
    expect(commands.length).toBeGreaterThan(12);
    for (const each of commands) {
      let help = '';
      each.configureOutput({
        writeOut: (text) => {
          help += text;
        },
      });
      each.outputHelp();
      expect(help).toContain('Usage: ');
      expect(help.split('\n').filter((line) => line.length > 80)).toEqual([]);
    }
    const { exitCode, said } = await run('help', 'send');
    expect({ exitCode, said }).toEqual({ exitCode: 0, said: expect.stringContaining('--queue-url <url>') });
  });

  it('names the nearest command where it is asked for the help of none', async () => {
    const { exitCode, said } = await run('help', 'redriv');
    expect(exitCode).toBe(2);
    expect(said).toMatch(/unknown command 'redriv'\n\(Did you mean redrive\?\)/);
    expect((await run('help')).said).toContain('Usage: ');
  });

  it.each([
    ['npm run -s cli --', { npm_lifecycle_event: 'cli' }, 'cli/main.ts'],
    ['npx starrocks-sink', { npm_command: 'exec' }, '/x/node_modules/.bin/starrocks-sink'],
    ['starrocks-sink', {}, '/usr/bin/starrocks-sink'],
    ["node '/a b/main.js'", {}, '/a b/main.js'],
  ])('is named %s in what it prints where it was begun so', (name, env, path) => {
    expect(invocation({ env, argv: ['node', path] })).toBe(name);
  });

  it('has no colours in its help, so that NO_COLOR changes nothing', async () => {
    for (const { name } of createProgram(process).commands.map((each) => ({ name: each.name() }))) {
      const { said } = await run('help', name);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      expect(said).not.toMatch(/\x1b/);
    }
  });

  it('says its version', async () => {
    expect(await run('--version')).toEqual({ exitCode: 0, said: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it('says in one sentence what keeps a request from AWS', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    await new Promise((resolve) => other.close(resolve));
    const endpoint = `http://127.0.0.1:${port}`;
    for (const words of [
      ['rejected', 'list'],
      ['status', 'a-label'],
    ])
      expect(await run(...words, '--bucket', 'b', '--endpoint', endpoint)).toEqual({
        exitCode: 1,
        said: `127.0.0.1:${port} cannot be reached (ECONNREFUSED): is the address right, and does the server run?`,
      });
  });

  const named = (name: string, message: string, more: object = {}) =>
    Object.assign(new Error(message), { name, ...more });

  it.each<[Error, RegExp]>([
    [new Error('Region is missing'), /^No AWS region is named: give --region, or set AWS_REGION\.$/],
    [
      named('CredentialsProviderError', 'Could not load.'),
      /^No AWS credentials were found \(Could not load\): set AWS_/,
    ],
    [
      named('ExpiredToken', 'The token has expired.', { $metadata: { httpStatusCode: 400 } }),
      /^AWS refuses the request \(ExpiredToken: The token has expired\)\.$/,
    ],
    [
      new AggregateError([named('Error', 'x', { code: 'ENOTFOUND', hostname: 'no.such.host' })]),
      /^no\.such\.host cannot be reached \(ENOTFOUND\)/,
    ],
    [named('Error', 'x', { code: 'EEXIST', syscall: 'mkdir', path: 'a' }), /^a is a file, and a folder is needed\.$/],
    [named('Error', 'x', { code: 'EMFILE', syscall: 'open', path: 'a' }), /^a cannot be used \(EMFILE\)\.$/],
  ])('says %s in one sentence', (error, said) => {
    expect(failureOf(error)).toEqual({ exitCode: 1, text: expect.stringMatching(said) });
  });

  it('leaves a fault of its own with its stack', () => {
    expect(failureOf(new TypeError('x is not a function'))).toBeUndefined();
    expect(failureOf({ exitCode: 0 } as CommanderError)).toBeUndefined();
  });
});

import { readFile } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf } from '../../cli/failure.ts';
import { runStatus } from '../../cli/status/run.ts';
import { createStatusCommand } from '../../cli/status-command.ts';
import type { Terminal } from '../../cli/terminal.ts';
import { sqsRecord } from '../builders.ts';
import { message, openWorkers, rowsOf } from './delivery-world.ts';

let world: Awaited<ReturnType<typeof openWorkers>>;
beforeAll(async () => {
  world = await openWorkers();
});
afterAll(() => world.close());

function terminalWith(env: Readonly<Record<string, string | undefined>>) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  return { stdout, stderr, env, exitCode: 0 } as unknown as Terminal;
}

/** Runs `status …` with all addresses in the environment, as a function has them. */
async function status(words: readonly string[]) {
  const terminal = terminalWith(world.worker().environment);
  const place = ['--queue-url', world.resources.rowsQueueUrl, '--endpoint', world.aws.endpoint];
  try {
    await createStatusCommand(terminal).parseAsync([...words, ...place], { from: 'user' });
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    terminal.exitCode = failure.exitCode;
  }
  const out = String((terminal.stdout as unknown as PassThrough).read() ?? '');
  return { exitCode: terminal.exitCode, out };
}

/** Loads five rows, and names what they were loaded as. */
async function loaded(id: string) {
  const table = await world.createTable();
  const record = message(id, table, rowsOf(1, 5), `${table}-c1`);
  expect(await world.worker().ingest([record])).toEqual([]);
  const label = world.calls(table, 'commit')[0]?.label ?? '';
  return { table, label, batch: label.replace(/-\d+$/, '') };
}

describe('the status of a sink', () => {
  it('tells what is in its queues, and what was loaded in the last minutes and the last hour', async () => {
    const { table } = await loaded('m1');
    world.aws.metrics.count('ingest', 'RowsLoaded', 5);
    world.aws.metrics.count('load', 'RowsLoaded', 25);
    world.aws.metrics.count('load', 'BytesLoaded', 300);
    await world.sqs.send(new SendMessageCommand({ QueueUrl: world.resources.rowsQueueUrl, MessageBody: '{}' }));
    const { exitCode, out } = await status(['--json']);
    const found = JSON.parse(out);
    expect(exitCode).toBe(0);
    const empty = { waiting: 0, underWay: 0, oldestSeconds: 0 };
    expect(found.queues).toEqual([
      { queue: 'rows', url: world.resources.rowsQueueUrl, waiting: 1, underWay: 0, oldestSeconds: expect.any(Number) },
      { queue: 'rows dead letters', url: expect.stringContaining('rows-dead-letters'), ...empty },
      { queue: 'load', url: world.resources.loadQueueUrl, ...empty },
      { queue: 'load dead letters', url: expect.stringContaining('load-dead-letters'), ...empty },
    ]);
    expect(found.loads).toContainEqual({
      ...{ table: `d.${table}`, loads: 1, rows: 5, failed: 0, running: 0 },
      ...{ bytes: expect.any(Number), lastAt: expect.stringMatching(/^20\d\d-/) },
    });
    expect(found.throughput.counted).toMatchObject({ RowsLoaded: 30, BytesLoaded: 300, LoadsFailed: 0 });
    expect(found.throughput.rowsPerSecond).toBeCloseTo(30 / found.throughput.seconds, 1);
    expect(found.pressure).toEqual({
      running: [{ database: 'd', transactions: 0 }],
      mostRunning: 1000,
      versions: expect.arrayContaining([{ table: `d.${table}`, versions: 2 }]),
      notTold: [],
    });
    expect(found).toMatchObject({ inDoubt: [], sources: [], notTold: [] });
    const lines = (await status([])).out;
    expect(lines).toMatch(/rows {14} +1 waiting +0 under way, oldest \d+ s\n/);
    expect(lines).toMatch(
      /the last (\d+ s|\d min)\n {2}received {2}0 rows\n {2}loaded {4}30 rows in 0 loads: 0\.1 rows\/s/,
    );
    expect(lines).toMatch(
      new RegExp(`d: 0 transactions run of at most 1,000\\n(.*\\n)* {2}d\\.${table}: 2 versions in its`),
    );
    expect(lines).toMatch(new RegExp(`d\\.${table}: 5 rows in 1 loads \\(\\d+ bytes\\), 5 rows a load; last 20`));
    expect(lines).toContain('in doubt\n  nothing\n\nsources\n  none is followed\n');
  });

  it('asks no more of AWS than its page says', async () => {
    const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const [, rights = ''] = page.split('What `status` and `console` ask of AWS');
    const named = new Set([...rights.matchAll(/`[a-z0-9]+:(\w+)`/g)].map(([, action]) => action));
    const { table } = await loaded('m-rights');
    world.aws.requests.clear();
    await status([]);
    await status([`${table}-c1`]);
    const iamNames: Readonly<Record<string, string>> = { ListObjectsV2: 'ListBucket' };
    expect([...world.aws.requests.keys()]).toContain('GetMetricData');
    for (const action of world.aws.requests.keys()) expect(named).toContain(iamNames[action] ?? action);
  });

  it('tells which right is missing for what it may not ask, and is well without it', async () => {
    const { table } = await loaded('m-guest');
    await world.sql.query("CREATE USER 'guest' IDENTIFIED BY 'secret'");
    await world.sql.query(`GRANT INSERT ON d.${table} TO USER 'guest'`);
    const guest = ['--option', 'username=guest', '--option', 'password=secret'];
    const { exitCode, out } = await status(['--json', ...guest]);
    const { pressure } = JSON.parse(out);
    expect(exitCode).toBe(0);
    expect(pressure.running).toEqual([]);
    expect(pressure.notTold).toEqual([
      "running transactions: The user 'guest'@'%' needs OPERATE on SYSTEM: GRANT OPERATE ON SYSTEM TO USER 'guest'@'%'.",
    ]);
    expect((await status(guest)).out).toContain('  not told: running transactions: The user');
  });

  it('tells that somebody is needed: dead letters', async () => {
    const from = world.resources.rowsQueueUrl.replace(/rows$/, 'rows-dead-letters');
    await world.sqs.send(new SendMessageCommand({ QueueUrl: from, MessageBody: '{}' }));
    expect(await status([])).toMatchObject({ exitCode: 1, out: expect.stringMatching(/rows dead letters +1 waiting/) });
  });

  it('tells what it could not ask, beside what it could', async () => {
    const { exitCode, out } = await status(['--json', '--option', 'jdbc-url=jdbc:mysql://127.0.0.1:1']);
    const found = JSON.parse(out);
    expect(exitCode).toBe(1);
    expect(found.notTold).toEqual([expect.stringContaining('127.0.0.1:1')]);
    expect(found.queues).toHaveLength(4);
    expect(found.loads).toBeUndefined();
  });

  it('is told again and again, until somebody interrupts', async () => {
    const terminal = terminalWith(world.worker().environment);
    const looks: number[] = [];
    const asked = { endpoint: world.aws.endpoint, watch: 7, json: true } as const;
    const exitCode = await runStatus(undefined, asked, terminal, async (seconds) => looks.push(seconds) < 3);
    expect([exitCode, looks]).toEqual([0, [7, 7, 7]]);
    const lines = String((terminal.stdout as unknown as PassThrough).read())
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line).notTold)).toEqual([[], [], []]);
  });
});

describe('the story of what was loaded', () => {
  it.each<[string, (names: Awaited<ReturnType<typeof loaded>>) => string]>([
    ['its label', ({ label }) => label],
    ['its batch', ({ batch }) => batch],
    ['its chunk', ({ table }) => `${table}-c1`],
  ])('is told by %s', async (_, named) => {
    const names = await loaded('m2');
    const { table, label, batch } = names;
    const subject = named(names);
    const { exitCode, out } = await status([subject, '--json']);
    expect([exitCode, JSON.parse(out)]).toMatchObject([
      0,
      {
        subject,
        claims: subject.endsWith('-c1') ? [{ table: `d.${table}`, batch }] : [],
        batches: [{ batch, label, standing: 'committed', labelState: 'VISIBLE', decision: { state: 'done' } }],
        loads: [{ label, database: 'd', table, state: 'FINISHED', rows: 5 }],
        rejected: [],
      },
    ]);
    const lines = (await status([subject])).out;
    expect(lines).toMatch(
      new RegExp(`means +its rows are in the table(?:.*\\n)*load +${label}: FINISHED, 5 rows into d\\.${table}`),
    );
  });

  it('holds what was rejected of it, by its chunk and by its message', async () => {
    const table = await world.createTable();
    const record = message('m-bad', table, [{ id: 1 }, { id: 2, v: 'x' }], `${table}-c1`);
    expect(await world.worker().ingest([record])).toEqual([]);
    for (const subject of ['m-bad', `${table}-c1`]) {
      const { out } = await status([subject, '--json', '--table', `d.${table}`]);
      expect(JSON.parse(out)).toMatchObject({
        claims: [{ table: `d.${table}` }],
        batches: [{ standing: 'committed' }],
        loads: [{ rows: 1 }],
        rejected: [
          {
            name: expect.stringMatching(/-read$/),
            count: 1,
            code: 'VALUE_UNFIT',
            reason: expect.stringContaining("'v'"),
          },
        ],
      });
    }
    expect((await status([`${table}-c1`])).out).toMatch(/rejected +1 in d\..*-read: VALUE_UNFIT\n +Row 2: column 'v'/);
  });

  it('is told by the id of a message of which nothing was rejected', async () => {
    const messageId = '5fea7756-0ea4-451a-a703-a558b933e274';
    const table = await world.createTable();
    const record = sqsRecord({ messageId, body: '{"id":1}', attributes: { table } });
    expect(await world.worker().ingest([record])).toEqual([]);
    const around = ['--since', '2025-12-31T23:55:00Z', '--until', '2026-01-01T00:01:00Z'];
    const { exitCode, out } = await status([messageId, '--json', ...around]);
    expect([exitCode, JSON.parse(out)]).toMatchObject([
      0,
      {
        chunk: `1767225600000-${messageId}`,
        claims: [{ table: `d.${table}` }],
        batches: [{ standing: 'committed' }],
        loads: [{ table, rows: 1 }],
      },
    ]);
    expect((await status([messageId, ...around])).out).toContain(`its rows are the chunk 1767225600000-${messageId}`);
    const other = messageId.replace('5', '6');
    const nothing = await status([other, ...around]);
    expect([nothing.exitCode, nothing.out]).toEqual([
      1,
      expect.stringContaining(
        'none that was sent from 2025-12-31T23:55:00.000Z to 2026-01-01T00:01:00.000Z has claimed',
      ),
    ]);
    const tooLong = await status([other, '--since', '2025-12-01', '--until', '2026-01-01']);
    expect(tooLong.exitCode).toBe(2);
  });

  it('is that nothing is known where nothing is', async () => {
    const { exitCode, out } = await status(['nobody-knows']);
    expect([exitCode, out]).toEqual([1, expect.stringContaining('Nothing is known of nobody-knows')]);
  });
});

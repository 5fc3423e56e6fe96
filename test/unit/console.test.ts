import { describe, expect, it } from 'vitest';
import type { ConsoleState } from '../../cli/console/api.ts';
import { refusalOf } from '../../cli/console/guard.ts';
import { loadsByMinute } from '../../cli/console/minutes.ts';
import { plotsOf } from '../../cli/console/page/plots-of.ts';
import { createSamples } from '../../cli/console/samples.ts';
import { verdictOf } from '../../cli/console/verdict.ts';
import type { LoadRow } from '../../cli/status/loads.ts';
import type { Look, Overview } from '../../cli/status/overview.ts';
import { manualClock } from '../manual-clock.ts';

const load = (finishedAt: string | undefined, more: Partial<LoadRow> = {}): LoadRow => ({
  ...{ label: 'sink-t-1', database: 'd', table: 't', state: 'FINISHED', rows: 5, bytes: 50, error: undefined },
  ...{ createdAt: '2026-01-31 11:00:00', finishedAt, ...more },
});

const queue = (name: Overview['queues'][number]['queue'], waiting: number) => ({
  ...{ queue: name, url: `https://sqs/${name.replaceAll(' ', '-')}`, waiting, underWay: 0 },
});

const calm: Overview = { at: '2026-01-31T12:00:00Z', queues: [queue('rows', 0)], notTold: [], notAsked: [] };

describe('loadsByMinute', () => {
  // Whole minutes since the epoch, and 30 s more: StarRocks' clock is in another zone, and 20 s behind.
  const nowMs = 28_000_000 * 60_000 + 30_000;
  const now = '2026-01-31 11:59:50';

  it('puts each load into the minute in which it ended, by its age and not by its clock', () => {
    const loads = [
      load('2026-01-31 11:59:50'),
      load('2026-01-31 11:59:21'),
      load('2026-01-31 11:59:19', { rows: 7 }),
      load('2026-01-31 11:59:45', { state: 'CANCELLED', rows: 0 }),
      load('2026-01-31 11:59:45', { table: 'u', rows: 1 }),
    ];
    const { minutes, tables } = loadsByMinute({ loads, now }, nowMs);
    expect(minutes).toHaveLength(60);
    expect(minutes.at(-1)).toBe(28_000_000 * 60_000);
    expect(tables.map(({ table }) => table)).toEqual(['d.t', 'd.u']);
    expect(tables[0]?.rows.slice(-2)).toEqual([7, 10]);
    expect(tables[0]?.loads.slice(-2)).toEqual([1, 2]);
    expect(tables[0]?.failed.slice(-2)).toEqual([0, 1]);
    expect(tables[1]?.rows.slice(-2)).toEqual([0, 1]);
  });

  it('leaves out what is older than an hour, or not at its end', () => {
    const loads = [load('2026-01-31 11:00:20'), load('2026-01-31 11:00:19'), load(undefined, { state: 'LOADING' })];
    const { tables } = loadsByMinute({ loads, now }, nowMs);
    expect(tables).toHaveLength(1);
    expect(tables[0]?.loads).toEqual([1, ...new Array<number>(59).fill(0)]);
  });
});

describe('createSamples', () => {
  const looks = () => {
    let waiting = 0;
    const look = async (): Promise<Look> => ({
      overview: { ...calm, queues: [queue('rows', ++waiting)] },
      ...{ recent: undefined, measured: undefined },
    });
    return look;
  };

  it('looks after every pause, and keeps the last samples', async () => {
    const clock = manualClock();
    const samples = createSamples({ look: looks(), clock, pauseMs: 5000, most: 3 });
    const until = new AbortController();
    const running = samples.run(until.signal);
    await clock.pass(0);
    for (let passed = 0; passed < 4; passed += 1) await clock.pass(5000);
    expect(samples.kept()).toEqual([
      { atMs: 10_000, waiting: { rows: 3 }, lagSeconds: {} },
      { atMs: 15_000, waiting: { rows: 4 }, lagSeconds: {} },
      { atMs: 20_000, waiting: { rows: 5 }, lagSeconds: {} },
    ]);
    until.abort();
    await clock.pass(5000);
    await running;
  });

  it('gives one look to all who ask while it is under way, and a new one to who asks later', async () => {
    const samples = createSamples({ look: looks(), clock: manualClock(), pauseMs: 5000, most: 3 });
    const [one, other] = await Promise.all([samples.last(), samples.lookNow()]);
    expect(one).toBe(other);
    expect(await samples.last()).toBe(one);
    expect((await samples.lookNow()).look.overview.queues[0]?.waiting).toBe(2);
  });

  it('goes on after a look that failed', async () => {
    const clock = manualClock();
    let fails = true;
    const look = async (): Promise<Look> => {
      if (fails) throw new Error('no');
      return { overview: calm, recent: undefined, measured: undefined };
    };
    const samples = createSamples({ look, clock, pauseMs: 1000, most: 3 });
    const until = new AbortController();
    const running = samples.run(until.signal);
    await clock.pass(0);
    await expect(samples.last()).rejects.toThrow('no');
    fails = false;
    await clock.pass(1000);
    expect(samples.kept()).toHaveLength(1);
    until.abort();
    await clock.pass(1000);
    await running;
  });
});

describe('verdictOf', () => {
  const program = 'starrocks-sink';

  it('says that all is well, and how much was loaded', () => {
    const loads = [{ table: 'd.t', loads: 2, rows: 1234, bytes: 9, failed: 0, running: 0, lastAt: undefined }];
    expect(verdictOf({ ...calm, loads, queues: [queue('rows', 3)] }, { program }, 0)).toEqual({
      says: 'All is well: 1,234 rows loaded within the last hour, and 3 messages wait their turn.',
      waits: [],
    });
    expect(verdictOf(calm, { program }, 0).says).toBe('All is well: no message waits.');
  });

  it('names what waits for a person, with the commands that see to it', () => {
    const overview: Overview = {
      ...calm,
      queues: [queue('rows', 0), queue('rows dead letters', 2)],
      inDoubt: [
        {
          ...{ batch: 'b1', label: 'sink-b1-1', database: 'd', table: 't', untilMs: 0, standing: 'undecided' },
          ...{ decision: { state: 'commit', label: 'sink-b1-1', atMs: 0 }, labelState: 'UNKNOWN' },
        },
      ],
      notTold: ['StarRocks is gone.'],
    };
    const { says, waits } = verdictOf(overview, { program, bucket: 'b', config: "it's.json", region: 'eu-west-1' }, 1);
    expect(says).toBe('4 things wait for you.');
    expect(waits.flatMap(({ commands }) => commands)).toEqual([
      'starrocks-sink redrive --from https://sqs/rows-dead-letters --to https://sqs/rows --region eu-west-1',
      'starrocks-sink redrive --from https://sqs/rows-dead-letters --to https://sqs/rows --region eu-west-1 --yes',
      `starrocks-sink redrive --batch b1 --assume loaded --bucket b --config 'it'\\''s.json' --region eu-west-1`,
      `starrocks-sink redrive --batch b1 --assume not-loaded --bucket b --config 'it'\\''s.json' --region eu-west-1`,
    ]);
    expect(waits.map(({ what }) => what)).toEqual([
      '2 dead letters of the rows queue lie there.',
      expect.stringContaining('Batch b1 of d.t is undecided'),
      expect.stringContaining('1 row or message of the last day was rejected'),
      'Not told: StarRocks is gone.',
    ]);
  });

  it('names the stack where there is one', () => {
    const overview = { ...calm, queues: [queue('load', 0), queue('load dead letters', 1)] };
    const { waits } = verdictOf(overview, { program, stack: 'Orders' }, 0);
    expect(waits[0]?.commands[0]).toBe('starrocks-sink redrive --dead-letters load --stack Orders');
  });
});

describe('refusalOf', () => {
  const own = { host: '127.0.0.1:8000' };
  const posted = { ...own, origin: 'http://127.0.0.1:8000', 'content-type': 'application/json' };

  it.each([
    ['GET', own],
    ['GET', { host: 'localhost:8000' }],
    ['HEAD', { ...own, 'sec-fetch-site': 'none' }],
    ['GET', { ...own, 'sec-fetch-site': 'same-origin' }],
    ['POST', posted],
    ['POST', { ...posted, 'content-type': 'application/json; charset=utf-8', 'sec-fetch-site': 'same-origin' }],
  ] as const)('lets pass %s with %j', (method, headers) => {
    expect(refusalOf({ method, headers }, 8000)).toBeUndefined();
  });

  it.each([
    ['GET', {}, 403],
    ['GET', { host: 'evil.example:8000' }, 403],
    ['GET', { host: '127.0.0.1:8001' }, 403],
    ['GET', { host: '127.0.0.1' }, 403],
    ['GET', { host: '127.0.0.1.evil.example:8000' }, 403],
    ['GET', { ...own, 'sec-fetch-site': 'cross-site' }, 403],
    ['GET', { ...own, 'sec-fetch-site': 'same-site' }, 403],
    ['GET', { ...own, origin: 'http://evil.example' }, 403],
    ['GET', { ...own, origin: 'null' }, 403],
    ['POST', { ...posted, origin: 'http://localhost:8000' }, 403],
    ['POST', { ...own, 'content-type': 'application/json' }, 403],
    ['POST', { ...posted, 'content-type': 'text/plain' }, 415],
    ['POST', { ...own, origin: posted.origin }, 415],
    ['PUT', posted, 405],
    ['OPTIONS', own, 405],
  ] as const)('refuses %s with %j', (method, headers, status) => {
    expect(refusalOf({ method, headers }, 8000)).toMatchObject({ status, error: expect.stringMatching(/\w/) });
  });
});

describe('the plots of a state', () => {
  const countedMetrics = { RowsReceived: [9, 3], RowsLoaded: [8, 2], BytesLoaded: [80, 20], Loads: [2, 0] };
  const none = { LoadsFailed: [0, 1], LoadsThrottled: [0, 0], RowsRejected: [0, 0], MessagesRejected: [0, 0] };
  const measured = {
    minutes: [60_000, 120_000],
    counted: { ...countedMetrics, ...none },
    oldestSeconds: { rows: [null, 75], load: [null, null] },
  } as const;
  const state = { samples: [], measured } as unknown as ConsoleState;
  const plotted = (of: ConsoleState) =>
    Object.fromEntries(plotsOf(of, []).map(({ title, times, lines }) => [title, { times, lines }]));

  it('are of what the functions count where StarRocks is not asked, and of the age of queues', () => {
    expect(plotted(state)).toMatchObject({
      'Rows a minute': {
        times: [60_000, 120_000],
        lines: [
          { name: 'Received', values: [9, 3] },
          { name: 'Loaded', values: [8, 2] },
        ],
      },
      'Loads a minute': { lines: [{ values: [2, 0] }] },
      'Rows a load': { lines: [{ values: [4, null] }] },
      'Refusals a minute': { lines: [{ name: 'Failed loads', values: [0, 1] }, { name: 'Rejected' }] },
      'Age of the oldest message, seconds': { times: [60_000, 120_000], lines: [{ name: 'rows', values: [null, 75] }] },
    });
  });

  it('are of what StarRocks tells of each table where it is asked', () => {
    const tables = [{ table: 'd.t', rows: [5], loads: [1], failed: [0] }];
    expect(plotted({ ...state, minutes: { minutes: [120_000], tables } })).toMatchObject({
      'Rows a minute': { times: [120_000], lines: [{ name: 'd.t', values: [5] }] },
      'Rows a load': { lines: [{ values: [5] }] },
    });
  });
});

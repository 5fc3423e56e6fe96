import type { SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atLeastOnce } from '../../src/delivery/at-least-once.ts';
import { SinkError } from '../../src/kit/errors.ts';
import { createRouter, type RouteRules } from '../../src/messages/route.ts';
import type { Metric } from '../../src/options/metric-names.ts';
import { type IngestDeps, ingest } from '../../src/pipeline/ingest.ts';
import type { LoadRequest, LoadResult, StarRocks } from '../../src/ports.ts';
import { joinChunks } from '../../src/rows/body.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import type { Telemetry } from '../../src/telemetry.ts';
import { type RecordParts, sqsRecord } from '../builders.ts';

const deadlineMs = 60_000;
const done: LoadResult = { state: 'loaded', visible: true, already: false };
const refused = (kind: Extract<LoadResult, { state: 'refused' }>['kind'], message = 'no'): LoadResult => ({
  state: 'refused',
  kind,
  message,
});

interface Load {
  readonly label: string;
  readonly table: string;
  readonly rows: number;
  readonly text: string;
}

async function textOf({ body }: LoadRequest): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of body.open()) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** A StarRocks that answers as it is told, and remembers what it was asked. */
function fakeStarRocks(answer: (load: Load) => LoadResult = () => done) {
  const loads: Load[] = [];
  const open = { now: 0, most: 0, tables: new Set<string>(), sameTable: false };
  const starrocks: StarRocks = {
    async load(request) {
      const { database, table: name } = request.destination;
      const table = `${database}.${name}`;
      if (open.tables.has(table)) open.sameTable = true;
      open.tables.add(table);
      open.most = Math.max(open.most, ++open.now);
      expect(request.deadlineMs).toBe(deadlineMs);
      const load = { label: request.label, table, rows: request.rows, text: await textOf(request) };
      loads.push(load);
      open.tables.delete(table);
      open.now--;
      return answer(load);
    },
  };
  return { starrocks, loads, open };
}

function recordingTelemetry() {
  const counts = new Map<Metric, number>();
  const events: string[] = [];
  const telemetry: Telemetry = {
    count: (metric, value) => void counts.set(metric, (counts.get(metric) ?? 0) + value),
    event: (level, message, fields) => void events.push(JSON.stringify({ level, message, ...fields })),
  };
  return { telemetry, counts, events };
}

function setUp(answer?: (load: Load) => LoadResult, changed: Partial<RouteRules> = {}) {
  const rules: RouteRules = { database: 'shop', table: 'orders', allow: ['shop.*'], properties: {}, ...changed };
  const fake = fakeStarRocks(answer);
  const told = recordingTelemetry();
  const { telemetry } = told;
  const clock = { now: () => 0, sleep: () => new Promise<void>(() => undefined), random: () => 0 };
  const csv = { columnSeparator: ',', rowDelimiter: '\n' };
  const deps: IngestDeps = {
    decode: {
      maxInflatedBytes: 1024 ** 2,
      defaultFormat: undefined,
      csv,
    },
    payloads: undefined,
    rules,
    route: createRouter(rules),
    schemaOf: async () => undefined,
    limitsOf: () => ({ maxRows: 500_000, maxBytes: 90 * 1024 ** 2 }),
    delivery: atLeastOnce<Chunk>({
      ...{
        starrocks: fake.starrocks,
        clock,
        telemetry,
        labelPrefix: undefined,
        miscounts: undefined,
        badRows: undefined,
      },
      join: joinChunks(csv),
    }),
    clock,
    postpone: undefined,
    rejectedIn: undefined,
    telemetry,
  };
  const run = async (records: readonly (RecordParts | SQSRecord)[], more: Partial<IngestDeps> = {}) => {
    const failures = await ingest(
      records.map((record) => ('receiptHandle' in record ? record : sqsRecord(record))),
      deadlineMs,
      { ...deps, ...more },
    );
    return failures.map(({ itemIdentifier }) => itemIdentifier);
  };
  return { run, ...fake, ...told };
}

const message = (messageId: string, id: number | string = messageId, attributes: Record<string, string> = {}) => ({
  messageId,
  body: JSON.stringify({ id }),
  attributes,
});

describe('ingest', () => {
  it('loads the rows of many messages at once, and gives nothing back', async () => {
    const { run, loads, counts } = setUp();
    expect(await run([message('m1', 1), message('m2', 2), { messageId: 'm3', body: '[{"id":3},{"id":4}]' }])).toEqual(
      [],
    );
    expect(loads).toMatchObject([{ table: 'shop.orders', rows: 4, text: '[{"id":1},{"id":2},{"id":3},{"id":4}]' }]);
    expect(counts.get('RowsLoaded')).toBe(4);
  });

  it('loads each table on its own, two at once and never one twice', async () => {
    const { run, loads, open } = setUp();
    const tables = ['a', 'b', 'c', 'a', 'b', 'c', 'a'];
    const messages = tables.map((table, index) => message(`m${index}`, index, { table }));
    expect(await run(messages, { limitsOf: () => ({ maxRows: 1, maxBytes: 1000 }) })).toEqual([]);
    expect(loads).toHaveLength(7);
    expect(loads.filter(({ table }) => table === 'shop.a').map(({ text }) => text)).toEqual([
      '[{"id":0}]',
      '[{"id":3}]',
      '[{"id":6}]',
    ]);
    expect(open).toMatchObject({ most: 2, sameTable: false });
  });

  it.each<[string, RecordParts]>([
    ['is no JSON', { body: 'hunter2' }],
    ['is not UTF-8', { body: '{"a":"\ud800"}' }],
    ['names a table outside the allow-list', { attributes: { database: 'hr', table: 'people' } }],
    ['names a table that leaves its place', { attributes: { table: '../x' } }],
    ['claims a wrong row count', { attributes: { rows: '7' } }],
    ['has an unknown encoding', { attributes: { encoding: 'brotli' } }],
    ['is no gzip', { attributes: { encoding: 'gzip' } }],
  ])('fails only the message that %s', async (_, bad) => {
    const { run, loads, counts, events } = setUp();
    expect(await run([message('m1', 1), { ...bad, messageId: 'bad' }, message('m2', 2)])).toEqual(['bad']);
    expect(loads.map(({ text }) => text)).toEqual(['[{"id":1},{"id":2}]']);
    expect(counts.get('MessagesRejected')).toBe(1);
    expect(events.join()).not.toContain('hunter2');
  });

  it('does not throw because every message is bad', async () => {
    const { run, loads } = setUp();
    expect(
      await run([
        { messageId: 'm1', body: 'x' },
        { messageId: 'm2', body: 'y' },
      ]),
    ).toEqual(['m1', 'm2']);
    expect(loads).toEqual([]);
  });

  it('loads a chunk that was sent twice once, and answers for both messages', async () => {
    const { run, loads } = setUp();
    const twice = ['m1', 'm2'].map((id) => message(id, 1, { chunk: 'p-1' }));
    expect(await run([...twice, message('m3', 3)])).toEqual([]);
    expect(loads.map(({ rows }) => rows)).toEqual([2]);
    const failing = setUp(() => refused('transient'));
    expect(await failing.run([...twice, message('m3', 3)])).toEqual(['m1', 'm2', 'm3']);
  });

  it('takes the same chunk id for two tables as two chunks', async () => {
    const { run, loads } = setUp();
    await run([message('m1', 1, { chunk: 'p-1', table: 'a' }), message('m2', 2, { chunk: 'p-1', table: 'b' })]);
    expect(loads.map(({ table }) => table).sort()).toEqual(['shop.a', 'shop.b']);
  });

  it('sends no load for messages without rows, which StarRocks would refuse', async () => {
    const { run, loads } = setUp(() => refused('data', 'all partitions have no load data'));
    const csv = { messageId: 'm2', body: '\n\n', attributes: { format: 'csv' } };
    expect(await run([{ messageId: 'm1', body: '[]' }, csv])).toEqual([]);
    expect(loads).toEqual([]);
  });

  it('gives the same batch the same label when it is delivered again in another order', async () => {
    const { run, loads } = setUp();
    await run([message('m1'), message('m2')]);
    await run([message('m2'), message('m1')]);
    await run([message('m1')]);
    expect(loads[1]?.label).toBe(loads[0]?.label);
    expect(loads[2]?.label).not.toBe(loads[0]?.label);
  });

  it('never takes a miscounted load for good: its parts are loaded until each count agrees', async () => {
    // Malformed JSON inside an array: what stands behind it is lost, and the answer is Success.
    const told = setUp(({ rows, text }) => {
      const total = text.includes('odd')
        ? (JSON.parse(text) as { id: string }[]).findIndex(({ id }) => id === 'odd')
        : rows;
      const counts = { total, loaded: total, filtered: 0, unselected: 0 };
      return { ...done, state: 'loaded', counts, ...(total === rows ? {} : { miscounted: true as const }) };
    });
    expect(await told.run([message('m1'), message('m2', 'odd'), message('m3')])).toEqual(['m2']);
    expect(told.loads.filter(({ text }) => !text.includes('odd')).map(({ text }) => text)).toEqual([
      '[{"id":"m1"}]',
      '[{"id":"m3"}]',
    ]);
    expect(told.events.join()).toContain('ROWS_MISCOUNTED');
  });

  it('gives back a FIFO group from its first failure on', async () => {
    const { run } = setUp((load) => (load.table === 'shop.b' ? refused('transient') : done));
    const of = (messageId: string, group: string, table: string) => ({
      ...message(messageId, messageId, { table }),
      group,
    });
    expect(await run([of('m1', 'x', 'a'), of('m2', 'x', 'b'), of('m3', 'x', 'a'), of('m4', 'y', 'a')])).toEqual([
      'm2',
      'm3',
    ]);
  });
});

describe('a batch that StarRocks refuses for its data', () => {
  const isBad = ({ text }: Load) => text.includes('bad');

  it('is halved until exactly the bad messages have failed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 24 }), async (kinds) => {
        const inTable = new Set<string>();
        const { run, loads, counts } = setUp((load) => {
          if (isBad(load)) return refused('data');
          for (const { id } of JSON.parse(load.text)) inTable.add(id);
          return done;
        });
        const ids = kinds.map((isGood, index) => `${isGood ? 'good' : 'bad'}${index}`);
        const bad = ids.filter((id) => id.startsWith('bad'));
        expect(await run(ids.map((id) => message(id)))).toEqual(bad);
        expect([...inTable].sort()).toEqual(ids.filter((id) => id.startsWith('good')).sort());
        expect(new Set(loads.map(({ label }) => label)).size).toBe(loads.length);
        expect(loads.length).toBeLessThanOrEqual(1 + 200);
        expect(counts.get('MessagesRejected') ?? 0).toBe(bad.length);
      }),
      { numRuns: 60 },
    );
  });

  it('costs a bounded number of loads, and what was not searched is delivered again', async () => {
    const { run, loads } = setUp((load) => (isBad(load) ? refused('data') : done));
    const ids = Array.from({ length: 1000 }, (_, index) => `${index % 3 === 0 ? 'bad' : 'good'}${index}`);
    const failed = await run(ids.map((id) => message(id)));
    expect(loads.length).toBeLessThanOrEqual(1 + 200);
    const loaded = new Set(loads.filter((load) => !isBad(load)).flatMap(({ text }) => JSON.parse(text)));
    expect(failed.length).toBeGreaterThanOrEqual(334);
    expect(failed).toHaveLength(ids.length - loaded.size);
  });

  it('spends a budget on each table, so that one does not keep another from being searched', async () => {
    const { run, loads } = setUp(() => refused('data'));
    const ids = Array.from({ length: 400 }, (_, index) => index);
    await run(ids.map((id) => message(`m${id}`, id, { table: `t${id % 4}` })));
    const byTable = Map.groupBy(loads, ({ table }) => table);
    for (const ofTable of byTable.values()) expect(ofTable.length).toBe(1 + 198);
  });

  it('is not halved for any other reason', async () => {
    for (const kind of ['configuration', 'access', 'privilege', 'throttled', 'transient'] as const) {
      const { run, loads } = setUp((load) => (load.table === 'shop.orders' ? refused(kind) : done));
      expect(await run([message('m1'), message('m2'), message('m3', 3, { table: 'other' })])).toEqual(['m1', 'm2']);
      expect(loads).toHaveLength(2);
    }
  });
});

describe('a failure outside the messages', () => {
  const unreachable = () => {
    throw new SinkError('STARROCKS_UNREACHABLE', 'Tried fe1:8030.');
  };
  const both = [message('m1', 1, { table: 'a' }), message('m2', 2, { table: 'b' })];

  it.each<[string, () => LoadResult]>([
    ['STARROCKS_UNREACHABLE', unreachable],
    ['STARROCKS_ACCESS_DENIED', () => refused('access')],
    ['STARROCKS_PRIVILEGE_MISSING', () => refused('privilege')],
    ['STARROCKS_CONFIGURATION', () => refused('configuration')],
  ])('throws %s when it met everything', async (code, answer) => {
    await expect(setUp(answer).run(both)).rejects.toMatchObject({ code });
  });

  it('throws also when bad messages stand among the others', async () => {
    await expect(setUp(unreachable).run([...both, { messageId: 'bad', body: 'x' }])).rejects.toMatchObject({
      code: 'STARROCKS_UNREACHABLE',
    });
  });

  it('does not throw when it met one table of two', async () => {
    const { run } = setUp((load) => (load.table === 'shop.a' ? unreachable() : done));
    expect(await run(both)).toEqual(['m1']);
  });

  it.each<[string, () => LoadResult]>([
    ['throttled', () => refused('throttled')],
    ['transient', () => refused('transient')],
    ['unknown', () => ({ state: 'unknown', message: 'lost' })],
    [
      'near its deadline',
      () => {
        throw new SinkError('DEADLINE_NEAR', '1 ms are left.');
      },
    ],
  ])('gives messages back without an exception when StarRocks is %s', async (_, answer) => {
    expect(await setUp(answer).run(both)).toEqual(['m1', 'm2']);
  });

  it('of one schema fails the messages of that table only', async () => {
    const schemaOf: IngestDeps['schemaOf'] = async ({ table }) => {
      if (table === 'a') throw new SinkError('STARROCKS_UNREACHABLE', 'Tried fe1:9030.');
      return { columns: ['id'], primaryKey: undefined };
    };
    const { run, loads } = setUp();
    expect(await run(both, { schemaOf })).toEqual(['m1']);
    expect(loads.map(({ table }) => table)).toEqual(['shop.b']);
    await expect(run(both.slice(0, 1), { schemaOf })).rejects.toMatchObject({ code: 'STARROCKS_UNREACHABLE' });
  });
});

describe('the test event of S3', () => {
  it('is acked, also where no default table is set', async () => {
    const { run, loads } = setUp(undefined, { database: undefined, table: undefined });
    const body = '{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}';
    expect(await run([{ messageId: 'm1', body }])).toEqual([]);
    expect(loads).toEqual([]);
  });
});

describe('conversion on the way', () => {
  const csv = { messageId: 'm1', body: '1,a\n2,b', attributes: { format: 'csv', columns: 'name,id' } };

  it('reads CSV by the columns that its message names, not by the order of the table', async () => {
    const { run, loads } = setUp(undefined, { properties: { format: 'json' } });
    expect(await run([csv], { schemaOf: async () => ({ columns: ['id', 'name'], primaryKey: undefined }) })).toEqual(
      [],
    );
    expect(JSON.parse(loads[0]?.text ?? '')).toEqual([
      { name: '1', id: 'a' },
      { name: '2', id: 'b' },
    ]);
  });

  it('writes CSV in the order of the columns option, expressions left out', async () => {
    const { run, loads } = setUp(undefined, { properties: { format: 'csv', columns: 'b, a, c = ifnull(a, 0)' } });
    expect(await run([{ messageId: 'm1', body: '{"a":1.0,"b":"x"}' }])).toEqual([]);
    expect(loads[0]?.text).toBe('x,1.0\n');
  });

  it('rejects only the message whose columns are not known', async () => {
    const { run, loads } = setUp(undefined, { properties: { format: 'json' } });
    const bare = { messageId: 'm2', body: '1,a', attributes: { format: 'csv' } };
    expect(await run([bare, message('m3', 3)])).toEqual(['m2']);
    expect(loads.map(({ text }) => text)).toEqual(['[{"id":3}]']);
  });
});

import { describe, expect, it } from 'vitest';
import { newRun } from '../../src/delivery/delivery.ts';
import { exactlyOnce } from '../../src/delivery/exactly-once.ts';
import { acked } from '../../src/delivery/outcomes.ts';
import { identityOfMessage } from '../../src/messages/attributes.ts';
import type { TransactionResult } from '../../src/ports.ts';
import { joinChunks } from '../../src/rows/body.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import { chunkReader } from '../../src/rows/row-readers.ts';
import { chunk, csvLayout, destination } from '../builders.ts';
import { type BucketCall, fakeBucket, type Met } from '../fake-bucket.ts';

const deadlineMs = 60_000;

interface Script {
  readonly meet?: (call: BucketCall) => Met;
  /** How long a prepare takes. */
  readonly prepareMs?: number;
  /** Is told of each command but commit. */
  readonly hear?: (command: string) => void;
}

/** A StarRocks of transactions that takes every row but those that say so, and names these. */
function setUp({ meet, prepareMs = 0, hear = () => undefined }: Script = {}) {
  const bucket = fakeBucket(meet);
  const clock = {
    nowMs: 0,
    now: () => clock.nowMs,
    random: () => 0,
    async sleep(ms: number) {
      clock.nowMs += ms;
    },
  };
  const bodies = new Map<string, string>();
  const committed: string[] = [];
  const rolledBack: string[] = [];
  const told: string[] = [];
  const commit = async (label: string): Promise<TransactionResult> => {
    committed.push(label);
    return { state: 'ok' };
  };
  const delivery = exactlyOnce<Chunk>({
    transactions: {
      async begin() {
        hear('begin');
        return { state: 'ok' };
      },
      async load({ label }, _, body) {
        hear('load');
        bodies.set(label, Buffer.concat(await Array.fromAsync(body.open())).toString());
        return { state: 'ok' };
      },
      async prepare({ label }) {
        hear('prepare');
        clock.nowMs += prepareMs;
        const rows = (JSON.parse(bodies.get(label) ?? '[]') as object[]).map((row) => JSON.stringify(row));
        const errorLog = rows
          .filter((row) => row.includes('bad'))
          .map((row) => `Error: It does not fit. Row: ${row}\n`);
        if (errorLog.length > 0) return { state: 'refused', kind: 'data', message: '', errorLog: errorLog.join('') };
        const total = rows.length;
        return { state: 'ok', counts: { total, loaded: total, filtered: 0, unselected: 0 } };
      },
      commit: ({ label }) => commit(label),
      async rollback({ label }) {
        hear('rollback');
        rolledBack.push(label);
        return { state: 'ok' };
      },
      labelState: async () => 'UNKNOWN',
    },
    ...{ clock, telemetry: { event: (_: string, said: string) => void told.push(said), count: () => undefined } },
    ...{ join: joinChunks(csvLayout), maxRetries: 0, preparedTimeoutS: 60 },
    badRows: { ...chunkReader(csvLayout), objects: bucket.store },
    newBatchId: () => 'b',
    ledger: () => ({
      ...{ objects: bucket.store, clock, deadlineMs, untilMs: deadlineMs },
      commit: (_, label) => commit(label),
      sendPointer: async () => undefined,
    }),
  });
  const take = async (items: readonly Chunk[]) => [
    ...(await delivery.take({ destination: destination(), items }, newRun([], deadlineMs))).values(),
  ];
  const keys = (prefix: string) => [...bucket.objects.keys()].filter((key) => key.startsWith(prefix));
  const decision = () => JSON.parse(bucket.objects.get('decisions/b')?.text ?? '{}') as { readonly state?: string };
  return { take, keys, decision, committed, rolledBack, told, calls: bucket.calls };
}

describe('a batch that is loaded exactly once', () => {
  it('has no marker any more when its end is noted', async () => {
    const { take, keys, decision } = setUp();
    expect(await take([chunk()])).toEqual([{ verdict: 'ack' }]);
    expect([decision().state, keys('in-doubt/')]).toEqual(['done', []]);
  });

  it('leaves its marker when it has begun, and is prepared when the marker is there', async () => {
    const asked: string[] = [];
    let refusals = 5;
    const { take } = setUp({
      hear: (command) => void asked.push(command),
      meet({ method, key }) {
        if (method !== 'putText' || !key.startsWith('in-doubt/')) return 'pass';
        asked.push('marker');
        return refusals-- > 0 ? 'refuse' : 'pass';
      },
    });
    expect(await take([chunk()])).toEqual([acked]);
    expect([...new Set(asked)].toSorted()).toEqual(['begin', 'load', 'marker', 'prepare']);
    expect(asked.filter((what) => what === 'marker')).toHaveLength(6);
    expect(asked.indexOf('begin')).toBeLessThan(asked.indexOf('marker'));
    expect(asked.lastIndexOf('marker')).toBeLessThan(asked.indexOf('prepare'));
  });

  it('is rolled back, and never prepared, when S3 does not take its marker', async () => {
    const asked: string[] = [];
    const { take, keys } = setUp({
      hear: (command) => void asked.push(command),
      meet: ({ key }) => (key.startsWith('in-doubt/') ? 'refuse' : 'pass'),
    });
    expect(await take([chunk()])).toMatchObject([{ verdict: 'retry', code: 'LEDGER_UNAVAILABLE' }]);
    expect([asked, keys('in-doubt/')]).toEqual([['begin', 'load', 'rollback'], []]);
  });

  it('keeps its marker for the sweep when its end could not be noted, and is acked', async () => {
    const { take, keys, decision, committed } = setUp({
      meet: ({ key, condition }) => (key === 'decisions/b' && condition && 'ifMatch' in condition ? 'refuse' : 'pass'),
    });
    expect(await take([chunk()])).toEqual([{ verdict: 'ack' }]);
    expect([decision().state, committed, keys('in-doubt/')]).toEqual([
      'commit',
      ['b-1'],
      [expect.stringMatching(/b-1$/)],
    ]);
  });

  it('is not decided upon behind the deadline: StarRocks may have forgotten it by then', async () => {
    const { take, keys, decision, committed, rolledBack } = setUp({ prepareMs: deadlineMs });
    expect(await take([chunk()])).toMatchObject([{ verdict: 'retry', code: 'DEADLINE_NEAR' }]);
    expect([committed, rolledBack, keys('in-doubt/')]).toEqual([[], ['b-1'], []]);
    expect(decision().state).not.toBe('commit');
  });

  it.each([
    [
      'is told of its bad rows when its good ones are in',
      () => 'pass' as const,
      'ack',
      ['not loaded', 'loaded', 'rows rejected'],
    ],
    [
      'is not told of bad rows that come again with its good ones',
      ({ method, key }: BucketCall) => (method === 'putText' && key.startsWith('decisions/') ? 'refuse' : 'pass'),
      'retry',
      ['not loaded', 'not loaded'],
    ],
  ] as const)('%s', async (_, meet, verdict, said) => {
    const { take, told } = setUp({ meet });
    const text = '{"id":1}\n{"id":2,"v":"bad"}';
    expect(await take([chunk({ text, rows: 2 })])).toMatchObject([{ verdict }]);
    expect(told).toEqual(said);
  });

  it('asks S3 at most 40 times for 10,000 messages that were sent within two minutes', async () => {
    const { take, calls } = setUp();
    const sentMs = (message: number) => Date.UTC(2026, 0, 1) + message * 12;
    const items = Array.from({ length: 10_000 }, (_, message) =>
      chunk({ id: identityOfMessage(`m${message}`, sentMs(message)), text: `{"id":${message}}` }),
    );
    expect(new Set(await take(items))).toEqual(new Set([acked]));
    expect(calls.length).toBeLessThanOrEqual(40);
  });

  it('is searched in a time that grows as its rows do', async () => {
    const search = async (count: number) => {
      const { take } = setUp();
      const items = Array.from({ length: count }, (_, id) => {
        const text = JSON.stringify({ id, v: id % 3 === 0 ? 'bad' : '' });
        return chunk({ id: `1700000000000-${id}`, text });
      });
      const before = process.cpuUsage();
      const ends = await take(items);
      const { user } = process.cpuUsage(before);
      expect(ends.every(({ verdict }) => verdict === 'ack')).toBe(true);
      return user;
    };
    await search(500);
    const [few, many] = [await search(1000), await search(10_000)];
    // Ten times the rows: about ten times the work, and a hundred times where each looks through all others.
    expect(many / few).toBeLessThan(40);
  });
});

import { describe, expect, it } from 'vitest';
import { newRun, type Run } from '../../src/delivery/delivery.ts';
import { exactlyOnce } from '../../src/delivery/exactly-once.ts';
import { timeOrderedId } from '../../src/kit/time-ordered-id.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { Transactions } from '../../src/ports.ts';
import type { Segment } from '../../src/rows/segment.ts';
import { joinStreams } from '../../src/rows/stream-body.ts';
import { destination } from '../builders.ts';
import { fakeBucket } from '../fake-bucket.ts';
import { fakeClock } from './scripted-starrocks.ts';

const startMs = 1_800_000_000_000;
const row = '{"id":1}';

const segmentOf = (name: string): Segment => ({
  ...{ id: `${name}-${timeOrderedId(startMs)}`, key: `segments/shop.orders/${name}.rows`, destination: destination() },
  ...{ rows: 1, bytes: row.length, compression: 'none' },
});
const [a, b, gone] = [segmentOf('a'), segmentOf('b'), segmentOf('gone')];

/** A load function, exactly once: what it commits, and what it tells of. */
function openWorker() {
  const { store: objects, bodies } = fakeBucket();
  const clock = fakeClock(startMs);
  const deadlineMs = clock.now() + 60_000;
  const [sent, committed, told] = [new Map<string, number>(), [] as number[], [] as string[]];
  const transactions: Transactions = {
    begin: async () => ({ state: 'ok' }),
    async load({ label }, _, body) {
      sent.set(label, JSON.parse(Buffer.concat(await Array.fromAsync(body.open())).toString()).length);
      return { state: 'ok' };
    },
    async prepare({ label }) {
      const total = sent.get(label) ?? 0;
      return { state: 'ok', counts: { total, loaded: total, filtered: 0, unselected: 0 } };
    },
    async commit({ label }) {
      committed.push(sent.get(label) ?? 0);
      return { state: 'ok' };
    },
    rollback: async () => ({ state: 'ok' }),
    labelState: async () => 'UNKNOWN',
  };
  let batches = 0;
  const delivery = exactlyOnce<Segment>({
    ...{ transactions, clock, maxRetries: 1, preparedTimeoutS: 100, badRows: undefined },
    join: joinStreams(({ key }) => objects.open(key)),
    ledger: (run: Run): Ledger => ({
      ...{ objects, clock, deadlineMs: run.deadlineMs, untilMs: run.deadlineMs, sendPointer: async () => undefined },
      commit: (database, label) => transactions.commit({ database, label, deadlineMs }),
    }),
    newBatchId: () => `batch${++batches}`,
    telemetry: {
      event: (level, what) => void (level === 'info' || told.push(what)),
      count: (name) => void (name === 'LoadsFailed' && told.push(name)),
    },
  });
  const take = async (...items: readonly Segment[]) => {
    const outcomes = await delivery.take({ destination: destination(), items }, newRun([], deadlineMs));
    return items.map((item) => outcomes.get(item)?.verdict);
  };
  return { take, committed, told, bodies };
}

describe('a segment that is loaded and deleted', () => {
  it('is acked when its pointer comes again, alone or with others, and nothing is told as a failure', async () => {
    const { take, committed, told, bodies } = openWorker();
    for (const { key } of [a, b, gone]) bodies.set(key, Buffer.from(row));
    expect(await take(gone)).toEqual(['ack']);
    bodies.delete(gone.key);
    expect(await take(gone)).toEqual(['ack']);
    expect(await take(a, gone, b)).toEqual(['ack', 'ack', 'ack']);
    expect([committed, told]).toEqual([[1, 2], []]);
  });

  it('is not taken for loaded where no claim says so: it comes again, and is told of', async () => {
    const { take, committed, told, bodies } = openWorker();
    bodies.set(a.key, Buffer.from(row));
    expect(await take(a, gone)).toEqual(['ack', 'retry']);
    expect(committed).toEqual([1]);
    expect(told).toContain('not loaded');
  });
});

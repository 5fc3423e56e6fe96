import { describe, expect, it } from 'vitest';
import { newRun, type Run } from '../../src/delivery/delivery.ts';
import { exactlyOnce } from '../../src/delivery/exactly-once.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { Transactions } from '../../src/ports.ts';
import { joinChunks } from '../../src/rows/body.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import { chunkReader } from '../../src/rows/row-readers.ts';
import { chunk, csvLayout, destination } from '../builders.ts';
import { fakeBucket } from '../fake-bucket.ts';
import { fakeClock } from './scripted-starrocks.ts';

interface Row {
  readonly id: string;
  readonly cut?: true;
}

/** A StarRocks whose parser ends at a row that is `cut`, and says nothing but the number of rows before it. */
function shortSighted() {
  const sent = new Map<string, Row[]>();
  const committed: string[] = [];
  const countOf = (rows: readonly Row[]) => {
    const end = rows.findIndex(({ cut }) => cut);
    return end < 0 ? rows.length : end;
  };
  const transactions: Transactions = {
    begin: async () => ({ state: 'ok' }),
    async load({ label }, _, body) {
      sent.set(label, JSON.parse(Buffer.concat(await Array.fromAsync(body.open())).toString()));
      return { state: 'ok' };
    },
    async prepare({ label }) {
      const total = countOf(sent.get(label) ?? []);
      return { state: 'ok', counts: { total, loaded: total, filtered: 0, unselected: 0 } };
    },
    async commit({ label }) {
      const rows = sent.get(label) ?? [];
      committed.push(...rows.slice(0, countOf(rows)).map(({ id }) => id));
      return { state: 'ok' };
    },
    rollback: async () => ({ state: 'ok' }),
    labelState: async () => 'UNKNOWN',
  };
  return { transactions, committed };
}

async function take(items: readonly Chunk[], keepsBadRows: boolean) {
  const { transactions, committed } = shortSighted();
  const { store: objects, bodies } = fakeBucket();
  const clock = fakeClock(1_800_000_000_000);
  const deadlineMs = clock.now() + 60_000;
  let batches = 0;
  const delivery = exactlyOnce({
    ...{ transactions, clock, join: joinChunks(csvLayout), maxRetries: 1, preparedTimeoutS: 100 },
    badRows: keepsBadRows ? { ...chunkReader(csvLayout), objects } : undefined,
    ledger: (run: Run): Ledger => ({
      ...{ objects, clock, deadlineMs: run.deadlineMs, untilMs: run.deadlineMs, sendPointer: async () => undefined },
      commit: (database, label) => transactions.commit({ database, label, deadlineMs }),
    }),
    newBatchId: () => `batch${++batches}`,
    telemetry: { event: () => undefined, count: () => undefined },
  });
  const outcomes = await delivery.take({ destination: destination(), items }, newRun([], deadlineMs));
  const ends = items.map((item) => outcomes.get(item));
  const rejected = [...bodies].filter(([key]) => key.startsWith('rejected/')).map(([, body]) => String(body));
  return { committed: committed.toSorted(), ends, rejected };
}

const itemOf = (name: string, ...rows: readonly Row[]) =>
  chunk({ id: name, text: rows.map((row) => JSON.stringify(row)).join('\n'), rows: rows.length, layout: 'lines' });
const items = [
  itemOf('c1', { id: 'a' }, { id: 'b' }),
  itemOf('c2', { id: 'c' }, { id: 'd', cut: true }, { id: 'e' }),
  itemOf('c3', { id: 'f' }),
  itemOf('c4', { id: 'g' }),
];

describe('a batch, exactly once, of which StarRocks counts fewer rows than were sent', () => {
  it('commits nothing that was miscounted: it is halved, and its good messages load once', async () => {
    const { committed, ends } = await take(items, false);
    expect(committed).toEqual(['a', 'b', 'f', 'g']);
    expect(ends.map((end) => end?.verdict)).toEqual(['ack', 'reject', 'ack', 'ack']);
    expect(ends[1]).toMatchObject({ detail: expect.stringContaining('counted 1 of 3 rows') });
  });

  it('loses no row of the message that it is in, where bad rows are kept: the one that is not counted is among them', async () => {
    const { committed, ends, rejected } = await take(items, true);
    expect(committed).toEqual(['a', 'b', 'c', 'e', 'f', 'g']);
    expect(ends.map((end) => end?.verdict)).toEqual(['ack', 'ack', 'ack', 'ack']);
    expect(rejected.map((text) => JSON.parse(text).text)).toEqual(['{"id":"d","cut":true}']);
  });
});

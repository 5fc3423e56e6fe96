import { describe, expect, it } from 'vitest';
import { newRun, type Run } from '../../src/delivery/delivery.ts';
import { exactlyOnce } from '../../src/delivery/exactly-once.ts';
import { stageExactlyOnce } from '../../src/delivery/stage.ts';
import { emptyBook, withClaims } from '../../src/ledger/claim-book.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { claimsKey, type Decision, decisionKey, writeRecord } from '../../src/ledger/records.ts';
import type { Transactions } from '../../src/ports.ts';
import { joinChunks, joinSegment } from '../../src/rows/body.ts';
import { chunk, csvLayout, destination, sqsRecord } from '../builders.ts';
import { fakeBucket } from '../fake-bucket.ts';

const nowMs = 1_800_000_000_000;
const chunks = ['c1', 'c2', 'c3'].map((id) => chunk({ id, text: `{"id":"${id}"}` }));
const batch = { destination: destination(), items: chunks };

/** Another worker claimed one of the chunks a second ago, and has decided so, or not at all. */
function setUp(held: string, decision: Decision | undefined) {
  const bucket = fakeBucket();
  const claims = withClaims(emptyBook, 'other', nowMs + 1000, [{ id: held }]);
  bucket.put(claimsKey(batch.destination, held), writeRecord(claims));
  if (decision) bucket.put(decisionKey('other'), writeRecord(decision));
  const committed: string[] = [];
  const staged: string[] = [];
  const open = new Map<string, string>();
  const transactions: Transactions = {
    begin: async () => ({ state: 'ok' }),
    async load({ label }, _, body) {
      open.set(label, Buffer.concat(await Array.fromAsync(body.open())).toString());
      return { state: 'ok' };
    },
    async prepare({ label }) {
      const total = JSON.parse(open.get(label) ?? '[]').length;
      return { state: 'ok', counts: { total, loaded: total, filtered: 0, unselected: 0 } };
    },
    async commit({ label }) {
      committed.push(open.get(label) ?? label);
      return { state: 'ok' };
    },
    rollback: async () => ({ state: 'ok' }),
    labelState: async () => 'UNKNOWN',
  };
  let batches = 0;
  const telemetry = { event: () => undefined, count: () => undefined };
  const clock = { now: () => nowMs, sleep: async () => undefined, random: () => 0 };
  const sendPointer = async ({ key }: { key: string }) => void staged.push(String(bucket.bodies.get(key)));
  const ledger = ({ deadlineMs }: Run): Ledger => ({
    ...{ objects: bucket.store, clock, deadlineMs, sendPointer, untilMs: deadlineMs },
    commit: (database, label) => transactions.commit({ database, label, deadlineMs }),
  });
  const settings = { ledger, newBatchId: () => `batch${++batches}`, clock, telemetry };
  const ways = {
    load: exactlyOnce({
      ...{ ...settings, transactions, join: joinChunks(csvLayout), badRows: undefined },
      ...{ maxRetries: 1, preparedTimeoutS: 100 },
    }),
    stage: stageExactlyOnce({
      ...{ ...settings, objects: bucket.store, compression: 'none', join: joinSegment(csvLayout) },
    }),
  };
  return {
    /** Verdicts by chunk, and what was committed or sent on. */
    async run(way: keyof typeof ways, isOrdered: boolean) {
      const run = newRun(isOrdered ? [sqsRecord({ group: 'g' })] : [], nowMs + 60_000);
      const outcomes = await ways[way].take(batch, run);
      const verdicts = chunks.map((each) => outcomes.get(each)?.verdict);
      return { verdicts, went: [...committed, ...staged], mine: bucket.objects.get(decisionKey('batch1'))?.text };
    },
  };
}

describe.each(['load', 'stage'] as const)('a batch of which another worker holds a part (%s)', (way) => {
  it.each(['c1', 'c2'])('goes no further in a FIFO queue: nothing may overtake %s', async (held) => {
    const { verdicts, went, mine } = await setUp(held, undefined).run(way, true);
    expect(went).toEqual([]);
    expect(verdicts).toEqual(['retry', 'retry', 'retry']);
    expect(mine).toBe(writeRecord({ state: 'void' }));
  });

  it('goes as far as that part in a FIFO queue', async () => {
    const { verdicts, went } = await setUp('c3', undefined).run(way, true);
    expect(verdicts).toEqual(['ack', 'ack', 'retry']);
    expect(went.map((text) => text.replace(/^\[|\]$/g, ''))).toEqual(['{"id":"c1"},{"id":"c2"}']);
  });

  it('goes on without that part in a standard queue', async () => {
    const { verdicts, went } = await setUp('c1', undefined).run(way, false);
    expect(verdicts).toEqual(['retry', 'ack', 'ack']);
    expect(went.map((text) => text.replace(/^\[|\]$/g, ''))).toEqual(['{"id":"c2"},{"id":"c3"}']);
  });

  it('goes on in a FIFO queue when that part is loaded', async () => {
    const done = { state: 'done', label: 'other-1', atMs: 0 } as const;
    const { verdicts, went } = await setUp('c2', done).run(way, true);
    expect(verdicts).toEqual(['ack', 'ack', 'ack']);
    expect(went.map((text) => text.replace(/^\[|\]$/g, ''))).toEqual(['{"id":"c1"},{"id":"c3"}']);
  });
});

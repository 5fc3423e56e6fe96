import { newRun } from '../src/delivery/delivery.ts';
import { exactlyOnce } from '../src/delivery/exactly-once.ts';
import type { TransactionResult } from '../src/ports.ts';
import type { Join } from '../src/rows/batch.ts';
import { joinChunks } from '../src/rows/body.ts';
import type { Chunk } from '../src/rows/chunk.ts';
import { chunkReader } from '../src/rows/row-readers.ts';
import { csvLayout, destination } from './builders.ts';
import { type BucketCall, fakeBucket, type Met } from './fake-bucket.ts';

export const deadlineMs = 60_000;

interface Script {
  readonly meet?: (call: BucketCall) => Met;
  /** How long a prepare takes. */
  readonly prepareMs?: number;
  /** Is told of each command but commit. */
  readonly hear?: (command: string) => void;
}

/** A StarRocks of transactions that takes every row but those that say so, and names these. */
export function openExactlyOnce({ meet, prepareMs = 0, hear = () => undefined }: Script = {}) {
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
  let joins = 0;
  const join: Join<Chunk> = (...given) => {
    joins++;
    return joinChunks(csvLayout)(...given);
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
    ...{ join, maxRetries: 0, preparedTimeoutS: 60 },
    badRows: { ...chunkReader(csvLayout), objects: bucket.store },
    newBatchId: () => 'b',
    ledger: () => ({
      ...{ objects: bucket.store, clock, deadlineMs, untilMs: deadlineMs },
      commit: (_, label) => commit(label),
      sendPointer: async () => undefined,
    }),
  });
  const take = async (items: readonly Chunk[]) => {
    const run = newRun([], deadlineMs);
    const outcomes = await delivery.take({ destination: destination(), items }, run);
    await run.besides();
    return [...outcomes.values()];
  };
  const keys = (prefix: string) => [...bucket.objects.keys()].filter((key) => key.startsWith(prefix));
  const decision = () => JSON.parse(bucket.objects.get('decisions/b')?.text ?? '{}') as { readonly state?: string };
  return { take, keys, decision, joins: () => joins, committed, rolledBack, told, calls: bucket.calls };
}

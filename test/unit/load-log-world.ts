import type { SQSRecord } from 'aws-lambda';
import { atLeastOnce } from '../../src/delivery/at-least-once.ts';
import { type Delivery, newRun } from '../../src/delivery/delivery.ts';
import { exactlyOnce } from '../../src/delivery/exactly-once.ts';
import type { Lane } from '../../src/pipeline/plan-lanes.ts';
import { runLanes } from '../../src/pipeline/run-lanes.ts';
import type { LoadResult, TransactionResult } from '../../src/ports.ts';
import { joinChunks } from '../../src/rows/body.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import { chunk, csvLayout, destination } from '../builders.ts';
import { deployedLog } from '../deployed-log.ts';
import { type BucketCall, fakeBucket, type Met } from '../fake-bucket.ts';
import { manualClock } from '../manual-clock.ts';

export const deadlineMs = 60_000;
export const never = () => new Promise<never>(() => undefined);
export const refused = { state: 'refused', kind: 'data', message: 'a row does not fit' } as const;
export const batchOf = (...items: readonly Chunk[]) => ({ destination: destination({ table: 'orders' }), items });
export const rows = [chunk({ id: 'c1', rows: 3, text: '{"id":1}' }), chunk({ id: 'c2', rows: 4, text: '{"id":2}' })];

export interface World {
  readonly log: ReturnType<typeof deployedLog>;
  readonly clock: ReturnType<typeof manualClock>;
}

export type Loads = (body: string, rows: number) => Promise<LoadResult>;

const once = ({ log: { telemetry }, clock }: World, load: Loads): Delivery<Chunk> =>
  atLeastOnce<Chunk>({
    starrocks: {
      async load({ body, rows: count }) {
        return load(Buffer.concat(await Array.fromAsync(body.open())).toString(), count);
      },
    },
    ...{ telemetry, clock, badRows: undefined, labelPrefix: undefined, miscounts: undefined },
    join: joinChunks(csvLayout),
  });

/** Each load is answered by its prepare. */
export function prepared({ log: { telemetry }, clock }: World, load: Loads, meet?: (call: BucketCall) => Met) {
  const { store: objects } = fakeBucket(meet);
  const bodies = new Map<string, string>();
  const ok = async (): Promise<TransactionResult> => ({ state: 'ok' });
  const rolledBack: string[] = [];
  let batches = 0;
  const delivery = exactlyOnce<Chunk>({
    transactions: {
      begin: ok,
      async load({ label }, _, body) {
        bodies.set(label, Buffer.concat(await Array.fromAsync(body.open())).toString());
        return { state: 'ok' };
      },
      async prepare({ label }): Promise<TransactionResult> {
        const sent = bodies.get(label) ?? '';
        const result = await load(sent, JSON.parse(sent).length);
        if (result.state !== 'loaded') return result;
        const total = result.counts?.total ?? 0;
        return { state: 'ok', counts: { total, loaded: total, filtered: 0, unselected: 0 } };
      },
      commit: ok,
      async rollback({ label }) {
        rolledBack.push(label);
        return { state: 'ok' };
      },
      labelState: async () => 'UNKNOWN',
    },
    ...{ telemetry, clock, badRows: undefined, join: joinChunks(csvLayout), maxRetries: 0, preparedTimeoutS: 60 },
    newBatchId: () => `b${++batches}`,
    ledger: () => ({
      ...{ objects, clock, deadlineMs, untilMs: deadlineMs, commit: ok, sendPointer: async () => undefined },
    }),
  });
  return { delivery, rolledBack };
}

export const loadedRows = (total: number): LoadResult => ({
  ...{ state: 'loaded', visible: true, already: false },
  counts: { total, loaded: total, filtered: 0, unselected: 0 },
});

export const semantics: Record<string, (world: World, load: Loads) => Delivery<Chunk>> = {
  'at-least-once': once,
  'exactly-once': (world, load) => prepared(world, load).delivery,
};

export const open = (): World => ({ log: deployedLog(), clock: manualClock() });

/** Runs lanes until the deadline, and longer. @out  lines that say of a load that it did not succeed */
export async function run(
  { log, clock }: World,
  lanes: readonly Lane<Chunk>[],
  delivery: Delivery<Chunk>,
  records: readonly SQSRecord[] = [],
) {
  const deps = { clock, telemetry: log.telemetry };
  const running = runLanes(lanes, newRun(records, deadlineMs), deps, (batch, own) => delivery.take(batch, own));
  await clock.pass(0);
  await clock.pass(deadlineMs);
  await running;
  return log.lines.filter(({ message }) => message === 'not loaded');
}

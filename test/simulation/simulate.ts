import { SinkError } from '../../src/kit/errors.ts';
import { sweepInDoubt } from '../../src/ledger/sweep.ts';
import type { ObjectStore } from '../../src/object-store.ts';
import { ingest } from '../../src/pipeline/ingest.ts';
import { loadSegments } from '../../src/pipeline/load.ts';
import { type Segment, writePointer } from '../../src/rows/segment.ts';
import {
  type Connections,
  functionTimeoutMs,
  ingestDeps,
  loadDeps,
  type Shape,
  sweepDeps,
  unreliableSend,
} from './functions.ts';
import { checkAcked, checkEnd, isDrained } from './invariants.ts';
import { createRandom, type Random } from './random.ts';
import { Scheduler, type Worker } from './scheduler.ts';
import { type QueuedMessage, recordOf, SimulatedQueue } from './simulated-queue.ts';
import { connectS3, SimulatedS3 } from './simulated-s3.ts';
import { SimulatedStarRocks } from './simulated-starrocks.ts';
import { createUnreliable, type FaultRates } from './unreliable.ts';

const visibilityMs = 6 * functionTimeoutMs;
const maxSteps = 30_000;
const calm: FaultRates = { crash: 0, refused: 0, lostAnswer: 0, late: 0, slow: 0 };

export interface SimulationSetup {
  readonly seed: number;
  readonly semantic: Shape['semantic'];
  /** Takes a part of the ledger away, to see that the invariants notice. */
  readonly sabotage?: (objects: ObjectStore) => ObjectStore;
}

/** What one schedule came to; `violations` is empty when every invariant held. */
export interface SimulationResult {
  readonly steps: number;
  readonly invocations: number;
  readonly committedRows: number;
  readonly segments: number;
  readonly violations: readonly string[];
}

/**
 * Runs the real ingest and load code against simulated queues, bucket and StarRocks: first with everything going wrong
 * that can, then without faults until the queues are empty.
 */
export async function simulate({
  seed,
  semantic,
  sabotage = (objects) => objects,
}: SimulationSetup): Promise<SimulationResult> {
  const random = createRandom(seed);
  const scheduler = new Scheduler(random);
  const shape = drawShape(random, semantic);
  const troubled = drawRates(random);
  let hasFaults = true;
  const rates = () => (hasFaults ? troubled.network : calm);
  const network = createUnreliable(scheduler, random, rates);
  const starrocks = new SimulatedStarRocks(
    (probability) => random.chance(probability),
    () => (hasFaults ? troubled.server : { failure: 0, publishTimeout: 0 }),
    () => scheduler.nowMs,
  );
  const s3 = new SimulatedS3();
  const rows = new SimulatedQueue('m', scheduler, random, visibilityMs);
  const pointers = new SimulatedQueue('p', scheduler, random, visibilityMs);
  const end = { shape, rows, pointers, starrocks, s3 };
  const violations: string[] = [];
  let invocations = 0;

  const connect = (worker: Worker): Connections => ({
    name: `w${invocations++}`,
    clock: scheduler.clockOf(worker),
    send: unreliableSend(
      (call) => starrocks.handle(call),
      (apply, lost, refused) => network.call(worker, apply, lost, refused),
    ),
    objects: sabotage(connectS3(s3, worker, network, random, () => (hasFaults ? 0.05 : 0))),
    sendPointer: (segment: Segment) => {
      const failed = () => new Error('SQS: no answer');
      return network.call(worker, () => pointers.send(writePointer(segment)), failed, failed);
    },
  });

  const invoke = async (queue: SimulatedQueue, messages: readonly QueuedMessage[]): Promise<void> => {
    const worker: Worker = { alive: true };
    scheduler.later(functionTimeoutMs, () => {
      worker.alive = false;
    });
    const connections = connect(worker);
    const records = messages.map(recordOf);
    const deadlineMs = scheduler.nowMs + functionTimeoutMs - 5000;
    const work =
      queue === rows
        ? ingest(records, deadlineMs, ingestDeps(connections, shape))
        : loadSegments(records, deadlineMs, loadDeps(connections, shape));
    const failed = await work.catch((error: unknown) => {
      if (!(error instanceof SinkError)) violations.push(`the function threw ${error}`);
      return messages.map(({ messageId }) => ({ itemIdentifier: messageId }));
    });
    const kept = new Set(failed.map(({ itemIdentifier }) => itemIdentifier));
    for (const message of messages) {
      if (kept.has(message.messageId)) continue;
      violations.push(...checkAcked(message, end));
      // The event source's own delete may get lost too: then an acked message comes again.
      if (!random.chance(rates().lostAnswer)) message.deleted = true;
    }
  };

  const sweep = () => {
    const worker: Worker = { alive: true };
    scheduler.later(functionTimeoutMs, () => {
      worker.alive = false;
    });
    const deps = sweepDeps(connect(worker), scheduler.nowMs + functionTimeoutMs - 5000);
    void sweepInDoubt(deps).catch(() => undefined);
    scheduler.later(60_000, sweep);
  };

  const poll = (queue: SimulatedQueue) => {
    const messages = queue.receive(hasFaults ? 0.1 : 0);
    if (messages.length > 0) void invoke(queue, messages);
    if (hasFaults) disturb(starrocks, random);
    if (random.chance(0.15)) starrocks.evict(random.below(3));
    scheduler.later(500 + random.below(hasFaults ? 20_000 : visibilityMs), () => poll(queue));
  };

  fillQueue(rows, random);
  if (semantic === 'exactly-once') scheduler.later(random.below(60_000), sweep);
  for (const queue of [rows, rows, pointers, pointers]) scheduler.later(random.below(1000), () => poll(queue));
  scheduler.later(600_000 + random.below(600_000), () => {
    hasFaults = false;
  });
  const steps = await scheduler.run(() => !hasFaults && isDrained(end), maxSteps);
  return {
    ...{ steps, invocations },
    committedRows: starrocks.committed.length,
    segments: s3.bodies.size,
    violations: [...violations, ...checkEnd(end)],
  };
}

function drawShape(random: Random, semantic: Shape['semantic']): Shape {
  const stageAboveBytes = random.pick([undefined, 0, 40]);
  return { semantic, stageAboveBytes, keepsBadRows: random.chance(0.7) };
}

function fillQueue(queue: SimulatedQueue, random: Random): void {
  const chunks = 1 + random.below(4);
  const hasTimes = random.chance(0.7);
  for (let index = 0; index < chunks; index++) {
    const rows = Array.from({ length: 1 + random.below(3) }, (_, row) =>
      JSON.stringify({ id: `c${index}r${row}`, ...(random.chance(0.05) ? { bad: true } : {}) }),
    );
    // Chunks whose identities say a time share a book of claims; the others have one each.
    const id = hasTimes ? `${1_700_000_000_000 + index * 1500}-c${index}` : `c${index}`;
    queue.send(rows.join('\n'), id);
    // A producer that lost an answer sends a chunk again, in a message of its own.
    if (random.chance(0.15)) queue.send(rows.join('\n'), id);
  }
}

function drawRates(random: Random) {
  const some = (most: number) => (random.chance(0.5) ? random.next() * most : 0);
  const network = { crash: some(0.05), refused: some(0.1), lostAnswer: some(0.15), late: some(0.1), slow: some(0.05) };
  return { network, server: { failure: some(0.2), publishTimeout: some(0.5) } };
}

function disturb(starrocks: SimulatedStarRocks, random: Random): void {
  if (random.chance(0.1)) starrocks.changeLeader();
  if (random.chance(0.1)) starrocks.abortOpen((count) => random.below(count));
}

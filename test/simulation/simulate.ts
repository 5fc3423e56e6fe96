import { SinkError } from '../../src/kit/errors.ts';
import type { ObjectStore } from '../../src/object-store.ts';
import type { Delivery } from '../../src/pipeline/delivery.ts';
import { type IngestDeps, ingest } from '../../src/pipeline/ingest.ts';
import type { SendToStarRocks } from '../../src/ports.ts';
import { createRouter } from '../../src/rows/route.ts';
import { createStarRocks } from '../../src/starrocks/stream-load.ts';
import { createTransactions } from '../../src/starrocks/transaction.ts';
import { createRandom, type Random } from './random.ts';
import { Scheduler, type Worker } from './scheduler.ts';
import { type QueuedMessage, recordOf, SimulatedQueue } from './simulated-queue.ts';
import { connectS3, SimulatedS3 } from './simulated-s3.ts';
import { SimulatedStarRocks } from './simulated-starrocks.ts';
import { createUnreliable, type FaultRates, type Unreliable } from './unreliable.ts';

const functionTimeoutMs = 60_000;
const visibilityMs = 6 * functionTimeoutMs;
const longestRunMs = functionTimeoutMs + 5000;
const maxSteps = 20_000;
const csv = { columnSeparator: '\t', rowDelimiter: '\n' };
const calm: FaultRates = { crash: 0, refused: 0, lostAnswer: 0, late: 0, slow: 0 };
const silent = { event: () => undefined, count: () => undefined };

export interface SimulationSetup {
  readonly seed: number;
  readonly semantic: 'at-least-once' | 'exactly-once';
  /** Takes a part of the ledger away, to see that the invariants notice. */
  readonly sabotage?: (objects: ObjectStore) => ObjectStore;
}

/** What one schedule came to; `violations` is empty when every invariant held. */
export interface SimulationResult {
  readonly steps: number;
  readonly invocations: number;
  readonly committedRows: number;
  readonly violations: readonly string[];
}

/**
 * Runs the real ingest code against a simulated queue, bucket and StarRocks: first with everything going wrong that can,
 * then without faults until the queue is empty.
 */
export async function simulate(setup: SimulationSetup): Promise<SimulationResult> {
  const world = createWorld(setup);
  const steps = await world.run();
  return {
    steps,
    invocations: world.invocations(),
    committedRows: world.starrocks.committed.length,
    violations: world.check(),
  };
}

function createWorld({ seed, semantic, sabotage }: SimulationSetup) {
  const random = createRandom(seed);
  const scheduler = new Scheduler(random);
  const troubled = drawRates(random);
  let hasFaults = true;
  const rates = () => (hasFaults ? troubled.network : calm);
  const network = createUnreliable(scheduler, random, rates);
  const starrocks = new SimulatedStarRocks(
    (probability) => random.chance(probability),
    () => (hasFaults ? troubled.server : { failure: 0, publishTimeout: 0 }),
  );
  const s3 = new SimulatedS3();
  const queue = new SimulatedQueue(scheduler, random, visibilityMs);
  const bad = fillQueue(queue, random);
  const violations: string[] = [];
  let invocations = 0;

  const invoke = async (messages: readonly QueuedMessage[]): Promise<void> => {
    const worker: Worker = { alive: true };
    const name = `w${invocations++}`;
    scheduler.later(functionTimeoutMs, () => {
      worker.alive = false;
    });
    const connected = connectS3(s3, worker, network, random, () => (hasFaults ? 0.05 : 0));
    const send = connectStarRocks(starrocks, worker, network);
    const deps = depsOf({ scheduler, worker, name, semantic, send, objects: sabotage?.(connected) ?? connected });
    const deadlineMs = scheduler.nowMs + functionTimeoutMs - 5000;
    const failed = await ingest(messages.map(recordOf), deadlineMs, deps).catch((error: unknown) => {
      if (!(error instanceof SinkError)) violations.push(`ingest threw ${error}`);
      return messages.map(({ messageId }) => ({ itemIdentifier: messageId }));
    });
    const kept = new Set(failed.map(({ itemIdentifier }) => itemIdentifier));
    for (const message of messages) {
      if (kept.has(message.messageId)) continue;
      checkAcked(message, starrocks, violations);
      // The event source's own delete may get lost too: then an acked message comes again.
      if (!random.chance(rates().lostAnswer)) message.deleted = true;
    }
  };

  const poll = () => {
    const messages = queue.receive(hasFaults ? 0.1 : 0);
    if (messages.length > 0) void invoke(messages);
    if (hasFaults) disturb(starrocks, random);
    scheduler.later(500 + random.below(hasFaults ? 20_000 : visibilityMs), poll);
  };

  return {
    starrocks,
    invocations: () => invocations,
    async run(): Promise<number> {
      for (let poller = 0; poller < 2; poller++) scheduler.later(random.below(1000), poll);
      scheduler.later(600_000 + random.below(600_000), () => {
        hasFaults = false;
      });
      const onlyBadLeft = () => !hasFaults && queue.messages.every(({ deleted, chunk }) => deleted || bad.has(chunk));
      return scheduler.run(onlyBadLeft, maxSteps);
    },
    check: () => [...violations, ...checkEnd({ semantic, queue, starrocks, bad })],
  };
}

function fillQueue(queue: SimulatedQueue, random: Random): ReadonlySet<string> {
  const bad = new Set<string>();
  const chunks = 1 + random.below(4);
  for (let index = 0; index < chunks; index++) {
    const chunk = `c${index}`;
    const isBad = random.chance(0.1);
    if (isBad) bad.add(chunk);
    const rows = Array.from({ length: 1 + random.below(2) }, (_, row) =>
      JSON.stringify({ id: `${chunk}r${row}`, ...(isBad && row === 0 ? { bad: true } : {}) }),
    );
    queue.send(chunk, rows.join('\n'));
    // A producer that lost an answer sends a chunk again, in a message of its own.
    if (random.chance(0.15)) queue.send(chunk, rows.join('\n'));
  }
  return bad;
}

function drawRates(random: Random) {
  const some = (most: number) => (random.chance(0.5) ? random.next() * most : 0);
  const network = { crash: some(0.05), refused: some(0.1), lostAnswer: some(0.15), late: some(0.1), slow: some(0.05) };
  return { network, server: { failure: some(0.2), publishTimeout: some(0.5) } };
}

function disturb(starrocks: SimulatedStarRocks, random: Random): void {
  if (random.chance(0.1)) starrocks.changeLeader();
  if (random.chance(0.15)) starrocks.evict(random.below(3));
  if (random.chance(0.1)) starrocks.abortOpen((count) => random.below(count));
}

function connectStarRocks(starrocks: SimulatedStarRocks, worker: Worker, network: Unreliable): SendToStarRocks {
  const lost = () => new SinkError('ANSWER_LOST', 'The connection was reset.');
  const refused = () => new SinkError('STARROCKS_UNREACHABLE', 'Tried fe:8030: ECONNREFUSED.');
  return (call) => network.call(worker, () => starrocks.handle(call), lost, refused);
}

interface WorkerParts {
  readonly scheduler: Scheduler;
  readonly worker: Worker;
  readonly name: string;
  readonly semantic: SimulationSetup['semantic'];
  readonly send: SendToStarRocks;
  readonly objects: ObjectStore;
}

function depsOf({ scheduler, worker, name, semantic, send, objects }: WorkerParts): IngestDeps {
  const clock = scheduler.clockOf(worker);
  const rules = { database: 'd', table: 't', allow: [], properties: {} };
  const settings = { clock, telemetry: silent, labelPrefix: undefined };
  let batches = 0;
  const delivery: Delivery =
    semantic === 'at-least-once'
      ? {
          ...settings,
          semantic,
          starrocks: createStarRocks({ send, clock, maxRetries: 1 }),
        }
      : {
          ...settings,
          semantic,
          transactions: createTransactions({ send, clock }),
          ledger: { objects, sendPointer: async () => undefined, longestRunMs, preparedForMs: 12 * 3_600_000 },
          newBatchId: () => `${name}b${batches++}`,
          maxRetries: 1,
          preparedTimeoutS: 86_400,
        };
  return {
    decode: { maxInflatedBytes: 1_000_000, defaultFormat: undefined, csv },
    rules,
    route: createRouter(rules),
    schemaOf: async () => undefined,
    limits: { maxRows: 3, maxBytes: 1_000_000 },
    delivery,
    staging: undefined,
    telemetry: silent,
  };
}

const rowsOf = ({ body }: QueuedMessage): string[] =>
  body.split('\n').map((row) => (JSON.parse(row) as { id: string }).id);

function checkAcked(message: QueuedMessage, starrocks: SimulatedStarRocks, violations: string[]): void {
  const missing = rowsOf(message).filter((id) => !starrocks.committed.includes(id));
  if (missing.length > 0) violations.push(`${message.messageId} acked, but ${missing} not committed`);
}

function checkEnd({
  semantic,
  queue,
  starrocks,
  bad,
}: {
  semantic: string;
  queue: SimulatedQueue;
  starrocks: SimulatedStarRocks;
  bad: ReadonlySet<string>;
}): string[] {
  const violations: string[] = [];
  const counts = Map.groupBy(starrocks.committed, (id) => id);
  for (const [id, copies] of counts) {
    if (semantic === 'exactly-once' && copies.length > 1) violations.push(`${id} committed ${copies.length} times`);
  }
  for (const message of queue.messages) {
    const isBad = bad.has(message.chunk);
    if (!message.deleted && !isBad) violations.push(`${message.messageId} not delivered in the end`);
    if (isBad && rowsOf(message).some((id) => counts.has(id)))
      violations.push(`${message.messageId} holds a bad row and was committed`);
  }
  return violations;
}

import { SinkError } from '../../src/kit/errors.ts';
import type { WriteDeps } from '../../src/ledger/conditional-writes.ts';
import { KnownBooks } from '../../src/ledger/known-books.ts';
import { assume } from '../../src/ledger/ledger.ts';
import { decisionKey } from '../../src/ledger/records.ts';
import type { ObjectStore } from '../../src/object-store.ts';
import { ingest } from '../../src/pipeline/ingest.ts';
import { loadSegments } from '../../src/pipeline/load.ts';
import { sweep } from '../../src/pipeline/sweep.ts';
import { tableKey } from '../../src/rows/destination.ts';
import { writePointer } from '../../src/rows/segment.ts';
import type { Telemetry } from '../../src/telemetry.ts';
import {
  type Connections,
  functionTimeoutMs,
  ingestDeps,
  loadDeps,
  type Shape,
  sweepDeps,
  unreliableSend,
} from './functions.ts';
import { checkAcked, checkEnd, isDrained, isEmpty } from './invariants.ts';
import { noteShape } from './note-shape.ts';
import { drawProfile } from './profiles.ts';
import { createRandom } from './random.ts';
import { Scheduler, type Worker } from './scheduler.ts';
import { type QueuedMessage, recordOf, SimulatedQueue } from './simulated-queue.ts';
import { connectS3, SimulatedS3 } from './simulated-s3.ts';
import { SimulatedStarRocks } from './simulated-starrocks.ts';
import { Tally } from './tally.ts';
import { createUnreliable, type Fault, type SingleFault } from './unreliable.ts';
import { calm, drawRates, drawShape, fillQueue, type Rates, type Server, usuallyKeptMs } from './world.ts';

const visibilityMs = 6 * functionTimeoutMs;
/** Whoever is not through by then is stuck. */
const maxSteps = 400_000;
const untroubled: Rates = {
  ...{ profile: 'nothing fails', network: calm, hotSpots: [], sweeps: 1, duplicates: 0, skewMs: 0 },
  ...{ keptMs: usuallyKeptMs, newLeader: 0, abort: 0, outages: [] },
  server: { failure: 0, publishTimeout: 0, refusal: 0, errorLogRows: 1 },
};

export interface SimulationSetup {
  readonly seed: number;
  readonly semantic: Shape['semantic'];
  /** Takes a part of the ledger away, to see that the invariants notice. */
  readonly sabotage?: (objects: ObjectStore) => ObjectStore;
  /** Nothing goes wrong but this. */
  readonly only?: SingleFault;
}

/** What one schedule came to; `violations` is empty when every invariant held. */
export interface SimulationResult {
  readonly steps: number;
  readonly invocations: number;
  /** Calls to S3, SQS and StarRocks. */
  readonly calls: number;
  readonly committedRows: number;
  readonly segments: number;
  readonly tally: Tally;
  readonly violations: readonly string[];
}

/**
 * Runs the real ingest, load and sweep code against simulated queues, bucket and StarRocks: first with everything going wrong
 * that can, then without faults until the queues are empty.
 */
export async function simulate({
  seed,
  semantic,
  sabotage = (objects) => objects,
  only,
}: SimulationSetup): Promise<SimulationResult> {
  const random = createRandom(seed);
  const tally = new Tally();
  const scheduler = new Scheduler(random);
  const profile = drawProfile(random, semantic);
  const shape = drawShape(random, semantic, profile);
  const drawn = drawRates(random, profile);
  const rows = new SimulatedQueue('m', shape.isFifo, scheduler, random, visibilityMs, tally);
  const pointers = new SimulatedQueue('p', shape.isFifo, scheduler, random, visibilityMs, tally);
  const countsShort = fillQueue(rows, random, shape, profile, only === undefined || semantic === 'exactly-once');
  const troubled = only || (countsShort && semantic === 'at-least-once') ? withoutLoss(drawn, only) : drawn;
  const beganMs = scheduler.nowMs;
  let hasFaults = only === undefined;
  let mayEnd = false;
  const rates = () => (hasFaults ? troubled : { ...untroubled, skewMs: troubled.skewMs });
  const rateOf = (fault: Fault, what: string) => {
    const { network, hotSpots } = rates();
    const atMs = scheduler.nowMs - beganMs;
    return hotSpots.reduce(
      (rate, spot) =>
        spot.fault === fault && spot.what === what && spot.fromMs <= atMs && atMs < spot.toMs ? rate + spot.rate : rate,
      network[fault],
    );
  };
  const network = createUnreliable(scheduler, random, rateOf, tally, only);
  const starrocks = new SimulatedStarRocks(
    (probability) => random.chance(probability),
    () => rates().server,
    () => scheduler.nowMs,
    troubled.keptMs,
    tally,
  );
  const isAway = (server: Server) => () => {
    const atMs = scheduler.nowMs - beganMs;
    return hasFaults && troubled.outages.some(({ of, fromMs, toMs }) => of === server && fromMs <= atMs && atMs < toMs);
  };
  const s3 = new SimulatedS3();
  const end = { shape, rows, pointers, starrocks, s3 };
  const violations: string[] = [];
  let invocations = 0;
  // Invocations share processes, also at the same time, which is harder than Lambda has it.
  const processes = [new KnownBooks(), new KnownBooks()] as const;
  /** When the last sweep came to its end. */
  let sweptMs = scheduler.nowMs;

  const connect = (worker: Worker): Connections => {
    const failed = () => new Error('SQS: no answer');
    const callSqs = <T>(what: string, apply: () => T) =>
      network.call(worker, { what: `SQS ${what}`, apply, lost: failed, refused: failed, isAway: isAway('sqs') });
    const clock = scheduler.clockOf(worker, Math.round((random.next() - 0.5) * rates().skewMs));
    return {
      books: processes[invocations % 2 === 0 ? 0 : 1],
      ...{ name: `w${invocations++}`, clock, deadlineMs: clock.now() + functionTimeoutMs - 5000 },
      send: unreliableSend(
        (call) => starrocks.handle(call),
        (url) => starrocks.errorLog(url),
        (request) => network.call(worker, { ...request, isAway: isAway('starrocks') }),
      ),
      objects: sabotage(connectS3(s3, worker, network, random, () => (hasFaults ? 0.05 : 0), isAway('s3'), tally)),
      sendPointer(segment) {
        const { id: deduplication, destination } = segment;
        const order = shape.isFifo ? { group: tableKey(destination), deduplication } : {};
        return callSqs('send', () => pointers.send({ body: writePointer(segment), ...order }));
      },
      postpone: (records, seconds) =>
        callSqs('change visibility', () => {
          const ids = new Set(records.map(({ messageId }) => messageId));
          for (const queue of [rows, pointers]) queue.hide(ids, seconds);
        }),
    };
  };

  const startWorker = (): Worker => {
    const worker: Worker = { alive: true };
    scheduler.idle(functionTimeoutMs, () => {
      if (!worker.comesBack) worker.alive = false;
    });
    return worker;
  };

  const invoke = async (queue: SimulatedQueue, messages: readonly QueuedMessage[]): Promise<void> => {
    const startedMs = scheduler.nowMs;
    const connections = connect(startWorker());
    if (messages.length >= 10) tally.note('an event of ten messages or more');
    const records = messages.map(recordOf);
    const work =
      queue === rows
        ? ingest(records, connections.deadlineMs, ingestDeps(connections, shape))
        : loadSegments(records, connections.deadlineMs, loadDeps(connections, shape));
    const failed = await work.catch((error: unknown) => {
      if (!(error instanceof SinkError)) violations.push(`the function threw ${error}`);
      tally.note('an invocation fails as a whole');
      return messages.map(({ messageId }) => ({ itemIdentifier: messageId }));
    });
    const kept = new Set(failed.map(({ itemIdentifier }) => itemIdentifier));
    const isLate = scheduler.nowMs - startedMs > functionTimeoutMs;
    if (isLate) tally.note('an invocation answers when nobody waits any more');
    for (const message of messages) {
      if (kept.has(message.messageId)) continue;
      violations.push(...checkAcked(message, end));
      // Nobody waits for an answer that comes after the timeout; on a standard queue an old receipt may still be taken.
      if (isLate && (queue.isFifo || random.chance(0.5))) continue;
      // The event source's own delete may get lost too: then an acked message comes again.
      if (!random.chance(rates().network.lostAnswer)) message.deleted = true;
      else tally.note('an ack is lost');
    }
  };

  /** A person looks into the table, and says what is so. */
  const answer = async (undecided: readonly string[], deps: WriteDeps) => {
    // Where no sweep lived to its end for as long as labels are kept, nobody asked in time: the alarm of the sweep rings then.
    const mayHappen = troubled.keptMs < usuallyKeptMs || scheduler.nowMs - sweptMs >= usuallyKeptMs;
    tally.note('a person is asked', undecided.length);
    if (undecided.length > 0 && !mayHappen) violations.push('a person had to be asked');
    for (const batch of undecided) {
      const { label } = JSON.parse(s3.objects.get(decisionKey(batch))?.text ?? '{}') as { label?: string };
      await assume(batch, starrocks.hasCommitted(label ?? '') ? 'loaded' : 'not-loaded', deps);
    }
  };

  const invokeSweep = () => {
    tally.note('function: sweep');
    const deps = sweepDeps(connect(startWorker()));
    const undecided: string[] = [];
    const telemetry: Telemetry = {
      event(_level, message, fields) {
        if (message === 'undecided') undecided.push(String(fields['batch']));
        if (message === 'swept') tally.note('the sweep settles a marker', Number(fields['settled']));
      },
      count: () => undefined,
    };
    void sweep({ sweep: deps, telemetry })
      .then(() => {
        const answered = answer(undecided, deps);
        sweptMs = scheduler.nowMs;
        return answered;
      })
      .catch(() => undefined);
    scheduler.idle(60_000, invokeSweep);
  };

  const poll = (queue: SimulatedQueue) => {
    const messages = queue.receive(rates().duplicates);
    if (messages.length > 0) {
      tally.note(`function: ${queue === rows ? 'ingest' : 'load'}`);
      void invoke(queue, messages);
    }
    if (random.chance(rates().newLeader)) starrocks.changeLeader();
    if (random.chance(rates().abort)) starrocks.abortOpen((count) => random.below(count));
    if (random.chance(0.15)) starrocks.evict(random.below(3));
    scheduler.idle(500 + random.below(hasFaults ? 20_000 : visibilityMs), () => poll(queue));
  };

  const sweeps = semantic === 'exactly-once' ? troubled.sweeps : 0;
  for (let count = 0; count < sweeps; count++) scheduler.idle(random.below(sweeps > 1 ? 5000 : 60_000), invokeSweep);
  const queues = shape.stageAboveBytes === undefined ? [rows, rows] : [rows, rows, pointers, pointers];
  for (const queue of queues) scheduler.idle(random.below(1000), () => poll(queue));
  scheduler.idle(600_000 + random.below(600_000), () => {
    hasFaults = false;
    mayEnd = true;
  });
  const isOver = () => (mayEnd ? isDrained(end) : isEmpty(end)) && !scheduler.isBusy;
  const steps = await scheduler.run(isOver, maxSteps);
  // The machine's own events have their turn.
  await new Promise((resolve) => setImmediate(resolve));
  noteShape(tally, end, troubled);
  return {
    ...{ steps, invocations, calls: network.calls, tally },
    committedRows: starrocks.committed.length,
    segments: pointers.messages.length,
    violations: [...new Set([...violations, ...checkEnd(end)])],
  };
}

/**
 * At least once, a load that counted short cannot be told from a good one by whoever did not get its answer: only its counts
 * say so, and StarRocks tells them once. So there answers do not get lost.
 */
const withoutLoss = (drawn: Rates, only: SingleFault | undefined): Rates => ({
  ...drawn,
  ...{ network: calm, hotSpots: [], duplicates: 0, outages: [] },
  ...(only ? untroubled : { server: { ...drawn.server, failure: 0 } }),
});

/**
 * Does for a handler in this process what Lambda's event source mapping does for a function. `maxConcurrency` workers each
 * go round:
 *
 *   rest after errors ─▶ gather (long poll; until batch size, window or 6 MB) ─▶ invoke ─▶ settle (delete what succeeded)
 *
 * A worker has one batch at a time, so concurrency needs no counting. What is not deleted stays in flight until its
 * visibility timeout lapses, or the handler changes it; SQS counts receives and moves messages to the dead letters.
 */

import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSEvent } from 'aws-lambda';
import type { Clock } from '../../src/kit/clock.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { type BatchLimits, cutBatch, eventText, maxEventBytes, type SizedRecord } from './event-source-batch.ts';
import { type InvocationOutcome, invokeOnce } from './event-source-invoke.ts';
import { longPollMs, openQueue, type SourceQueue } from './event-source-queue.ts';

export interface EventSourceOptions {
  readonly queueUrl: string;
  /** Holds `maxConcurrency` long polls open beside its other requests. */
  readonly client: SQSClient;
  readonly handler: (event: SQSEvent, context: Context) => Promise<unknown>;
  /** Records per invocation: 1–10,000; over 10 only with a window; FIFO queues at most 10. 10 unless told. */
  readonly batchSize?: number;
  /** How long a batch is gathered; FIFO queues take none. 0 unless told. AWS takes whole seconds, up to 300. */
  readonly windowMs?: number;
  /** Invocations at a time; 2 unless told. */
  readonly maxConcurrency?: number;
  /** 30,000 unless told. A handler that is late has failed, but cannot be stopped here. */
  readonly functionTimeoutMs?: number;
  /** True unless told. False: the response is not read. */
  readonly reportBatchItemFailures?: boolean;
  /**
   * What an invocation gave back is received again at once, and not when its visibility timeout is over: for tests that want to see
   * what comes of it. False unless told.
   */
  readonly redeliversAtOnce?: boolean;
  /** The first pause after a failed invocation or receive; doubles up to 64 times this. 100 unless told. */
  readonly errorPauseMs?: number;
  readonly clock?: Clock;
  readonly onResult?: (result: InvocationResult) => void;
}

export interface InvocationResult extends InvocationOutcome {
  readonly records: number;
  /** Bytes of the event as JSON. */
  readonly bytes: number;
}

interface EventSourceStats {
  invocations: number;
  records: number;
  /** Messages that a response listed as failed. */
  failed: number;
  /** Invocations whose whole batch stays: thrown, late, or malformed. */
  errors: number;
  /** Requests to SQS that failed, after the client's own retries. */
  sqsErrors: number;
  largestEventBytes: number;
  mostAtATime: number;
}

export interface EventSource {
  readonly stats: Readonly<EventSourceStats>;
  /** Resolves when no message is in the queue, in flight or delayed, and every result has been reported. */
  idle(): Promise<void>;
  /** Stops polling, and resolves when running invocations are settled. Gathered messages come back by their visibility. */
  stop(): Promise<void>;
}

type Settings = Required<Omit<EventSourceOptions, 'onResult'>> & Pick<EventSourceOptions, 'onResult'>;

/**
 * Starts polling.
 *
 * @throws  RangeError for settings that AWS refuses; errors of SQS when the queue does not answer
 */
export async function startEventSource(options: EventSourceOptions): Promise<EventSource> {
  const settings: Settings = {
    batchSize: 10,
    windowMs: 0,
    maxConcurrency: 2,
    functionTimeoutMs: 30_000,
    reportBatchItemFailures: true,
    redeliversAtOnce: false,
    errorPauseMs: 100,
    clock: systemClock,
    ...options,
  };
  const queue = await openQueue(settings.client, settings.queueUrl);
  refuseSettings(settings, queue.fifo);
  return run(settings, queue);
}

function refuseSettings({ batchSize, windowMs, maxConcurrency }: Settings, fifo: boolean): void {
  const refuse = (found: string) => {
    throw new RangeError(`Lambda does not accept this event source: ${found}.`);
  };
  if (batchSize < 1 || batchSize > 10_000) refuse(`batchSize is ${batchSize}, expected 1 to 10000`);
  if (windowMs < 0 || windowMs > 300_000) refuse(`windowMs is ${windowMs}, expected 0 to 300000`);
  if (maxConcurrency < 1) refuse(`maxConcurrency is ${maxConcurrency}, expected 1 or more`);
  if (fifo && windowMs > 0) refuse('a FIFO queue takes no window');
  if (fifo && batchSize > 10) refuse(`batchSize is ${batchSize}, a FIFO queue takes at most 10`);
  if (batchSize > 10 && windowMs === 0) refuse(`batchSize is ${batchSize}, more than 10 needs a window`);
}

/** What the workers of one event source share. */
interface Shared {
  readonly settings: Settings;
  readonly queue: SourceQueue;
  readonly stopping: AbortSignal;
  readonly stats: EventSourceStats;
  /** Invocations that run, or are being settled. */
  atATime: number;
  errorsInARow: number;
  /** Resolved, and replaced, whenever a worker has gone round. */
  turn: PromiseWithResolvers<void>;
}

function run(settings: Settings, queue: SourceQueue): EventSource {
  const stop = new AbortController();
  const stats = {
    invocations: 0,
    records: 0,
    failed: 0,
    errors: 0,
    sqsErrors: 0,
    largestEventBytes: 0,
    mostAtATime: 0,
  };
  const turn = Promise.withResolvers<void>();
  const shared: Shared = { settings, queue, stopping: stop.signal, stats, atATime: 0, errorsInARow: 0, turn };
  const workers = Promise.all(Array.from({ length: settings.maxConcurrency }, () => work(shared)));
  return {
    stats,
    async idle() {
      for (;;) {
        const nextTurn = shared.turn.promise;
        if ((await queue.isEmpty()) && shared.atATime === 0) return;
        await nextTurn;
      }
    },
    async stop() {
      stop.abort();
      await workers;
    },
  };
}

async function work(shared: Shared): Promise<void> {
  const { settings, stopping } = shared;
  const limits: BatchLimits = { batchSize: settings.batchSize, maxBytes: maxEventBytes };
  let left: readonly SizedRecord[] = [];
  while (!stopping.aborted) {
    if (shared.errorsInARow > 0) {
      await settings.clock.sleep(settings.errorPauseMs * 2 ** Math.min(shared.errorsInARow - 1, 6), stopping);
    }
    const { batch, rest } = cutBatch(await gather(shared, left, limits), limits);
    left = rest;
    if (batch.length > 0 && !stopping.aborted) await invoke(shared, batch);
    shared.turn.resolve();
    shared.turn = Promise.withResolvers();
  }
}

/** Adds to what was left over until a batch is full, its window is over, or SQS has nothing or fails. */
async function gather(
  shared: Shared,
  left: readonly SizedRecord[],
  limits: BatchLimits,
): Promise<readonly SizedRecord[]> {
  const { settings, stopping } = shared;
  const { clock, windowMs } = settings;
  const pending = [...left];
  let endsAt = left.length > 0 ? clock.now() + windowMs : undefined;
  while (!cutBatch(pending, limits).full && !stopping.aborted) {
    const waitMs = endsAt === undefined ? longPollMs : endsAt - clock.now();
    if (waitMs <= 0) break;
    const received = await receive(shared, limits.batchSize - pending.length, waitMs);
    if (received === undefined) break;
    pending.push(...received);
    if (pending.length === 0) break;
    endsAt ??= clock.now() + windowMs;
  }
  return pending;
}

/** Gives undefined, after a pause, when SQS failed. */
async function receive(shared: Shared, most: number, waitMs: number): Promise<readonly SizedRecord[] | undefined> {
  const { queue, settings, stats, stopping } = shared;
  try {
    return await queue.receive(most, waitMs, stopping);
  } catch {
    if (!stopping.aborted) stats.sqsErrors += 1;
    await settings.clock.sleep(settings.errorPauseMs, stopping);
    return undefined;
  }
}

async function invoke(shared: Shared, batch: readonly SizedRecord[]): Promise<void> {
  const { settings, stats, queue } = shared;
  const text = eventText(batch);
  const bytes = Buffer.byteLength(text);
  shared.atATime += 1;
  stats.invocations += 1;
  stats.records += batch.length;
  stats.largestEventBytes = Math.max(stats.largestEventBytes, bytes);
  stats.mostAtATime = Math.max(stats.mostAtATime, shared.atATime);

  const ids = batch.map(({ messageId }) => messageId);
  const outcome = await invokeOnce(settings, JSON.parse(text), ids);
  if (outcome.kind === 'success' || outcome.kind === 'partial') {
    stats.failed += outcome.failed.size;
    shared.errorsInARow = 0;
  } else {
    stats.errors += 1;
    shared.errorsInARow += 1;
  }
  stats.sqsErrors += await queue.remove(batch.filter(({ messageId }) => !outcome.failed.has(messageId)));
  // Those that are deleted are gone; some may not be, although the invocation acked them.
  if (settings.redeliversAtOnce) await queue.show(batch);
  settings.onResult?.({ ...outcome, records: batch.length, bytes });
  shared.atATime -= 1;
}

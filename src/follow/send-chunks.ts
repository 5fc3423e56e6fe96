/** Takes the chunks of a plan to the queue, and waits for the queue where it is full. */

import type { Clock } from '../kit/clock.ts';
import { SinkError } from '../kit/errors.ts';
import { waitMs } from '../kit/retry.ts';
import { encodeMessage, type Message, type MessageFormat } from '../producer/message.ts';
import { offload, type PayloadStore } from '../producer/offload.ts';
import { Outbox } from '../producer/outbox.ts';
import type { Unsent } from '../producer/send-batch.ts';
import { sqsLimits } from '../producer/sqs-limits.ts';
import type { PlannedRows } from './plan.ts';

export interface RowsQueue {
  /** Sends at most ten messages; each of a group waits for the one before it. */
  readonly send: (messages: readonly Message[], groupOf: (message: Message) => string) => Promise<Unsent>;
  /** Messages that are not loaded yet, as SQS counts them: those that wait, and those in somebody's hands. */
  readonly waiting: () => Promise<number>;
}

export interface SendDeps {
  readonly queue: RowsQueue;
  readonly payloads: PayloadStore;
  readonly newId: () => string;
}

const format: MessageFormat = { format: 'json', columns: undefined, rowDelimiter: '\n', compression: undefined };
const batchesInFlight = 8;

/**
 * Sends chunks: those of a group one after the other, in their order.
 *
 * @throws SinkError SEND_FAILED: SQS did not take one, and no later one of its group was sent
 */
export async function sendChunks(chunks: readonly PlannedRows[], deps: SendDeps): Promise<void> {
  if (chunks.length === 0) return;
  const groups = new Map(chunks.map(({ id, group }) => [id, group]));
  const groupOf = ({ pack: { chunkId } }: Message) => groups.get(chunkId) ?? chunkId;
  const done = Promise.withResolvers<void>();
  const failed: string[] = [];
  let left = chunks.length;
  const outbox = new Outbox({
    maxInFlight: batchesInFlight,
    orderedGroupOf: groupOf,
    send: (batch) => deps.queue.send(batch, groupOf),
    settled: (_, reason) => {
      left -= 1;
      if (reason !== undefined) failed.push(reason);
      if (left === 0) done.resolve();
    },
    isHurried: () => true,
  });
  for (const chunk of chunks) outbox.put(await messageOf(chunk, deps));
  await done.promise;
  const [reason] = failed;
  if (reason !== undefined)
    throw new SinkError('SEND_FAILED', `${failed.length} of ${chunks.length} messages (${reason}).`);
}

async function messageOf(chunk: PlannedRows, deps: SendDeps): Promise<Message> {
  const { id, database, table, orderedBy, lines, bytes } = chunk;
  const pack = { chunkId: id, table: { database, table }, rows: lines, bytes };
  const message = await encodeMessage(pack, { ...format, orderedBy });
  return message.bytes <= sqsLimits.messageBytes ? message : offload(message, deps.payloads, deps.newId());
}

export interface RoomDeps {
  readonly queue: Pick<RowsQueue, 'waiting'>;
  readonly clock: Clock;
  /** Messages in the queue at which nothing more is sent. */
  readonly mostWaiting: number;
}

/** SQS counts roughly, and late: it is asked now and then. */
const askEveryMs = 2000;
const patience = { firstWaitMs: 500, longestWaitMs: 5000 };

/**
 * Makes a function that resolves when the queue has room. What cannot be told is no reason to wait: the queue itself says when
 * it takes no more.
 */
export function createRoom({ queue, clock, mostWaiting }: RoomDeps): (until: AbortSignal) => Promise<void> {
  let askedMs = Number.NEGATIVE_INFINITY;
  return async (until) => {
    if (clock.now() - askedMs < askEveryMs) return;
    for (let tries = 1; !until.aborted; tries++) {
      const waiting = await queue.waiting().catch(() => 0);
      askedMs = clock.now();
      if (waiting < mostWaiting) return;
      await clock.sleep(waitMs(patience, tries, clock.random()), until);
    }
  };
}

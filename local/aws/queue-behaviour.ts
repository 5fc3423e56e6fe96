/**
 * Makes the queues of fauxqs behave as those of SQS where it matters to a consumer. A standard queue of fauxqs is strictly
 * ordered and never delivers twice; a FIFO queue hands out one message per group and mixes up a group whose messages come
 * back. Both are put right on each queue as it is created.
 */

import type { SqsQueue, SqsStore } from './fauxqs-stores.ts';

export interface Delivery {
  /** How many messages of a standard queue a younger one may overtake at a time; 0 keeps the order. */
  readonly disorder: number;
  /** The share [0, 1] of messages on standard queues that are delivered a second time, under the same message id. */
  readonly duplicates: number;
  readonly random: () => number;
}

export function shapeQueues(store: SqsStore, delivery: Delivery): void {
  const createQueue = store.createQueue.bind(store);
  store.createQueue = (...parameters) => {
    const queue = createQueue(...parameters);
    if (queue.isFifo()) deliverGroups(queue);
    else deliverLoosely(queue, delivery);
    return queue;
  };
}

/** A copy has receipt handle, visibility and receive count of its own, as the copy on another server of SQS has. */
function deliverLoosely(queue: SqsQueue, { disorder, duplicates, random }: Delivery): void {
  const dequeue = queue.dequeue.bind(queue);
  const copies = new WeakSet<object>();
  queue.dequeue = (maxCount, ...rest) => {
    queue.processTimers();
    if (disorder > 0) mixFront(queue.messages, maxCount, disorder, random);
    const received = dequeue(maxCount, ...rest);
    if (duplicates === 0) return received;
    for (const { ReceiptHandle } of received) {
      const message = queue.inflightMessages.get(ReceiptHandle)?.message;
      if (message === undefined || message.approximateReceiveCount > 1 || copies.has(message)) continue;
      if (random() >= duplicates) continue;
      const { approximateFirstReceiveTimestamp: _, ...unreceived } = message;
      const copy = { ...unreceived, approximateReceiveCount: 0 };
      copies.add(copy);
      queue.messages.splice(Math.floor(random() * (queue.messages.length + 1)), 0, copy);
    }
    return received;
  };
}

/** Swaps into each of the first `count` places a message from at most `reach` places behind. */
function mixFront<T>(messages: T[], count: number, reach: number, random: () => number): void {
  const places = Math.min(count, messages.length);
  for (let place = 0; place < places; place += 1) {
    const choice = place + Math.floor(random() * Math.min(reach + 1, messages.length - place));
    const [here, there] = [messages[place], messages[choice]];
    if (here === undefined || there === undefined) continue;
    messages[place] = there;
    messages[choice] = here;
  }
}

/** Several messages of a group per receive, in order; the group stays locked while any of them is in flight. */
function deliverGroups(queue: SqsQueue): void {
  const dequeue = queue.dequeue.bind(queue);
  const processTimers = queue.processTimers.bind(queue);
  queue.processTimers = () => {
    processTimers();
    for (const messages of queue.fifoMessages.values()) {
      messages.sort((one, other) => Number(one.sequenceNumber) - Number(other.sequenceNumber));
    }
  };
  queue.dequeue = (maxCount, ...rest) => {
    queue.processTimers();
    const lockedByOthers = new Set(queue.fifoLockedGroups.keys());
    const received: ReturnType<SqsQueue['dequeue']> = [];
    while (received.length < maxCount) {
      for (const group of queue.fifoLockedGroups.keys()) {
        if (!lockedByOthers.has(group)) queue.fifoLockedGroups.delete(group);
      }
      const more = dequeue(maxCount - received.length, ...rest);
      if (more.length === 0) break;
      received.push(...more);
    }
    recountLocks(queue);
    return received;
  };
}

function recountLocks(queue: SqsQueue): void {
  queue.fifoLockedGroups.clear();
  for (const { message } of queue.inflightMessages.values()) {
    const group = message.messageGroupId ?? '';
    queue.fifoLockedGroups.set(group, (queue.fifoLockedGroups.get(group) ?? 0) + 1);
  }
}

/** Resolves when the queue has something for this poller, when the time is over, or when the signal says it has gone. */
export type WaitForMessages = (queue: SqsQueue, waitMs: number, gone: AbortSignal) => Promise<void>;

/**
 * Long polling as SQS does it. fauxqs wakes every poller for one message and answers the others empty, and it takes a
 * message for a client that has gone. Here one poller at a time goes on; the next looks when that one has taken its share.
 */
export function createLongPoll(): WaitForMessages {
  const taking = new WeakSet<SqsQueue>();
  return async (queue, waitMs, gone) => {
    const endsAt = Date.now() + waitMs;
    const leaving = new Promise<void>((resolve) => gone.addEventListener('abort', () => resolve(), { once: true }));
    while (!gone.aborted) {
      if (!taking.has(queue) && hasMessages(queue)) {
        taking.add(queue);
        setImmediate(() => taking.delete(queue));
        return;
      }
      const leftMs = endsAt - Date.now();
      if (leftMs <= 0) return;
      await Promise.race([queue.waitForMessages(leftMs / 1000), leaving]);
    }
  };
}

function hasMessages(queue: SqsQueue): boolean {
  queue.processTimers();
  if (!queue.isFifo()) return queue.messages.length > 0;
  return [...queue.fifoMessages].some(([group, messages]) => messages.length > 0 && !queue.fifoLockedGroups.has(group));
}

import type { SQSBatchItemFailure, SQSRecord } from 'aws-lambda';
import type { PolledQueue } from '../queues.ts';
import { type LoadDeps, loadSegments } from './load.ts';

/** More pointers than one load takes; each round costs requests. */
const maxRecords = 10_000;
/** Kept for the loads, out of the time that an invocation has. */
const shareForReceiving = 0.2;

/**
 * Receives what has gathered in the load queue, loads it, and deletes what is loaded: what the event source does, with a
 * window as long as the schedule's.
 *
 * @out  nothing to report: a pointer that was not loaded comes again by its visibility timeout
 * @throws Error when not one segment could be loaded for a reason that lies outside of them
 */
export async function drain(
  deadlineMs: number,
  deps: LoadDeps & { readonly queue: PolledQueue },
): Promise<SQSBatchItemFailure[]> {
  const { queue, clock } = deps;
  const now = clock.now();
  const receiveUntilMs = now + (deadlineMs - now) * shareForReceiving;
  const records: SQSRecord[] = [];
  while (records.length < maxRecords && clock.now() < receiveUntilMs) {
    const received = await queue.receive();
    if (received.length === 0) break;
    records.push(...received);
  }
  if (records.length === 0) return [];
  const missing = await loadSegments(records, deadlineMs, { ...deps, postpone: queue.postpone });
  const failed = new Set(missing.map(({ itemIdentifier }) => itemIdentifier));
  await queue.delete(records.filter(({ messageId }) => !failed.has(messageId)));
  return [];
}

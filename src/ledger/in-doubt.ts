/**
 * Markers of transactions whose end is not known yet. One is left when a transaction has begun, before it is prepared, and
 * taken away when it is done or rolled back: what the sweep finds later was left behind by a worker that died.
 */
import { untilDeadline, type WriteDeps } from './conditional-writes.ts';
import { type InDoubt, inDoubtKey, writeRecord } from './records.ts';

/** A marker that somebody left. */
export interface Marker {
  readonly key: string;
  readonly record: InDoubt;
}

/** @throws Error when S3 did not take it before the deadline: then nothing may be prepared */
export async function leaveMarker(record: InDoubt, deps: WriteDeps): Promise<Marker> {
  const key = inDoubtKey(record.label, deps.clock.now());
  await untilDeadline(deps, async () => {
    const result = await deps.objects.putText(key, writeRecord(record), { ifAbsent: true });
    // That it is there already is an earlier try of this worker, whose answer got lost: labels are nobody else's.
    return result.state === 'conflict' ? undefined : result;
  });
  return { key, record };
}

/** One that could not be taken away is taken away by the sweep. */
export async function takeMarkerAway({ key }: Marker, deps: WriteDeps): Promise<void> {
  await deps.objects.delete(key).catch(() => undefined);
}

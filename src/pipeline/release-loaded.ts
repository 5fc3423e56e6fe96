import type { Run } from '../delivery/delivery.ts';
import { loadedTag } from '../kit/bucket-prefixes.ts';
import type { Clock } from '../kit/clock.ts';
import { inTime } from '../kit/in-time.ts';
import { mapLimited } from '../kit/map-limited.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Segment } from '../rows/segment.ts';
import type { Telemetry } from '../telemetry.ts';

export interface ReleaseDeps {
  /** Where segments stand. */
  readonly segmentsIn: Pick<ObjectStore, 'tag' | 'delete'>;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** A segment whose pointer is acked. */
export interface TakenSegment {
  readonly segment: Segment;
  /** Whether the ledger says that it is loaded. */
  readonly isRecorded: boolean;
}

const parallelReleases = 8;

/**
 * Lets go of segments that are loaded, so that the bucket does not keep them for as long as a pointer can live. Where the ledger says
 * that one is loaded it is deleted: its pointer, if it comes once more, is acked by its claim. Elsewhere, also where all of its rows were bad and no
 * batch was decided upon, it is marked, and kept for days, so that the pointer finds it. One that is not let go of is kept for the long time: that
 * costs money, and nothing else, so nobody waits for it beyond the deadline.
 *
 * @in      segments whose pointers are acked; not those that were parked, which somebody may send again
 * @throws  never
 */
export async function releaseLoaded(
  taken: readonly TakenSegment[],
  { deadlineMs }: Run,
  { segmentsIn, clock, telemetry }: ReleaseDeps,
): Promise<void> {
  if (clock.now() >= deadlineMs) return;
  const kept = { segments: 0, error: '' };
  const releasing = mapLimited(taken, parallelReleases, async ({ segment: { key }, isRecorded }) => {
    try {
      if (isRecorded) await segmentsIn.delete(key);
      else await segmentsIn.tag(key, loadedTag);
    } catch (error) {
      kept.segments++;
      kept.error = error instanceof Error ? error.name : typeof error;
    }
  });
  await inTime(releasing, deadlineMs - clock.now(), clock, () => []);
  if (kept.segments > 0) telemetry.event('warn', 'segments not released', kept);
}

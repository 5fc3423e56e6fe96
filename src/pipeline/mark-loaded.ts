import type { Run } from '../delivery/delivery.ts';
import { loadedTag } from '../kit/bucket-prefixes.ts';
import type { Clock } from '../kit/clock.ts';
import { inTime } from '../kit/in-time.ts';
import { mapLimited } from '../kit/map-limited.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Segment } from '../rows/segment.ts';
import type { Telemetry } from '../telemetry.ts';

export interface MarkDeps {
  /** Where segments stand. */
  readonly segmentsIn: Pick<ObjectStore, 'tag'>;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

const parallelMarks = 8;

/**
 * Marks segments that are loaded, so that the bucket keeps them for days and not for as long as a pointer can live. A pointer that
 * comes once more in these days finds its segment. One that is not marked is kept for the long time: that costs money, and nothing
 * else, so nobody waits for it beyond the deadline.
 *
 * @in      segments whose pointers are acked; not those that were parked, which somebody may send again
 * @throws  never
 */
export async function markLoaded(
  segments: readonly Segment[],
  { deadlineMs }: Run,
  { segmentsIn, clock, telemetry }: MarkDeps,
): Promise<void> {
  if (clock.now() >= deadlineMs) return;
  const unmarked = { segments: 0, error: '' };
  const marking = mapLimited(segments, parallelMarks, async ({ key }) => {
    try {
      await segmentsIn.tag(key, loadedTag);
    } catch (error) {
      unmarked.segments++;
      unmarked.error = error instanceof Error ? error.name : typeof error;
    }
  });
  await inTime(marking, deadlineMs - clock.now(), clock, () => []);
  if (unmarked.segments > 0) telemetry.event('warn', 'segments not marked as loaded', unmarked);
}

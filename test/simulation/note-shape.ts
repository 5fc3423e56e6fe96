import { bucketPrefixes } from '../../src/kit/bucket-prefixes.ts';
import { readDecision } from '../../src/ledger/records.ts';
import type { EndOfRun } from './invariants.ts';
import type { Tally } from './tally.ts';
import { type Rates, usuallyKeptMs } from './world.ts';

/** Notes what a schedule was like, and what its batches came to. */
export function noteShape(
  tally: Tally,
  { shape, rows, s3 }: EndOfRun,
  { profile, skewMs, keptMs, outages }: Rates,
): void {
  const { isFifo, stageAboveBytes, keepsBadRows } = shape;
  tally.note(`profile: ${profile}`);
  tally.note(isFifo ? 'world: FIFO queues' : 'world: standard queues');
  if (stageAboveBytes === undefined) tally.note('world: all is loaded directly');
  else tally.note(stageAboveBytes === 0 ? 'world: all is staged' : 'world: large batches are staged');
  tally.note(keepsBadRows ? 'world: bad rows are kept' : 'world: bad rows fail their message');
  if (skewMs > 0) tally.note('world: clocks up to an hour apart');
  if (keptMs < usuallyKeptMs) tally.note('world: labels are forgotten soon');
  if (outages.length > 0) tally.note('world: servers go away for minutes');
  if (new Set(rows.messages.map(({ attributes }) => attributes?.['table'])).size > 1)
    tally.note('world: several tables');
  if (new Set(rows.messages.map(({ group }) => group)).size > 1) tally.note('world: several groups');
  const chunks = new Set(rows.messages.map(({ attributes }) => attributes?.['chunk']));
  if (chunks.size < rows.messages.length) tally.note('world: a producer sends a chunk twice');
  for (const [key, { text }] of s3.objects) {
    if (key.startsWith(bucketPrefixes.decisions)) tally.note(`decision: ${readDecision(text).state}`);
  }
}

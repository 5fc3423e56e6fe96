import type { SQSBatchItemFailure } from 'aws-lambda';
import { type SweepDeps, sweepInDoubt } from '../ledger/sweep.ts';
import type { Telemetry } from '../telemetry.ts';

export interface SweepRunDeps {
  readonly sweep: SweepDeps;
  readonly telemetry: Telemetry;
}

/** Lines told of one run: when StarRocks is away, every marker says the same. */
const mostLines = 20;

/**
 * Settles what workers left in doubt, and tells what stays open.
 *
 * @out    nothing to deliver again: the next run looks at what stays
 * @throws Error when S3 does not list the markers
 */
export async function sweep({ sweep, telemetry }: SweepRunDeps): Promise<SQSBatchItemFailure[]> {
  const { settled, atWork, inDoubt, undecided } = await sweepInDoubt(sweep);
  const batches = [...new Map(undecided.map((marker) => [marker.batch, marker])).values()];
  for (const marker of batches) telemetry.event('error', 'undecided', { code: 'UNDECIDED', ...marker });
  for (const marker of inDoubt.slice(0, mostLines)) telemetry.event('warn', 'in doubt', { ...marker });
  const counts = { settled, atWork, inDoubt: inDoubt.length, undecided: batches.length };
  if (settled + inDoubt.length + batches.length > 0) telemetry.event('info', 'swept', counts);
  // Told when it is none, too: so it is seen that somebody looks.
  telemetry.count('InDoubt', inDoubt.length);
  if (batches.length > 0) telemetry.count('Undecided', batches.length);
  return [];
}

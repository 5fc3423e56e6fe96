import { SinkError } from '../kit/errors.ts';
import type { SweepRunDeps } from '../pipeline/sweep.ts';
import { wireLedger } from './wire-ledger.ts';
import type { Parts } from './wiring.ts';

/** Everything the sweep needs, made from options. */
export function wireSweep(parts: Parts): (deadlineMs: number) => SweepRunDeps {
  if (parts.options['sink.bucket'] === undefined)
    throw new SinkError('OPTIONS_INVALID', 'The sweep function needs sink.bucket.');
  const { transactions, ledger } = wireLedger(parts);
  return (deadlineMs) => ({
    sweep: {
      ...ledger({ deadlineMs }),
      rollBack: (database, label) => transactions.rollback({ database, label, deadlineMs }),
    },
    telemetry: parts.telemetry,
  });
}

import type { Backend } from '../cluster.ts';
import { backendJson } from './replies.ts';

/** Objects one after the other, neither in an array nor parted by commas. */
export function listContexts(backend: Backend): string {
  return [...backend.contexts.values()]
    .map(({ busy, progress, receivedBytes, failure, ...context }) =>
      backendJson({
        ...(busy ? {} : { Status: failure?.code ?? 'OK' }),
        InProcessing: busy,
        Label: progress.label,
        TxnId: progress.txnId,
        NumberTotalRows: progress.counters.total,
        NumberLoadedRows: progress.counters.loaded,
        NumberFilteredRows: progress.counters.filtered,
        NumberUnselectedRows: progress.counters.unselected,
        LoadBytes: receivedBytes,
        StreamLoadPlanTimeMs: progress.timings.planMs,
        ReceivedDataTimeMs: progress.timings.readMs,
        WriteDataTimeMs: progress.timings.writeMs,
        BeginTimestamp: Math.floor(context.beganAtMs / 1000),
        LastActiveTimestamp: Math.floor(context.lastActiveMs / 1000),
        TransactionTimeoutSec: context.timeoutSeconds ?? -1,
        IdleTransactionTimeoutSec: context.idleTimeoutSeconds ?? -1,
      }),
    )
    .join('');
}

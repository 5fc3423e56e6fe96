import type { Backend, Cluster } from '../cluster.ts';
import { type LoadContext, removeFiles } from './load-context.ts';
import { LoadFailure } from './load-failure.ts';

/**
 * Does what StarRocks' cleaners do in the background, as far as the clock says they have run: transactions time out and
 * are forgotten on the leader, contexts time out on backends. Called at the start of every call. Backends look every 30
 * seconds; here they do at the earliest moment.
 */
export function watchClocks(cluster: Cluster): void {
  cluster.labels.clean();
  for (const backend of cluster.backends) {
    for (const [label, context] of backend.contexts) {
      const failure = context.busy ? undefined : overdue(context, cluster.now());
      if (failure !== undefined) dropContext(cluster, backend, label, failure);
    }
  }
}

function overdue(context: LoadContext, now: number): LoadFailure | undefined {
  const { timeoutSeconds, idleTimeoutSeconds } = context;
  if (timeoutSeconds !== undefined && now - context.beganAtMs > timeoutSeconds * 1000) {
    return new LoadFailure('ABORTED', `transaction is aborted by timeout ${timeoutSeconds} seconds.`);
  }
  if (idleTimeoutSeconds !== undefined && now - context.lastActiveMs > idleTimeoutSeconds * 1000) {
    return new LoadFailure('ABORTED', `transaction is aborted by idle timeout ${idleTimeoutSeconds} seconds.`);
  }
  return undefined;
}

/** Rolls a transaction back on the leader and forgets it on its backend. */
export function dropContext(cluster: Cluster, backend: Backend, label: string, failure: LoadFailure): void {
  const context = backend.contexts.get(label);
  if (context === undefined) return;
  context.failure = failure;
  backend.contexts.delete(label);
  cluster.leader.rollback(context.progress.txnId, failure.message);
  void removeFiles(context.bodyFiles);
}

import type { Backend, Cluster } from '../cluster.ts';
import { type LoadContext, removeFiles } from './load-context.ts';
import { LoadFailure } from './load-failure.ts';
import { timeOutTasks } from './several-tables.ts';

/**
 * Does what StarRocks does in the background, as far as the clock says that it was due: transactions time out and are
 * forgotten on the leader, contexts time out on backends, rows become visible. Called at the start of every call.
 */
export async function watchClocks(cluster: Cluster): Promise<void> {
  watchFrontend(cluster);
  const atMs = cluster.contextsDue();
  for (const backend of atMs === undefined ? [] : cluster.backends) {
    for (const [label, context] of backend.contexts) {
      const failure = context.busy ? undefined : overdue(context, atMs ?? 0);
      if (failure !== undefined) dropContext(cluster, backend, label, failure);
    }
  }
  await cluster.leader.publishPending('due');
}

/** What the frontend does of it by itself. */
export function watchFrontend(cluster: Cluster): void {
  for (const backend of cluster.backends) {
    const { alive, downSinceMs = Number.POSITIVE_INFINITY } = backend;
    if (alive && cluster.now() - downSinceMs > unnoticedMs) noticeDeath(cluster, backend);
  }
  cluster.labels.clean();
  timeOutTasks(cluster);
}

/** How long frontends send clients to a backend that is gone. @source test/fixtures/recorded/no-backend-alive.json */
const unnoticedMs = 20_000;

/** The frontends know that a backend is gone: what it had not prepared is aborted. */
export function noticeDeath(cluster: Cluster, backend: Backend): void {
  backend.alive = false;
  for (const { id, state, backend: owner } of cluster.labels.all()) {
    if (owner === backend.id && state === 'PREPARE') cluster.leader.rollback(id, 'coordinate BE is down');
  }
}

function overdue(context: LoadContext, atMs: number): LoadFailure | undefined {
  const { timeoutSeconds, idleTimeoutSeconds } = context;
  if (timeoutSeconds !== undefined && atMs - context.beganAtMs > timeoutSeconds * 1000) {
    return new LoadFailure('ABORTED', `transaction is aborted by timeout ${timeoutSeconds} seconds.`);
  }
  if (idleTimeoutSeconds !== undefined && atMs - context.lastActiveMs > idleTimeoutSeconds * 1000) {
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

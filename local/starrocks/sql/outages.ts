/** What the query port refuses while no backend answers. @source test/fixtures/recorded/no-backend-alive.json */
import type { BackendView, ClusterView } from './cluster-view.ts';
import { SqlError } from './sql-error.ts';
import { tokenize } from './sql-tokens.ts';

/** All, when there are some and none lives. */
function allDown(cluster: ClusterView): readonly BackendView[] | undefined {
  const backends = cluster.backends();
  return backends.length > 0 && backends.every(({ alive }) => !alive) ? backends : undefined;
}

/** Backends read tables, those of information_schema too; what has no table the frontend folds by itself, but for the version. */
export function requireReaders(cluster: ClusterView, sql: string): void {
  const down = allDown(cluster);
  if (down === undefined) return;
  const words = new Set(tokenize(sql).map(({ value }) => value.toUpperCase()));
  if (!words.has('FROM') && !words.has('CURRENT_VERSION')) return;
  const nodes = down.map(({ host }) => `[${host} alive: false inBlacklist: true] `).join('');
  throw SqlError.failed(`Backend node not found. Check if any backend node is down.backend: ${nodes}`);
}

/** @in tablet: an id that stands for those of the table */
export function requireWriters(cluster: ClusterView, tablet: number): void {
  const down = allDown(cluster);
  if (down === undefined) return;
  const replicas = down.map(({ id }) => `${id}:1/-1/1/0:NORMAL:DEAD,`).join('');
  throw SqlError.refused(
    `Tablet lost replicas. Check if any backend is down or not. tablet_id: ${tablet}, replicas: ${replicas}. Check quorum number failed(OlapTableSink): BeReplicaSize:0, quorum:1`,
  );
}

import type { LoadTask } from './http/load-tasks.ts';
import { elapsedMs, taskRecord, trackingLogs } from './load-records.ts';
import type { LoadServerOptions, LoadServers } from './load-servers.ts';
import type { Catalog } from './model.ts';
import { releaseTraits } from './release.ts';
import { type ClusterView, standInVersion } from './sql/cluster-view.ts';

const firstBackendId = 10_001;

/** What the query port knows of the nodes and of what HTTP has loaded. */
export function clusterView(
  http: LoadServers,
  options: LoadServerOptions,
  catalog: Catalog,
  queryPort: () => number,
): ClusterView {
  const { release = '3.5' } = options;
  return {
    version: standInVersion(release),
    exactFloatDefaults: releaseTraits[release].exactFloatDefaults,
    showsPrepared: releaseTraits[release].preparedTimeout,
    config: http.config,
    now: options.now ?? Date.now,
    transactions: () => http.transactions(),
    loads() {
      const now = (options.now ?? Date.now)();
      const isProfiled = ({ database, table }: LoadTask) =>
        catalog.table(database, table)?.properties['enable_load_profile'] === 'true';
      const fromMs = http.config.number('stream_load_profile_collect_threshold_second') * 1000;
      return http.loadTasks().map((task) => ({
        ...taskRecord(task, now),
        PROFILE_ID: isProfiled(task) && elapsedMs(task, now) >= fromMs ? task.loadId : null,
      }));
    },
    trackingLogs: () => trackingLogs(http.loadTasks()),
    backends: () =>
      http.beUrls.map((url, index) => {
        const { hostname, port } = new URL(url);
        return { id: firstBackendId + index, host: hostname, httpPort: Number(port), alive: http.isAlive(index) };
      }),
    frontends: () =>
      http.feUrls.map((url, index) => {
        const { hostname, port } = new URL(url);
        const isLeader = index === 0;
        return { host: hostname, httpPort: Number(port), queryPort: isLeader ? queryPort() : 0, isLeader };
      }),
  };
}

import type { Answer } from '../../mysql/mysql-replies.ts';
import { timeText } from '../time-text.ts';
import type { Cell, Showing, Shown } from './answer.ts';
import { nothing, table } from './answer.ts';

const backends = `BackendId, IP, HeartbeatPort, BePort, HttpPort, BrpcPort, LastStartTime, LastHeartbeat, Alive,
  SystemDecommissioned, ClusterDecommissioned, TabletNum, DataUsedCapacity, AvailCapacity, TotalCapacity, UsedPct,
  MaxDiskUsedPct, ErrMsg, Version, Status, DataTotalCapacity, DataUsedPct, CpuCores, MemLimit, NumRunningQueries,
  MemUsedPct, CpuUsedPct, DataCacheMetrics, Location, StatusCode`;

const frontends = `Id, Name, IP, EditLogPort, HttpPort, QueryPort, RpcPort, Role, ClusterId, Join, Alive, ReplayedJournalId,
  LastHeartbeat, IsHelper, ErrMsg, StartTime, Version`;

export function showBackends({ cluster, catalog }: Shown): Answer {
  const tablets = catalog.databases().flatMap((database) => catalog.tables(database)).length;
  return table(
    backends,
    cluster.backends().map(({ id, host, httpPort, alive }): Cell[] => {
      const ports = ['9050', '9060', httpPort, '8060'];
      const sizes = ['0.000 B', '1.000 TB', '1.000 TB', '0.00 %', '0.00 %'];
      const seen = timeText(cluster.now());
      const state = JSON.stringify({ lastSuccessReportTabletsTime: seen });
      const load = ['1.000 TB', '0.00 %', '0', '0.000B', '0', '0.00 %', '0.0 %', 'N/A', ''];
      const beats = [null, seen, String(alive), 'false', 'false', tablets];
      const fault = alive ? '' : `backend ${id} shutdown`;
      return [
        id,
        host,
        ...ports,
        ...beats,
        ...sizes,
        fault,
        cluster.version,
        state,
        ...load,
        alive ? 'OK' : 'DISCONNECTED',
      ];
    }),
  );
}

export function showFrontends({ cluster }: Shown): Answer {
  const seen = timeText(cluster.now());
  return table(
    frontends,
    cluster
      .frontends()
      .map(({ host, httpPort, queryPort, isLeader }, index): Cell[] => [
        index + 1,
        `${host}_9010_${index + 1}`,
        host,
        '9010',
        httpPort,
        queryPort,
        '9020',
        isLeader ? 'LEADER' : 'FOLLOWER',
        '1',
        'true',
        'true',
        '1',
        seen,
        String(isLeader),
        '',
        seen,
        cluster.version,
      ]),
  );
}

export const showComputeNodes: Showing = nothing(
  `ComputeNodeId, IP, HeartbeatPort, BePort, HttpPort, BrpcPort, LastStartTime, LastHeartbeat, Alive, SystemDecommissioned,
   ClusterDecommissioned, ErrMsg, Version, CpuCores, MemLimit, NumRunningQueries, MemUsedPct, CpuUsedPct,
   DataCacheMetrics, HasStoragePath, StatusCode`,
);

export const showBrokers: Showing = nothing('Name, IP, Port, Alive, LastStartTime, LastUpdateTime, ErrMsg');

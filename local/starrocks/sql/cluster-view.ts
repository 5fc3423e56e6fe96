import { createFrontendConfig, type FrontendConfig } from '../frontend-config.ts';
import type { Transaction } from '../http/labels.ts';
import { type Release, releaseTraits } from '../release.ts';

/** A row of information_schema.loads or load_tracking_logs; columns that are left out are NULL. */
export type LoadRecord = Readonly<Record<string, string | number | null>>;

export interface BackendView {
  readonly id: number;
  readonly host: string;
  readonly httpPort: number;
  readonly alive: boolean;
}

export interface FrontendView {
  readonly host: string;
  readonly httpPort: number;
  /** Of this query port; 0 for frontends that have none. */
  readonly queryPort: number;
  readonly isLeader: boolean;
}

/** What statements can ask of the cluster, beside its tables. */
export interface ClusterView {
  /** What current_version() says. */
  readonly version: string;
  /** A FLOAT takes a default only if it holds it exactly. */
  readonly exactFloatDefaults: boolean;
  /** SHOW TRANSACTION tells since when, and for how long, a transaction is PREPARED. */
  readonly showsPrepared: boolean;
  readonly config: FrontendConfig;
  /** Epoch milliseconds. */
  readonly now: () => number;
  transactions(): readonly Transaction[];
  loads(): readonly LoadRecord[];
  trackingLogs(): readonly LoadRecord[];
  backends(): readonly BackendView[];
  frontends(): readonly FrontendView[];
}

/** One that programs can read, and that people see is none. */
export function standInVersion(release: Release): string {
  return `${releaseTraits[release].version}-standin`;
}

/** A cluster of tables alone: no node, no load. */
export function emptyCluster(): ClusterView {
  return {
    version: standInVersion('3.5'),
    exactFloatDefaults: releaseTraits['3.5'].exactFloatDefaults,
    showsPrepared: releaseTraits['3.5'].preparedTimeout,
    config: createFrontendConfig(),
    now: Date.now,
    transactions: () => [],
    loads: () => [],
    trackingLogs: () => [],
    backends: () => [],
    frontends: () => [],
  };
}

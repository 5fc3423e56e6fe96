import type { FaultScript } from './faults.ts';
import type { FrontendConfig } from './frontend-config.ts';
import type { Coordinators } from './http/coordinators.ts';
import type { ErrorLog } from './http/error-log.ts';
import type { SizeLimits } from './http/headers.ts';
import type { LabelRegistry } from './http/labels.ts';
import type { Credentials, Leader } from './http/leader.ts';
import type { LoadContext, Progress } from './http/load-context.ts';
import type { LoadFailure } from './http/load-failure.ts';
import type { LoadTasks } from './http/load-tasks.ts';
import type { MultiTableTask } from './http/multi-table-task.ts';
import type { Catalog, LoadHeaders, Storage } from './model.ts';
import type { ReleaseTraits } from './release.ts';
import type { SpyRecorder } from './spy.ts';
import type { Accounts, Subject } from './users/accounts.ts';

/** A backend as the frontends know it, and its own memory of open transactions, by label alone. */
export interface Backend {
  readonly id: number;
  /** host:port, as registered. */
  readonly address: string;
  /** What the frontends believe. */
  alive: boolean;
  /** Since when it does not answer, in epoch milliseconds. */
  downSinceMs?: number | undefined;
  readonly contexts: Map<string, LoadContext>;
  /** Parts of transactions over several tables, by `channelKey`. */
  readonly channels: Map<string, LoadContext>;
}

/** Requests that merge commit gathers into one transaction. */
export interface MergeGroup {
  /** Of the transaction; counters and times are those of the whole group. */
  readonly progress: Progress;
  readonly bodyFiles: string[];
  /** Settles when the group is visible (undefined) or has failed. */
  readonly done: Promise<LoadFailure | undefined>;
}

/** What the cluster knows of merge commit, by `mergeKey`. */
export interface MergeCommits {
  /** Groups that still take requests, by backend and key. */
  readonly open: Map<string, MergeGroup>;
  /** The frontend's number of the key. */
  loadId(key: string): number;
}

export function createMergeCommits(): MergeCommits {
  const ids = new Map<string, number>();
  return {
    open: new Map(),
    loadId(key) {
      const id = ids.get(key) ?? ids.size;
      ids.set(key, id);
      return id;
    },
  };
}

/** Asks the query port: rows by the names of their columns. @throws SqlError */
export type Query = (sql: string, subject: Subject) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** What frontends and backends share. */
export interface Cluster {
  readonly release: ReleaseTraits;
  readonly catalog: Catalog;
  readonly storage: Storage;
  readonly labels: LabelRegistry;
  readonly loadTasks: LoadTasks;
  readonly config: FrontendConfig;
  readonly leader: Leader;
  readonly accounts: Accounts;
  /** What current_version() says. */
  readonly version: string;
  readonly query: Query;
  readonly faults: FaultScript;
  readonly spy: SpyRecorder;
  readonly errorLog: ErrorLog;
  readonly sizes: SizeLimits;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** A directory for bodies. */
  readonly scratch: string;
  readonly backends: Backend[];
  /** Round robin over living backends; undefined when there is none. */
  readonly nextBackend: () => Backend | undefined;
  readonly coordinators: Coordinators;
  readonly merges: MergeCommits;
  /** Transactions over several tables, by label alone. */
  readonly tasks: Map<string, MultiTableTask>;
  /** The rounds in which backends look for contexts that timed out. */
  readonly contextsDue: () => number | undefined;
}

/** User and password of a Basic header; absent when there is none that can be read. */
export function parseCredentials(headers: LoadHeaders): Credentials | undefined {
  const encoded = /^Basic\s+(\S+)\s*$/i.exec(headers['authorization'] ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

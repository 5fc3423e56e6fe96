/** Frontends and backends over HTTP, on one Storage, with the handles that tests turn. */
import { mkdtemp, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Backend, type Cluster, createMergeCommits } from './cluster.ts';
import { createFaults, type FaultScript } from './faults.ts';
import { createFrontendConfig, type FrontendConfig } from './frontend-config.ts';
import { createBackend } from './http/backend.ts';
import { createCoordinators } from './http/coordinators.ts';
import { createErrorLog } from './http/error-log.ts';
import { createFrontend } from './http/frontend.ts';
import type { SizeLimits } from './http/headers.ts';
import { type HttpNode, listen } from './http/http.ts';
import { createLabels, type LabelLimits, type Transaction } from './http/labels.ts';
import { createLeader } from './http/leader.ts';
import type { Storage } from './model.ts';
import { type Release, releaseTraits } from './release.ts';
import { createSpy, type Spy } from './spy.ts';

interface Limits extends LabelLimits, SizeLimits {
  /** max_running_txn_num_per_db. */
  readonly maxRunningTransactions: number;
}

const defaultLimits: Limits = {
  labelKeepMaxNum: 1000,
  labelKeepMaxMs: 3 * 24 * 3_600_000,
  cleanIntervalMs: 30_000,
  maxBodyBytes: 102_400 * 1024 * 1024,
  maxJsonBytes: 100 * 1024 * 1024,
  maxRunningTransactions: 1000,
};

export interface LoadServerOptions {
  /** Whose words it speaks, one release at a time; default 3.5, the recorded one. */
  readonly release?: Release;
  /** Port of the leader; 0 for any. */
  readonly feHttpPort?: number;
  /** Port of the first backend; 0 for any. */
  readonly beHttpPort?: number;
  /** Default 1. */
  readonly backends?: number;
  /** Further frontends, which send most calls to the leader; default 0. */
  readonly followers?: number;
  /** Passwords by user; default root without one. */
  readonly users?: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  readonly limits?: Partial<Limits>;
}

/** Faults of calls, and of the cluster as a whole. */
interface Faults extends Pick<FaultScript, 'add' | 'clear'> {
  /** PREPARE transactions and the cache of coordinators are lost; backends keep their contexts. */
  leaderChange(): void;
  /** Forgets the oldest final transactions; returns how many. */
  evictLabels(count: number): number;
  abort(database: string, label: string, reason?: string): void;
  /** Makes visible what was committed under `delay-publish`. */
  publishPending(): Promise<void>;
  /** The process ends: its port closes, its open transactions are gone. Noticed (default): the frontend knows, and aborts them. */
  killBackend(index: number, how?: { readonly noticed?: boolean }): Promise<void>;
  reviveBackend(index: number): Promise<void>;
  /** Index 0 is the leader. */
  stopFrontend(index?: number): Promise<void>;
  startFrontend(index?: number): Promise<void>;
}

export interface LoadServers {
  /** Of the leader: host:port. */
  readonly loadUrl: string;
  readonly feUrl: string;
  readonly feUrls: readonly string[];
  readonly beUrls: readonly string[];
  readonly faults: Faults;
  readonly spy: Spy;
  /** Of the leader, and of the query port. */
  readonly config: FrontendConfig;
  /** What the leader remembers. */
  transactions(): readonly Transaction[];
  close(): Promise<void>;
}

/** A server whose listener is given once its port is known. */
async function openNode(port: number): Promise<{ readonly node: HttpNode; serve(listener: RequestListener): void }> {
  let current: RequestListener = (_, response) => response.writeHead(503).end();
  const node = await listen(port, (request, response) => current(request, response));
  return {
    node,
    serve(listener) {
      current = listener;
    },
  };
}

export async function startLoadServers(storage: Storage, options: LoadServerOptions = {}): Promise<LoadServers> {
  const scratch = await mkdtemp(join(tmpdir(), 'starrocks-bodies-'));
  const bePorts = Array.from({ length: options.backends ?? 1 }, (_, index) =>
    index === 0 ? (options.beHttpPort ?? 0) : 0,
  );
  const beServers = await Promise.all(bePorts.map(openNode));
  const fePorts = [options.feHttpPort ?? 0, ...Array.from({ length: options.followers ?? 0 }, () => 0)];
  const feServers = await Promise.all(fePorts.map(openNode));
  const backends = beServers.map(
    ({ node }, id): Backend => ({ id, address: node.address, alive: true, contexts: new Map() }),
  );
  const cluster = buildCluster(storage, options, scratch, backends);
  const leaderAddress = feServers[0]?.node.address ?? '';
  beServers.forEach((server, id) => {
    const backend = backends[id];
    if (backend !== undefined) server.serve(createBackend(cluster, backend));
  });
  feServers.forEach((server, id) => {
    server.serve(createFrontend(cluster, id, id === 0 ? undefined : leaderAddress));
  });
  const feNodes = feServers.map(({ node }) => node);
  const beNodes = beServers.map(({ node }) => node);
  return {
    loadUrl: leaderAddress,
    feUrl: `http://${leaderAddress}`,
    feUrls: feNodes.map(({ url }) => url),
    beUrls: beNodes.map(({ url }) => url),
    faults: clusterFaults(cluster, feNodes, beNodes),
    spy: cluster.spy,
    config: cluster.config,
    transactions: () => cluster.labels.all(),
    async close() {
      cluster.faults.clear();
      await Promise.all([...feNodes, ...beNodes].map((node) => node.stop()));
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

function buildCluster(storage: Storage, options: LoadServerOptions, scratch: string, backends: Backend[]): Cluster {
  const limits = { ...defaultLimits, ...options.limits };
  const config = createFrontendConfig({
    label_keep_max_num: limits.labelKeepMaxNum,
    label_keep_max_second: limits.labelKeepMaxMs / 1000,
    max_running_txn_num_per_db: limits.maxRunningTransactions,
    transaction_clean_interval_second: limits.cleanIntervalMs / 1000,
  });
  const now = options.now ?? Date.now;
  const users = options.users ?? { root: '' };
  const labels = createLabels(labelLimits(config), now, (staged) => void storage.discard(staged));
  const { catalog } = storage;
  let turn = 0;
  return {
    release: releaseTraits[options.release ?? '3.5'],
    catalog,
    storage,
    labels,
    config,
    leader: createLeader({ catalog, storage, labels, users, config }),
    users,
    faults: createFaults(),
    spy: createSpy(),
    errorLog: createErrorLog(),
    sizes: limits,
    now,
    scratch,
    backends,
    nextBackend() {
      const living = backends.filter(({ alive }) => alive);
      return living[turn++ % Math.max(1, living.length)];
    },
    coordinators: createCoordinators(now),
    merges: createMergeCommits(),
  };
}

/** As the configuration has them now. */
function labelLimits(config: FrontendConfig): LabelLimits {
  return {
    get labelKeepMaxNum() {
      return config.number('label_keep_max_num');
    },
    get labelKeepMaxMs() {
      return config.number('label_keep_max_second') * 1000;
    },
    get cleanIntervalMs() {
      return config.number('transaction_clean_interval_second') * 1000;
    },
  };
}

function clusterFaults(cluster: Cluster, frontends: readonly HttpNode[], backends: readonly HttpNode[]): Faults {
  const nodeAt = <T>(nodes: readonly T[], index: number): T => {
    const node = nodes[index];
    if (node === undefined) throw new RangeError(`no node ${index}`);
    return node;
  };
  return {
    add: (fault) => cluster.faults.add(fault),
    clear: () => cluster.faults.clear(),
    leaderChange() {
      cluster.labels.loseUnjournaled();
      cluster.coordinators.clear();
    },
    evictLabels: (count) => cluster.labels.evict(count),
    abort(database, label, reason = 'user cancel') {
      const transaction = cluster.labels.find(database, label);
      if (transaction === undefined) throw new Error(`no transaction with label ${label} in ${database}`);
      cluster.leader.rollback(transaction.id, reason);
    },
    publishPending: () => cluster.leader.publishPending(),
    async killBackend(index, { noticed = true } = {}) {
      const backend = nodeAt(cluster.backends, index);
      backend.contexts.clear();
      await nodeAt(backends, index).stop();
      if (!noticed) return;
      backend.alive = false;
      for (const { id, state, backend: owner } of cluster.labels.all()) {
        if (owner === index && state === 'PREPARE') cluster.leader.rollback(id, 'coordinate BE is down');
      }
    },
    async reviveBackend(index) {
      await nodeAt(backends, index).start();
      nodeAt(cluster.backends, index).alive = true;
    },
    stopFrontend: (index = 0) => nodeAt(frontends, index).stop(),
    startFrontend: (index = 0) => nodeAt(frontends, index).start(),
  };
}

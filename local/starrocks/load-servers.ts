/** Frontends and backends over HTTP, on one Storage, with the handles that tests turn. */
import { mkdtemp, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Backend, type Cluster, createMergeCommits, type Query } from './cluster.ts';
import { createFaults, type FaultScript } from './faults.ts';
import { createFrontendConfig, type FrontendConfig, type SettingName } from './frontend-config.ts';
import { createBackend } from './http/backend.ts';
import { createCoordinators } from './http/coordinators.ts';
import { createErrorLog } from './http/error-log.ts';
import { createFrontend } from './http/frontend.ts';
import type { SizeLimits } from './http/headers.ts';
import { type HttpNode, listen } from './http/http.ts';
import { createLabels, type Transaction } from './http/labels.ts';
import { createLeader } from './http/leader.ts';
import { createLoadTasks, type LoadTask } from './http/load-tasks.ts';
import { createRounds } from './http/rounds.ts';
import { cancelTasks } from './http/several-tables.ts';
import { noticeDeath, watchFrontend } from './http/timeouts.ts';
import type { Catalog, Storage } from './model.ts';
import { type Release, releaseTraits } from './release.ts';
import { createSpy, type Spy } from './spy.ts';
import { standInVersion } from './sql/cluster-view.ts';
import { type Accounts, createAccounts } from './users/accounts.ts';

const defaultSizes: SizeLimits = {
  maxBodyBytes: 102_400 * 1024 * 1024,
  maxJsonBytes: 100 * 1024 * 1024,
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
  /** Passwords by user, all of them with every right; default root without one. */
  readonly users?: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** http_max_header_size of the frontends: all headers of a request together; default 8,192, as in releases before 2.5. */
  readonly maxHeaderBytes?: number;
  /** Of the backends. */
  readonly limits?: Partial<SizeLimits>;
  /** What fe.conf says, beside the defaults. */
  readonly config?: Partial<Record<SettingName, number>>;
}

/** Faults of calls, and of the cluster as a whole. */
interface Faults extends Pick<FaultScript, 'add' | 'clear'> {
  /** PREPARE transactions and the cache of coordinators are lost; backends keep their contexts. */
  leaderChange(): void;
  /** The cleaner of labels does its round now. */
  cleanLabels(): void;
  /** Forgets the oldest final transactions; returns how many. */
  evictLabels(count: number): number;
  abort(database: string, label: string, reason?: string): void;
  /** Makes visible what was committed under `delay-publish`. */
  publishPending(): Promise<void>;
  /**
   * The process ends: its port closes, its open transactions are gone. Noticed (default): the frontend knows, and aborts
   * them; otherwise it finds out after a while.
   */
  killBackend(index: number, how?: { readonly noticed?: boolean }): Promise<void>;
  reviveBackend(index: number): Promise<void>;
  /** The process ends, and with it what it had in memory only. Index 0 is the leader. */
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
  /** Whether the frontends believe that a backend lives. */
  isAlive(backend: number): boolean;
  /** What the leader remembers. */
  transactions(): readonly Transaction[];
  loadTasks(): readonly LoadTask[];
  close(): Promise<void>;
}

const frontendHeaderBytes = 8192;
/** libevent sets no limit; this one no client meets. */
const backendHeaderBytes = 16 * 1024 * 1024;

/** A server whose listener is given once its port is known. No request is answered before what is due in the catalog. */
async function openNode(
  port: number,
  catalog: Catalog,
  maxHeaderBytes: number,
): Promise<{ readonly node: HttpNode; serve(listener: RequestListener): void }> {
  let current: RequestListener = (_, response) => response.writeHead(503).end();
  const handle: RequestListener = (request, response) => {
    const settling = catalog.settle?.();
    if (settling === undefined) current(request, response);
    else void settling.then(() => current(request, response));
  };
  const node = await listen(port, handle, maxHeaderBytes);
  return {
    node,
    serve(listener) {
      current = listener;
    },
  };
}

/** What the HTTP side has in common with the query port. */
interface Shared {
  readonly accounts: Accounts;
  readonly query: Query;
}

const noQueryPort: Query = () => Promise.reject(new Error('There is no query port beside these load servers.'));

export async function startLoadServers(
  storage: Storage,
  options: LoadServerOptions = {},
  { accounts = createAccounts(options.users), query = noQueryPort }: Partial<Shared> = {},
): Promise<LoadServers> {
  const scratch = await mkdtemp(join(tmpdir(), 'starrocks-bodies-'));
  const bePorts = Array.from({ length: options.backends ?? 1 }, (_, index) =>
    index === 0 ? (options.beHttpPort ?? 0) : 0,
  );
  const beServers = await Promise.all(bePorts.map((port) => openNode(port, storage.catalog, backendHeaderBytes)));
  const fePorts = [options.feHttpPort ?? 0, ...Array.from({ length: options.followers ?? 0 }, () => 0)];
  const feServers = await Promise.all(
    fePorts.map((port) => openNode(port, storage.catalog, options.maxHeaderBytes ?? frontendHeaderBytes)),
  );
  const backends = beServers.map(
    ({ node }, id): Backend => ({ id, address: node.address, alive: true, contexts: new Map(), channels: new Map() }),
  );
  const cluster = buildCluster(storage, { ...options, accounts, query }, scratch, backends);
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
    isAlive(backend) {
      watchFrontend(cluster);
      return cluster.backends[backend]?.alive === true;
    },
    transactions() {
      watchFrontend(cluster);
      return cluster.labels.all();
    },
    loadTasks: () => cluster.loadTasks.all(),
    async close() {
      cluster.faults.clear();
      await Promise.all([...feNodes, ...beNodes].map((node) => node.stop()));
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

function buildCluster(
  storage: Storage,
  options: LoadServerOptions & Shared,
  scratch: string,
  backends: Backend[],
): Cluster {
  const { accounts, query } = options;
  const config = createFrontendConfig(options.config);
  const now = options.now ?? Date.now;
  const labels = createLabels(config, now, (staged) => void storage.discard(staged));
  const loadTasks = createLoadTasks(() => config.number('stream_load_task_keep_max_num'), now);
  const { catalog } = storage;
  const release = releaseTraits[options.release ?? '3.5'];
  let turn = 0;
  return {
    release,
    catalog,
    storage,
    labels,
    loadTasks,
    config,
    leader: createLeader({
      ...{ catalog, storage, labels, loadTasks, accounts, config, now },
      isReachable: (transaction) => isReachable(transaction, backends),
    }),
    accounts,
    query,
    version: standInVersion(options.release ?? '3.5'),
    faults: createFaults(),
    spy: createSpy(),
    errorLog: createErrorLog(),
    sizes: { ...defaultSizes, ...options.limits },
    now,
    scratch,
    backends,
    nextBackend() {
      const living = backends.filter(({ alive }) => alive);
      return living[turn++ % Math.max(1, living.length)];
    },
    coordinators: createCoordinators(release.coordinators, now),
    contextsDue: createRounds(() => 30_000, now),
    merges: createMergeCommits(),
    tasks: new Map(),
  };
}

/** Whether enough replicas answer for a version to be published: the only one, or most of several. */
function isReachable(transaction: Transaction, backends: readonly Backend[]): boolean {
  const up = backends.filter(({ downSinceMs }) => downSinceMs === undefined).length;
  return (transaction.staged ?? []).every(({ table }) => {
    const replicas = Math.min(Number(table.properties['replication_num'] ?? backends.length), backends.length);
    return replicas > 1 ? up > replicas / 2 : backends[transaction.backend]?.downSinceMs === undefined;
  });
}

/** What the leader has in memory only. */
function loseMemory(cluster: Cluster): void {
  cluster.labels.loseUnjournaled();
  cluster.coordinators.clear();
  cancelTasks(cluster);
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
    leaderChange: () => loseMemory(cluster),
    cleanLabels: () => cluster.labels.forget(),
    evictLabels: (count) => cluster.labels.evict(count),
    abort(database, label, reason = 'user cancel') {
      const transaction = cluster.labels.find(database, label);
      if (transaction === undefined) throw new Error(`no transaction with label ${label} in ${database}`);
      cluster.leader.rollback(transaction.id, reason);
    },
    publishPending: () => cluster.leader.publishPending('all'),
    async killBackend(index, { noticed = true } = {}) {
      const backend = nodeAt(cluster.backends, index);
      backend.contexts.clear();
      backend.channels.clear();
      backend.downSinceMs = cluster.now();
      await nodeAt(backends, index).stop();
      if (noticed) noticeDeath(cluster, backend);
    },
    async reviveBackend(index) {
      await nodeAt(backends, index).start();
      Object.assign(nodeAt(cluster.backends, index), { alive: true, downSinceMs: undefined });
      await cluster.leader.publishPending('due');
    },
    async stopFrontend(index = 0) {
      await nodeAt(frontends, index).stop();
      if (index === 0) loseMemory(cluster);
    },
    startFrontend: (index = 0) => nodeAt(frontends, index).start(),
  };
}

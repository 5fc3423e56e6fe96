import { clusterView } from './cluster-facts.ts';
import { type LoadServerOptions, type LoadServers, startLoadServers } from './load-servers.ts';
import type { Storage } from './model.ts';
import { startQueryServer } from './mysql/query-server.ts';
import { createCatalog } from './storage/catalog.ts';
import { createEngine, type Engine } from './storage/engine.ts';
import { openCatalog } from './storage/kept-catalog.ts';
import { createStorage } from './storage/storage.ts';
import { createAccounts } from './users/accounts.ts';

export interface StarRocksOptions extends LoadServerOptions {
  /** MySQL protocol; 0 for any port. */
  readonly queryPort?: number;
  /** A DuckDB file that keeps tables and rows; without it, nothing is kept. */
  readonly dataFile?: string | undefined;
}

/** A cluster in this process: frontends and backends over HTTP, the query port, rows in DuckDB. All on 127.0.0.1. */
export interface StarRocksServer extends LoadServers {
  readonly queryPort: number;
  /** For the option of the same name. */
  readonly jdbcUrl: string;
  readonly storage: Storage;
  readonly engine: Engine;
}

/** Starts the stand-in. Without options: one backend, user root without a password, any free ports, nothing kept. */
export async function startStarRocks(options: StarRocksOptions = {}): Promise<StarRocksServer> {
  const { dataFile } = options;
  const engine = await createEngine(dataFile === undefined ? {} : { path: dataFile });
  const catalog = dataFile === undefined ? createCatalog(engine, options.now) : await openCatalog(engine, options.now);
  const storage = createStorage(engine, catalog);
  // As one writes it for a cluster of fewer than three backends: tables that say nothing of replicas can be made.
  const config = { default_replication_num: Math.min(3, options.backends ?? 1), ...options.config };
  const accounts = createAccounts(options.users);
  const http = await startLoadServers(
    storage,
    { ...options, config },
    { accounts, query: (sql, subject) => query.ask(sql, subject) },
  );
  const settings = {
    engine,
    catalog,
    cluster: clusterView(http, options, catalog, () => queryPort),
    accounts,
  };
  let query = await startQueryServer({ ...settings, port: options.queryPort ?? 0 });
  const queryPort = query.port;
  return {
    ...http,
    queryPort,
    jdbcUrl: `jdbc:mysql://127.0.0.1:${queryPort}`,
    // The query port is the leader's.
    faults: {
      ...http.faults,
      async stopFrontend(index = 0) {
        await Promise.all([http.faults.stopFrontend(index), index === 0 ? query.close() : undefined]);
      },
      async startFrontend(index = 0) {
        await http.faults.startFrontend(index);
        if (index === 0) query = await startQueryServer({ ...settings, port: queryPort });
      },
    },
    storage,
    engine,
    async close() {
      await Promise.all([http.close(), query.close()]);
      await engine.close();
    },
  };
}

import Pool from 'undici/lib/dispatcher/pool.js';
import type { Clock } from '../kit/clock.ts';
import { createBackendConnector } from './backend-connector.ts';

/** Shorter than any server between here and a backend keeps an idle connection: libevent 50 s, AWS load balancers 60 s. */
export const keepAliveMs = 20_000;
/** More than a process loads at once; what comes on top waits for its turn. */
const connectionsPerBackend = 4;

/** Connections to backends that outlive a call. */
export interface BackendPools {
  /** Lends the pool of an origin, e.g. `http://be1:8040`, while `work` lasts. */
  use<T>(origin: string, work: (pool: Pool) => Promise<T>): Promise<T>;
  /** The next use gets fresh connections. */
  renew(origin: string): void;
  close(): void;
}

interface Kept {
  readonly pool: Pool;
  /** Epoch milliseconds. */
  lastUsedMs: number;
}

/**
 * One pool per origin. A process that was frozen (Lambda, between invocations) wakes up with connections whose other end
 * is long gone, and its timers did not run: so the clock tells which pools were idle too long.
 */
export function createBackendPools(
  { connectTimeoutMs, ca }: { readonly connectTimeoutMs: number; readonly ca?: string },
  clock: Clock,
): BackendPools {
  const connect = createBackendConnector({
    allowH2: false,
    timeout: connectTimeoutMs,
    ...(ca === undefined ? {} : { ca }),
  });
  const pools = new Map<string, Kept>();
  const open = (origin: string): Kept => {
    const pool = new Pool(origin, {
      connections: connectionsPerBackend,
      pipelining: 1,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      connect,
    });
    const kept = { pool, lastUsedMs: clock.now() };
    pools.set(origin, kept);
    return kept;
  };
  // What runs ends in peace: `close` waits for it.
  const drop = (origin: string): void => {
    void pools.get(origin)?.pool.close();
    pools.delete(origin);
  };
  return {
    async use(origin, work) {
      for (const [each, { lastUsedMs }] of pools) {
        if (clock.now() - lastUsedMs >= keepAliveMs) drop(each);
      }
      const kept = pools.get(origin) ?? open(origin);
      try {
        return await work(kept.pool);
      } finally {
        kept.lastUsedMs = clock.now();
      }
    },
    renew: drop,
    close() {
      for (const { pool } of pools.values()) void pool.destroy();
      pools.clear();
    },
  };
}

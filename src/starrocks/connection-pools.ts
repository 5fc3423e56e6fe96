import type { Pool } from 'undici';
import type { Clock } from '../kit/clock.ts';
import { once } from '../kit/once.ts';
import type { PoolConfig } from './connection-pool.ts';

/** Shorter than any server between here and StarRocks keeps an idle connection: libevent 50 s, AWS load balancers 60 s. */
export const keepAliveMs = 20_000;

/** Connections that outlive a call. */
export interface ConnectionPools {
  /** Loads the HTTP client, which the first use waits for: to be called while something else is waited for. */
  prepare(): void;
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

/** Functions that only stage never need it. A failure is that of the use that waits for it. */
const loadClient = once(() => import('./connection-pool.ts'));

/**
 * One pool per origin. A process that was frozen (Lambda, between invocations) wakes up with connections whose other end
 * is long gone, and its timers did not run: so the clock tells which pools were idle too long.
 */
export function createConnectionPools(config: Omit<PoolConfig, 'keepAliveMs'>, clock: Clock): ConnectionPools {
  const pools = new Map<string, Kept>();
  const keep = (origin: string, pool: Pool): Kept => {
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
    prepare: () => void loadClient().catch(() => undefined),
    async use(origin, work) {
      const { openPool } = await loadClient();
      for (const [each, { lastUsedMs }] of pools) {
        if (clock.now() - lastUsedMs >= keepAliveMs) drop(each);
      }
      const kept = pools.get(origin) ?? keep(origin, openPool(origin, { ...config, keepAliveMs }));
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

import Pool from 'undici/lib/dispatcher/pool.js';
import { createBackendConnector } from './backend-connector.ts';

export interface PoolConfig {
  /** To one host; what comes on top waits for its turn. */
  readonly connections: number;
  readonly connectTimeoutMs: number;
  readonly keepAliveMs: number;
  /** PEM; the only authority that is trusted, when given. */
  readonly ca?: string;
}

/** Connections to one host. */
export function openPool(origin: string, { connections, connectTimeoutMs, keepAliveMs, ca }: PoolConfig): Pool {
  return new Pool(origin, {
    connections,
    pipelining: 1,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    connect: createBackendConnector({
      allowH2: false,
      timeout: connectTimeoutMs,
      ...(ca === undefined ? {} : { ca }),
    }),
  });
}

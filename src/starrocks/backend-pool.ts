import Pool from 'undici/lib/dispatcher/pool.js';
import { createBackendConnector } from './backend-connector.ts';

/** More than a process loads at once; what comes on top waits for its turn. */
const connectionsPerBackend = 4;

/** Milliseconds; `ca`: PEM, the only authority that is trusted, when given. */
interface PoolConfig {
  readonly connectTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly ca?: string;
}

/** Connections to one backend. */
export function openPool(origin: string, { connectTimeoutMs, keepAliveMs, ca }: PoolConfig): Pool {
  return new Pool(origin, {
    connections: connectionsPerBackend,
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

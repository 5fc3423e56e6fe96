import { startStarRocks } from '../../../local/starrocks/server.ts';

/** What a recording is replayed against. */
export interface ReplayTarget {
  readonly frontend: string;
  readonly backend: string;
  readonly query: { readonly host: string; readonly port: number };
  /** Absent for a real cluster: nothing can be done to it from outside, so what follows an act is left out. */
  readonly standIn?: Awaited<ReturnType<typeof startStarRocks>>;
  /** Lets time pass for the stand-in. */
  advance(ms: number): void;
  close(): Promise<void>;
}

/** The cluster of STARROCKS_URL, STARROCKS_BACKEND_URL and STARROCKS_QUERY_URL (root without a password), or else a stand-in of its own. */
export async function openReplayTarget(): Promise<ReplayTarget> {
  const { STARROCKS_URL, STARROCKS_BACKEND_URL, STARROCKS_QUERY_URL } = process.env;
  if (STARROCKS_URL !== undefined) {
    const query = new URL(STARROCKS_QUERY_URL ?? STARROCKS_URL);
    return {
      frontend: new URL(STARROCKS_URL).origin,
      backend: new URL(STARROCKS_BACKEND_URL ?? STARROCKS_URL.replace(/:\d+$/, ':8040')).origin,
      query: { host: query.hostname, port: STARROCKS_QUERY_URL === undefined ? 9030 : Number(query.port) },
      advance: () => undefined,
      close: async () => undefined,
    };
  }
  let passedMs = 0;
  const standIn = await startStarRocks({
    now: () => Date.now() + passedMs,
    config: { default_replication_num: 3 },
  });
  const [backend = ''] = standIn.beUrls;
  return {
    frontend: standIn.feUrl,
    backend,
    query: { host: '127.0.0.1', port: standIn.queryPort },
    standIn,
    advance(ms) {
      passedMs += ms;
    },
    close: () => standIn.close(),
  };
}

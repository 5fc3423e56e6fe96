/** The leader's cache of which backend serves a transaction label. Source: TransactionLoadCoordinatorMgr.java. */
export interface Coordinators {
  /** Index of the backend; a look counts as use. */
  get(label: string): number | undefined;
  set(label: string, backend: number): void;
  clear(): void;
}

/** transaction_stream_load_coordinator_cache_capacity, transaction_stream_load_coordinator_cache_expire_seconds. */
const capacity = 4096;
const expireMs = 900_000;

export function createCoordinators(now: () => number): Coordinators {
  /** In order of last use. */
  const entries = new Map<string, { readonly backend: number; readonly usedAtMs: number }>();
  const use = (label: string, backend: number): void => {
    entries.delete(label);
    entries.set(label, { backend, usedAtMs: now() });
    const oldest = entries.keys().next().value;
    if (entries.size > capacity && oldest !== undefined) entries.delete(oldest);
  };
  return {
    get(label) {
      const entry = entries.get(label);
      if (entry === undefined || now() - entry.usedAtMs > expireMs) return undefined;
      use(label, entry.backend);
      return entry.backend;
    },
    set: use,
    clear: () => entries.clear(),
  };
}

/** A frontend's memory of which backend serves a transaction label, whatever the database. Source: TransactionLoadAction.java. */
export interface Coordinators {
  /** Index of the backend; a look counts as use. */
  get(label: string): number | undefined;
  set(label: string, backend: number): void;
  clear(): void;
}

/** @in perBackend: labels that are kept of one backend, those used last; expireMs: since the last use */
export function createCoordinators(
  { perBackend, expireMs }: { readonly perBackend: number; readonly expireMs: number },
  now: () => number,
): Coordinators {
  /** In order of last use. */
  const entries = new Map<string, { readonly backend: number; readonly usedAtMs: number }>();
  const use = (label: string, backend: number): void => {
    entries.delete(label);
    entries.set(label, { backend, usedAtMs: now() });
    const held = [...entries].filter(([, entry]) => entry.backend === backend);
    const [oldest] = held;
    if (held.length > perBackend && oldest !== undefined) entries.delete(oldest[0]);
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

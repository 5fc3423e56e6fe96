const GiB = 1024 ** 3;
const dayMs = 86_400_000;

/** How fast a table grows, and what smt concludes from it. */
export interface Growth {
  /** Bytes that one partition will hold. */
  readonly partitionBytes: number;
  readonly unit: 'day' | 'month' | 'year';
  /** First and last day of the range partitions, `2024-01-01`; set for tables of 100 GiB and more. */
  readonly range?: { readonly start: string; readonly end: string };
}

/**
 * Reckons partitions from a table's size and age.
 *
 * @in      bytes: DATA_LENGTH, summed over shards; createdAtMs, nowMs: epoch milliseconds
 * @source  StarRocks/smt convert/starrocks.go
 */
export function growthOf(bytes: number, createdAtMs: number | undefined, nowMs: number): Growth {
  const created = createdAtMs ?? nowMs;
  const days = Math.max(1, Math.ceil((nowMs - created) / dayMs));
  const perDay = Math.floor(bytes / days);
  const [unit, daysOfUnit] =
    perDay > 10 * GiB ? (['day', 1] as const) : perDay > GiB ? (['month', 30] as const) : (['year', 365] as const);
  const partitionBytes = perDay * daysOfUnit;
  if (bytes < 100 * GiB) return { partitionBytes, unit };
  return { partitionBytes, unit, range: { start: startOf(unit, created, 0), end: startOf(unit, nowMs, 1) } };
}

/** How many buckets smt gives a partition of so many bytes. */
export function bucketsFor(partitionBytes: number, backends: number): number {
  if (partitionBytes < GiB) return 1;
  const gib = partitionBytes / GiB;
  return gib < backends ? Math.ceil(gib) : Math.ceil(gib / backends) * backends;
}

/** The first day of the day, month or year that lies `later` units after a moment, in UTC. */
function startOf(unit: Growth['unit'], ms: number, later: number): string {
  const date = new Date(ms);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const start = {
    day: () => Date.UTC(year, month, day + later),
    month: () => Date.UTC(year, month + later, 1),
    year: () => Date.UTC(year + later, 0, 1),
  }[unit]();
  return new Date(start).toISOString().slice(0, 10);
}

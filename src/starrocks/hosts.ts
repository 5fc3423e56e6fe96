import type { Clock } from '../kit/clock.ts';

const setAsideMs = 30_000;

/** The frontends, and which of them failed lately. Lives as long as the process. */
export interface HostMemory {
  /** Every host: those that work in rotation order, then those set aside, the longest ago first. */
  order(): readonly string[];
  failed(host: string): void;
  worked(host: string): void;
  /** Whether the origin is one of the hosts, or was met as a frontend behind one. */
  isFrontend(origin: string): boolean;
  /** A leader that load-url does not name. */
  met(origin: string): void;
}

/** Begins at a random host, so that many functions do not all ask the first; then stays with the one that works. */
export function createHostMemory(hosts: readonly string[], clock: Pick<Clock, 'now' | 'random'>): HostMemory {
  const failedAt = new Map<string, number>();
  const frontends = new Set(hosts.map((host) => URL.parse(host)?.origin ?? host));
  let first = Math.floor(clock.random() * hosts.length);
  const since = (host: string): number => failedAt.get(host) ?? Number.NEGATIVE_INFINITY;
  return {
    order() {
      const rotated = [...hosts.slice(first), ...hosts.slice(0, first)];
      const isAside = (host: string): boolean => clock.now() - since(host) < setAsideMs;
      const aside = rotated.filter(isAside).sort((left, right) => since(left) - since(right));
      return [...rotated.filter((host) => !isAside(host)), ...aside];
    },
    failed(host) {
      failedAt.set(host, clock.now());
      // When its time is over it is not the first to be asked again.
      if (hosts[first] === host) first = (first + 1) % hosts.length;
    },
    worked(host) {
      failedAt.delete(host);
      first = Math.max(0, hosts.indexOf(host));
    },
    isFrontend: (origin) => frontends.has(origin),
    met(origin) {
      frontends.add(origin);
    },
  };
}

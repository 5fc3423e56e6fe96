/** Ids of the frontend's own databases. */
const idOfOwn: Readonly<Record<string, number>> = { information_schema: 1, sys: 100 };
const firstId = 10_002;

export interface KnownObject {
  readonly id: number;
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
}

/** The numbers that the frontend gives to databases, tables and partitions, and when they were made. */
export interface Objects {
  /** A database, a table of it, a partition of that. */
  of(...path: readonly string[]): KnownObject;
  /** It is forgotten, and all in it: what is made under its name later is another. */
  dropped(...path: readonly string[]): void;
}

/** @in now: epoch milliseconds */
export function createObjects(now: () => number): Objects {
  const known = new Map<string, KnownObject>();
  let next = firstId;
  const keyOf = (path: readonly string[]) => path.join('\0');
  const add = (path: readonly string[]): KnownObject => {
    const own = path.length === 1 ? idOfOwn[path[0] ?? ''] : undefined;
    const object = { id: own ?? next++, createdAtMs: now() };
    known.set(keyOf(path), object);
    return object;
  };
  return {
    of: (...path) => known.get(keyOf(path)) ?? add(path),
    dropped(...path) {
      const key = keyOf(path);
      for (const each of [...known.keys()]) if (each === key || each.startsWith(`${key}\0`)) known.delete(each);
    },
  };
}

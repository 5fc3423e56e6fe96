import { afterAll, beforeAll } from 'vitest';
import { type StorageWorld, storageWorld } from './starrocks-storage-world.ts';

export let world: StorageWorld;

export const people = "(id INT NOT NULL, name VARCHAR(5) NULL DEFAULT 'anon', score INT NULL) DUPLICATE KEY(id)";
export const lines = { format: 'json' };
export const array = { format: 'json', strip_outer_array: 'true' };

export async function loaded(ddl: string, headers: Record<string, string>, ...bodies: (string | Buffer)[]) {
  const table = await world.table(ddl);
  const result = await world.load(table, headers, ...bodies);
  return { result, rows: await world.rows(table) };
}

/** One storage for the tests of the file. */
export function useJsonStorage(): void {
  beforeAll(async () => {
    world = await storageWorld();
  });
  afterAll(() => world.close());
}

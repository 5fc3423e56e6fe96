import { afterAll, beforeAll } from 'vitest';
import type { LoadHeaders } from '../../local/starrocks/model.ts';
import { type StorageWorld, storageWorld } from './starrocks-storage-world.ts';

export let world: StorageWorld;

export const primary = "(k INT NOT NULL, v INT NULL, w VARCHAR(9) NOT NULL DEFAULT 'none') PRIMARY KEY(k)";
export const csv = { column_separator: ',' };
export const json = { format: 'json' };

/** The rows of a new table after loads, one after the other. */
export async function rowsAfter(ddl: string, ...loads: [headers: LoadHeaders, body: string][]): Promise<unknown[][]> {
  const table = await world.table(ddl);
  for (const [headers, body] of loads) {
    const result = await world.load(table, headers, body);
    if ('message' in result) throw new Error(result.message);
  }
  return world.rows(table);
}

/** One storage for the tests of the file. */
export function usePublishStorage(): void {
  beforeAll(async () => {
    world = await storageWorld();
  });
  afterAll(() => world.close());
}

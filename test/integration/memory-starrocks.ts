import { type LoadServerOptions, type LoadServers, startLoadServers } from '../../local/starrocks/load-servers.ts';
import type { Target } from '../contract/calls.ts';
import { basic } from '../contract/http-client.ts';
import { createMemoryStorage, type MemoryStorage } from './memory-storage.ts';

/** The HTTP side of the stand-in over rows in memory, with the tables of the contract in a database named shop. */
export interface MemoryStarRocks extends Target {
  readonly standIn: LoadServers;
  readonly storage: MemoryStorage;
}

export async function openMemoryStarRocks(options: LoadServerOptions = {}): Promise<MemoryStarRocks> {
  const storage = createMemoryStorage();
  const database = 'shop';
  storage.createTable(database, 'items', { id: 'INT', name: 'VARCHAR' });
  storage.createTable(database, 'strict', { id: 'INT', name: 'VARCHAR', amount: 'INT' });
  const standIn = await startLoadServers(storage, options);
  return {
    fe: standIn.feUrl,
    database,
    authorization: basic('root', ''),
    standIn,
    storage,
    rows: async (table) => storage.rows(database, table).map((row) => Object.values(row).join(',')),
    close: () => standIn.close(),
  };
}

import type { CredentialSource } from '../aws/credentials.ts';
import type { Clock } from '../kit/clock.ts';
import { tableKey } from '../rows/destination.ts';
import { readTable, type TableSchema } from './schema.ts';

const maxAgeMs = 5 * 60_000;

/** The schema of a table; undefined when no jdbc-url is given. */
export type SchemaOf = (table: {
  readonly database: string;
  readonly table: string;
}) => Promise<TableSchema | undefined>;

/** Reads each table once in five minutes; a failure is not kept. */
export function createSchemaCache(
  jdbcUrl: string | undefined,
  credentials: Pick<CredentialSource, 'read'>,
  timeoutMs: number,
  clock: Pick<Clock, 'now'>,
): SchemaOf {
  const cache = new Map<string, { readonly schema: Promise<TableSchema>; readonly atMs: number }>();
  return async ({ database, table }) => {
    if (jdbcUrl === undefined) return undefined;
    const key = tableKey({ database, table });
    const cached = cache.get(key);
    if (cached && clock.now() - cached.atMs <= maxAgeMs) return cached.schema;
    const schema = credentials
      .read()
      .then(({ username, password }) => readTable(jdbcUrl, username, password, database, table, timeoutMs));
    schema.catch(() => cache.delete(key));
    cache.set(key, { schema, atMs: clock.now() });
    return schema;
  };
}

import type { CredentialSource } from '../aws/credentials.ts';
import type { Clock } from '../kit/clock.ts';
import { SinkError } from '../kit/errors.ts';
import { limiter } from '../kit/limiter.ts';
import type { TableId } from '../ports.ts';
import { tableKey } from '../rows/destination.ts';
import { createHostMemory } from './hosts.ts';
import { defaultStatementTimeoutMs, queryHosts } from './query-port.ts';
import { readTable, type TableSchema } from './schema.ts';

const longestAgeMs = 5 * 60_000;
/** A failure meets everyone who asks so soon, or thousands of messages would each wait for the same. */
const failureMs = 5000;
/** A frontend has few connections, and an event may hold a thousand tables. */
const parallelReads = 4;

/**
 * The schema of a table; undefined when no jdbc-url is given.
 *
 * @in  maxAgeMs: how old it may be; five minutes unless told, and read anew when negative; deadlineMs: epoch milliseconds at which nothing is waited for any more
 */
export type SchemaOf = (
  table: { readonly database: string; readonly table: string },
  maxAgeMs?: number,
  deadlineMs?: number,
) => Promise<TableSchema | undefined>;

interface Cached {
  readonly schema: Promise<TableSchema>;
  readonly atMs: number;
  untilMs: number;
  isFailed: boolean;
}

/**
 * Reads each table once in five minutes, a few at a time. A failure is kept for seconds; that no frontend can be reached is
 * kept for all tables.
 *
 * @in meanwhile: called each time that StarRocks is waited for
 */
export function createSchemaCache(
  jdbcUrl: string | undefined,
  credentials: Pick<CredentialSource, 'read'>,
  timeoutMs: number,
  clock: Pick<Clock, 'now' | 'random'>,
  meanwhile?: () => void,
): SchemaOf {
  if (jdbcUrl === undefined) return async () => undefined;
  const cache = new Map<string, Cached>();
  const inTurn = limiter(parallelReads);
  const memory = createHostMemory(queryHosts(jdbcUrl), clock);
  let outage: { readonly error: SinkError; readonly untilMs: number } | undefined;
  const read = async ({ database, table }: TableId, deadlineMs: number): Promise<TableSchema> => {
    if (outage !== undefined && clock.now() < outage.untilMs) throw outage.error;
    const { username, password } = await credentials.read(deadlineMs);
    const leftMs = deadlineMs - clock.now();
    if (leftMs < 1) throw new SinkError('DEADLINE_NEAR', `The schema of ${database}.${table} was not asked for.`);
    const limits = {
      timeoutMs: Math.min(timeoutMs, leftMs),
      statementTimeoutMs: Math.min(defaultStatementTimeoutMs, leftMs),
    };
    try {
      return await readTable({ jdbcUrl, user: username, password, memory, ...limits }, database, table, meanwhile);
    } catch (error) {
      if (error instanceof SinkError && error.code === 'STARROCKS_UNREACHABLE') {
        outage = { error, untilMs: clock.now() + failureMs };
      }
      throw error;
    }
  };
  return async (table, maxAgeMs = longestAgeMs, deadlineMs = Number.POSITIVE_INFINITY) => {
    const key = tableKey(table);
    const found = cache.get(key);
    const now = clock.now();
    if (found && maxAgeMs >= 0 && now <= found.untilMs && (found.isFailed || now - found.atMs <= maxAgeMs))
      return found.schema;
    const schema = inTurn(() => read(table, deadlineMs));
    const made: Cached = { schema, atMs: now, untilMs: now + longestAgeMs, isFailed: false };
    schema.catch(() => Object.assign(made, { isFailed: true, untilMs: clock.now() + failureMs }));
    cache.set(key, made);
    return made.schema;
  };
}

import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, createConnection } from 'mysql2/promise';
import { seededRandom } from '../../local/aws/seeded-random.ts';
import type { DatabaseServer } from '../../local/mysql/database-server.ts';
import { kindOf, nameOf, rowsOf, type Shard, shards, sourceTables, triggers } from './shards.ts';

export type Account = Pick<DatabaseServer, 'host' | 'port' | 'user' | 'password'>;

export const openSource = ({ host, port, user, password }: Account): Promise<Connection> =>
  createConnection({ host, port, user, password, multipleStatements: true, dateStrings: true });

const rowsAtATime = 1000;

/** Makes the tables of the source and fills them. */
export async function fill(account: Account, rowsOfShard: number): Promise<void> {
  await using connection = await openSource(account);
  for (const statement of sourceTables) await connection.query(statement);
  for (const shard of shards) {
    for (let row = 0; row < rowsOfShard; row += rowsAtATime) {
      const count = Math.min(rowsAtATime, rowsOfShard - row);
      await connection.query(`INSERT INTO ${nameOf(shard)} VALUES ${rowsOf(shard, row, count, 0)}`);
    }
  }
  for (const statement of triggers) await connection.query(statement);
}

export interface Writers {
  /** Transactions that were committed, as far as their answers came. */
  stop(): Promise<number>;
}

const writers = 3;
const longestPauseMs = 120;
const mostRows = 8;
/** Of a statement that is large; two of them are one transaction. */
const largeRows = 5000;

/**
 * Writes transactions over several tables until it is stopped: inserts, updates, moves of keys, deletes, rows that go and come back,
 * some large, some rolled back. What a restart of the server ends is left as the server has it.
 */
export function startWriters(account: Account, { rowsOfShard, seed }: { rowsOfShard: number; seed: number }): Writers {
  const next = new Map(shards.map((shard) => [shard, rowsOfShard]));
  const isOver = new AbortController();
  const write = async (random: () => number): Promise<number> => {
    let [connection, committed]: [Connection | undefined, number] = [undefined, 0];
    while (!isOver.signal.aborted) {
      try {
        connection ??= await connect(account);
        await connection.query(transaction(random, next));
        committed += 1;
        await delay(random() * longestPauseMs, undefined, { signal: isOver.signal }).catch(() => undefined);
      } catch (error) {
        if (!isExpected(error)) throw error;
        connection?.destroy();
        connection = undefined;
        await delay(200);
      }
    }
    await connection?.end();
    return committed;
  };
  const writing = Promise.all(Array.from({ length: writers }, (_, at) => write(seededRandom(seed * writers + at))));
  // It is looked at when they are stopped.
  writing.catch(() => undefined);
  return {
    async stop() {
      isOver.abort();
      return (await writing).reduce((sum, committed) => sum + committed, 0);
    },
  };
}

async function connect(account: Account): Promise<Connection> {
  const connection = await openSource(account);
  connection.on('error', () => undefined);
  return connection;
}

/** Two writers wait for each other, or the server is away. */
const isExpected = (error: unknown): boolean =>
  error instanceof Error &&
  (('fatal' in error && error.fatal === true) ||
    ('code' in error && /^(ER_LOCK|PROTOCOL_|ECONN|EPIPE)/.test(String(error.code))));

function transaction(random: () => number, next: Map<Shard, number>): string {
  const drawn = random();
  const statements =
    drawn < 0.002
      ? [large(random), large(random)]
      : Array.from({ length: 1 + Math.floor(random() * 5) }, () => statement(random, next));
  return ['BEGIN', ...statements, drawn > 0.93 ? 'ROLLBACK' : 'COMMIT'].join('; ');
}

const pick = <T>(items: readonly T[], random: () => number): T => items[Math.floor(random() * items.length)] as T;

const large = (random: () => number) => `UPDATE ${nameOf(pick(shards, random))} SET v = v + 1 LIMIT ${largeRows}`;

function statement(random: () => number, next: Map<Shard, number>): string {
  const shard = pick(shards, random);
  const { where, move } = kindOf(shard);
  const [name, count, drawn] = [nameOf(shard), 1 + Math.floor(random() * mostRows), random()];
  const known = next.get(shard) ?? 0;
  const row = Math.floor(random() * known);
  const fresh = (rows: number) => {
    next.set(shard, known + rows);
    return known;
  };
  const these = where(shard, row, count);
  if (drawn < 0.3) return `INSERT INTO ${name} VALUES ${rowsOf(shard, fresh(count), count, 1)}`;
  if (drawn < 0.6) return `UPDATE ${name} SET v = v + 1, amount = amount / 3 WHERE ${these}`;
  if (drawn < 0.75) return `UPDATE ${name} SET v = v + 1, ${move(shard, row, fresh(mostRows))}`;
  if (drawn < 0.9) return `DELETE FROM ${name} WHERE ${these}`;
  // A row that goes and comes back at once.
  const again = fresh(1);
  const values = rowsOf(shard, again, 1, 2);
  return `INSERT INTO ${name} VALUES ${values}; DELETE FROM ${name} WHERE ${where(shard, again, 1)}; INSERT INTO ${name} VALUES ${values}`;
}

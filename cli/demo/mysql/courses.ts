/** The example of the document: courses in two databases of two tables each, filled, and changed while somebody watches. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, createConnection } from 'mysql2/promise';
import type { DatabaseServer } from '../../../local/mysql/database-server.ts';

const databases = ['edu_db_1', 'edu_db_2'] as const;
export const shards = databases.flatMap((database) => [`${database}.course_1`, `${database}.course_2`]);
export const target = 'edu_db__auto_shard.course__auto_shard';
const rowsAtATime = 1000;

export const openServer = ({ host, port, user, password }: DatabaseServer): Promise<Connection> =>
  createConnection({ host, port, user, password, multipleStatements: true });

/** Ids are different in all of them. */
const idOf = (row: number, shard: number) => row * shards.length + shard;

export async function fillCourses(connection: Connection, rowsOfShard: number): Promise<void> {
  for (const database of databases) await connection.query(`CREATE DATABASE ${database} CHARACTER SET utf8mb4`);
  for (const [at, shard] of shards.entries()) {
    await connection.query(
      `CREATE TABLE ${shard} (id INT NOT NULL PRIMARY KEY, title VARCHAR(80), price DECIMAL(10, 2), seats INT)`,
    );
    for (let row = 0; row < rowsOfShard; row += rowsAtATime) {
      const rows = Array.from({ length: Math.min(rowsAtATime, rowsOfShard - row) }, (_, next) => [
        ...[idOf(row + next, at), `Course ${row + next} of ${shard}`, (row + next) / 4, 30],
      ]);
      await connection.query(`INSERT INTO ${shard} VALUES ?`, [rows]);
    }
  }
}

export interface Changes {
  /** Rows that were changed so far. */
  readonly count: number;
  stop(): Promise<void>;
}

const pauseMs = 50;
const farAway = 100_000_000;

/** Inserts, updates, deletes and gives keys away, in transactions over all four tables, until it is stopped. */
export function changeCourses(connection: Connection, rowsOfShard: number): Changes {
  let [count, isOver] = [0, false];
  const change = async () => {
    for (let round = 0; !isOver; round++) {
      const row = round % rowsOfShard;
      const statements = shards.flatMap((shard, at) => [
        `INSERT INTO ${shard} VALUES (${idOf(rowsOfShard + round, at)}, 'New course ${round}', 9.90, 30)`,
        `UPDATE ${shard} SET seats = seats - 1 WHERE id = ${idOf((round * 7) % rowsOfShard, at)}`,
        round % 10 === 0
          ? `UPDATE ${shard} SET id = id + ${farAway} WHERE id = ${idOf(row, at)}`
          : `DELETE FROM ${shard} WHERE id = ${idOf(row, at)}`,
      ]);
      await connection.query(['BEGIN', ...statements, 'COMMIT'].join('; '));
      count += statements.length;
      await delay(pauseMs);
    }
  };
  const changing = change();
  // It is looked at when it is stopped.
  changing.catch(() => undefined);
  return {
    get count() {
      return count;
    },
    async stop() {
      isOver = true;
      await changing;
    },
  };
}

const columns = ['id', 'title', 'CAST(price AS CHAR)', 'seats'].join(', ');
export const inSource = shards.map((shard) => `SELECT ${columns} FROM ${shard}`).join(' UNION ALL ');
export const inTarget = `SELECT ${columns} FROM ${target}`;

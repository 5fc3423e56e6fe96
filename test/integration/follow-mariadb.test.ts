import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DatabaseServer } from '../../local/mysql/database-server.ts';
import { startFollowable } from '../../local/mysql/followable.ts';
import { openFollowStack } from './follow-stack.ts';

const start = await startFollowable.mariadb();

const shards = ['edu_db_1.course_1', 'edu_db_1.course_2', 'edu_db_2.course_1', 'edu_db_2.course_2'];
const source = { database: '^edu_db_\\d+$', table: '^course_\\d+$' };
const cells = [
  { name: 'id', type: 'BIGINT' },
  { name: 'title', type: 'VARCHAR(240)' },
  { name: 'price', type: 'DECIMAL(20, 4)' },
];
const told = [
  { name: 'op', type: 'VARCHAR(10)', sourceType: '@operation' },
  { name: 'place', type: 'VARCHAR(100)', sourceType: '@position' },
];
const routes = [{ source, database: 'edu', table: 'course__auto_shard', primaryKey: ['id'], columns: cells }];
const histories = [
  { source, database: 'edu', table: 'changes', mode: 'history' as const, columns: [...cells, ...told] },
];
const tables = [
  'CREATE DATABASE edu',
  `CREATE TABLE edu.course__auto_shard (id BIGINT NOT NULL, title VARCHAR(240), price DECIMAL(20, 4))
   PRIMARY KEY(id) DISTRIBUTED BY HASH(id)`,
  `CREATE TABLE edu.changes (id BIGINT NOT NULL, title VARCHAR(240), price DECIMAL(20, 4), op VARCHAR(10), place VARCHAR(100))
   DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)`,
];
const rowsPerShard = 500;

type World = Awaited<ReturnType<typeof openFollowStack>>;
let world: World;
let server: DatabaseServer;

beforeAll(async () => {
  if (!('server' in start)) return;
  server = start.server;
  for (const database of ['edu_db_1', 'edu_db_2']) await server.connection.query(`CREATE DATABASE ${database}`);
  for (const [at, shard] of shards.entries()) {
    await server.connection.query(
      `USE edu_db_1; CREATE TABLE ${shard} (id BIGINT PRIMARY KEY, title VARCHAR(60), price DECIMAL(20, 4));
       INSERT INTO ${shard} SELECT seq * 10 + ${at}, CONCAT('course ', seq), seq / 3 FROM seq_1_to_${rowsPerShard}`,
    );
  }
  world = await openFollowStack(server, tables);
});
afterAll(async () => {
  await world?.close();
  if ('server' in start) await start.server.stop();
});

/** Changes of every kind, in every shard; some in one transaction over several of them. */
async function change(round: number): Promise<void> {
  const each = (statement: (shard: string) => string) => shards.map(statement).join(';');
  await server.connection.query(
    `${each((shard) => `UPDATE ${shard} SET title = CONCAT(title, '!') WHERE id % 3 = ${round % 3}`)};
     BEGIN; ${each((shard) => `DELETE FROM ${shard} WHERE id % 7 = ${round % 7}`)}; COMMIT;
     BEGIN; ${each((shard) => `UPDATE ${shard} SET id = id + 100000 WHERE id % 11 = ${round % 11}`)}; COMMIT;
     BEGIN; ${each((shard) => `DELETE FROM ${shard} WHERE id % 2 = 0`)}; ROLLBACK`,
  );
}

const columns = 'id, title, CAST(price AS CHAR) price';
const inSource = `${shards.map((shard) => `SELECT ${columns} FROM ${shard}`).join(' UNION ALL ')} ORDER BY id`;

it.skipIf('missing' in start)(
  'mirrors the shards of a table in one, whatever happens while they are copied',
  async () => {
    const follower = world.start('mirror', routes);
    for (let round = 0; round < 5; round++) await change(round);
    await world.untilSame(
      server.connection,
      inSource,
      `SELECT ${columns} FROM edu.course__auto_shard ORDER BY id`,
      follower,
    );
    // More of them, behind the snapshot.
    for (let round = 5; round < 10; round++) await change(round);
    await world.untilSame(
      server.connection,
      inSource,
      `SELECT ${columns} FROM edu.course__auto_shard ORDER BY id`,
      follower,
    );
    await follower.stop();
  },
);

it.skipIf('missing' in start)(
  'keeps each change once, in a history, when followers take over from each other',
  async () => {
    const counted = shards.map((shard) => `SELECT COUNT(*) n FROM ${shard}`).join(' UNION ALL ');
    const [before] = await world.rowsOf(server.connection, `SELECT SUM(n) n FROM (${counted}) t`);
    const first = world.start('history', histories);
    await world.until(
      async () => (await world.countOf("edu.changes WHERE op = 'snapshot'")) === Number(before?.['n']),
      first,
    );
    let [changes, follower] = [0, first];
    for (let round = 0; round < 4; round++) {
      await server.connection.query(`UPDATE ${shards[0]} SET title = 'round ${round}'`);
      changes += (await world.rowsOf(server.connection, `SELECT id FROM ${shards[0]}`)).length;
      // One is stopped in the middle of whatever it does, and another goes on.
      await follower.stop();
      follower = world.start('history', histories);
    }
    await world.until(async () => (await world.countOf("edu.changes WHERE op = 'update'")) >= changes, follower);
    await follower.stop();
    await world.stack.idle();
    const rows = await world.rowsOf(
      world.sql,
      "SELECT COUNT(*) n, COUNT(DISTINCT place) places FROM edu.changes WHERE op = 'update'",
    );
    expect(rows).toEqual([{ n: changes, places: changes }]);
    const titles = await world.rowsOf(
      world.sql,
      "SELECT title FROM edu.changes WHERE op = 'update' AND id = (SELECT MIN(id) FROM edu.changes WHERE op = 'update')",
    );
    expect(titles.map(({ title }) => title)).toEqual([0, 1, 2, 3].map((round) => `round ${round}`));
  },
);

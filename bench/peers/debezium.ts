import type { Connection, RowDataPacket } from 'mysql2/promise';
import { startFollowable } from '../../local/mysql/followable.ts';
import { runInProcess } from '../child.ts';
import type { FollowSpent } from '../follow-process.ts';
import { formatCount, formatMegabytes, type Line } from '../lines.ts';
import { ratioOf, turnsOf } from '../measure.ts';
import { memoryPoint } from './contender.ts';
import { compile, type Peer, type PeerSpent } from './jvm.ts';

const turns = 5;
const warmUps = 2;
const rowsOfTurn = 200_000;
const probeEveryMs = 500;

/** Changes of a MySQL as JSON text: Debezium's engine, warm in one process, and this project's follower, in a new process each turn. */
export async function benchDebezium(): Promise<readonly Line[]> {
  await using program = await compile({ module: 'debezium', name: 'Follow' });
  const started = await startFollowable.mysql();
  if (!('server' in started)) throw new Error(started.missing);
  const { server } = started;
  try {
    await prepare(server.connection);
    await using peer = program.start([String(server.port), server.user, server.password]);
    await untilItFollows(peer, server.connection);
    const [theirs, ours]: [PeerSpent[], PeerSpent[]] = [[], []];
    for (let turn = -warmUps; turn < turns; turn++) {
      const from = await position(server.connection);
      const reading = peer.run(String(rowsOfTurn));
      await writeRows(server.connection);
      const read = await reading;
      const followed = await followFrom(server.port, from);
      if (turn < 0) continue;
      theirs.push(read);
      ours.push(followed);
    }
    const [their, our] = [turnsOf(theirs), turnsOf(ours)];
    const perSecond = (cpuMs: number) => (rowsOfTurn * 1000) / cpuMs;
    const peakOf = (all: readonly PeerSpent[]) => Math.max(...all.map(({ peakBytes }) => peakBytes));
    const peak = (all: readonly PeerSpent[]) => formatMegabytes(peakOf(all));
    const series = 'rows per CPU second';
    return [
      {
        what: 'binlog of MySQL → JSON text, rows per CPU second',
        measured: `${formatCount(perSecond(our.cpuMs))} rows/s, ${peak(ours)} resident`,
        against: `${formatCount(perSecond(their.cpuMs))} rows/s, ${peak(theirs)}: Debezium’s engine, without schemas`,
        ...ratioOf(their, our, 'cpuMs'),
        target: { atLeast: 1 },
        points: [
          { plot: 'peers', series, x: 'this sink, binlog', y: Math.round(perSecond(our.cpuMs)) },
          { plot: 'peers', series, x: 'Debezium’s engine, binlog', y: Math.round(perSecond(their.cpuMs)) },
          memoryPoint('this sink, binlog', peakOf(ours)),
          memoryPoint('Debezium’s engine, binlog', peakOf(theirs)),
        ],
      },
    ];
  } finally {
    await server.stop();
  }
}

async function prepare(connection: Connection): Promise<void> {
  await connection.query('CREATE DATABASE bench; USE bench; CREATE TABLE probe (id INT PRIMARY KEY AUTO_INCREMENT)');
  await connection.query(`CREATE TABLE orders (order_id BIGINT PRIMARY KEY AUTO_INCREMENT, customer VARCHAR(64), city VARCHAR(64),
    amount DECIMAL(10, 2), status VARCHAR(16), created_at DATETIME, note VARCHAR(400))`);
  await connection.query('SET SESSION cte_max_recursion_depth = 1000000');
}

/** Debezium begins at some moment after its start: what is written until then it does not see. */
async function untilItFollows(peer: Peer, connection: Connection): Promise<void> {
  let follows = false;
  const first = peer.run('0').then(() => {
    follows = true;
  });
  while (!follows) {
    await connection.query('INSERT INTO probe () VALUES ()');
    await Promise.race([first, new Promise((done) => setTimeout(done, probeEveryMs))]);
  }
}

/** In transactions of 10,000. */
async function writeRows(connection: Connection): Promise<void> {
  for (let left = rowsOfTurn; left > 0; left -= 10_000)
    await connection.query(`INSERT INTO orders (customer, city, amount, status, created_at, note)
      WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10000)
      SELECT CONCAT('customer-', LPAD(n, 6, '0')), 'Rotterdam', n / 100, 'paid', '2026-01-01 00:00:00' + INTERVAL n SECOND,
      'left with the neighbours on the second floor' FROM numbers`);
}

async function position(connection: Connection): Promise<string> {
  const [[row]] = await connection.query<RowDataPacket[]>('SELECT @@GLOBAL.gtid_executed AS gtid');
  return String(row?.['gtid']).replaceAll('\n', '');
}

async function followFrom(port: number, gtid: string): Promise<PeerSpent> {
  const module = new URL('../follow-process.ts', import.meta.url);
  const spent = await runInProcess<FollowSpent>(module, ['binlog', String(port), gtid, String(rowsOfTurn)]);
  return {
    cpuMs: (rowsOfTurn * 1000) / spent.rowsPerCpuSecond,
    wallMs: (rowsOfTurn * 1000) / spent.rowsPerSecond,
    peakBytes: spent.peakBytes,
  };
}

import type { Connection, RowDataPacket } from 'mysql2/promise';
import { startFollowable } from '../local/mysql/followable.ts';
import { runInProcess } from './child.ts';
import type { FollowSide, FollowSpent } from './follow-process.ts';
import { measureVisible } from './follow-visible.ts';
import { formatCount, formatMegabytes, formatMs, type Line } from './lines.ts';
import { median } from './measure.ts';

const turns = 5;
const wideRows = 300_000;
const narrowRows = 300_000;
const hugeRows = 500_000;

/** Following a real MariaDB: the binlog against the library that reads it, the snapshot against plain SELECTs, memory, and time. */
export async function benchFollow(): Promise<readonly Line[]> {
  const started = await startFollowable.mariadb([
    '--innodb-flush-log-at-trx-commit=0',
    '--innodb-buffer-pool-size=256M',
  ]);
  if (!('server' in started)) throw new Error(started.missing);
  const { server } = started;
  try {
    const mixed = await writeMixed(server.connection);
    const side = (name: FollowSide, from: string, rows: number) => () =>
      runInProcess<FollowSpent>(new URL('./follow-process.ts', import.meta.url), [
        name,
        String(server.port),
        from,
        String(rows),
      ]);
    const [library, binlog] = await byTurns(
      side('library', mixed.from, mixed.rows),
      side('binlog', mixed.from, mixed.rows),
    );
    const [selects, snapshot] = await byTurns(side('selects', '', wideRows), side('snapshot', '', wideRows));
    const huge = await writeHuge(server.connection);
    const { peakBytes } = await side('binlog', huge, hugeRows)();
    const { p50, p99, perSecond } = await measureVisible(server);
    const visible = (which: string, ms: number, limitMs: number): Line => ({
      what: `commit → visible, ${which}, at ${formatCount(perSecond)} rows/s`,
      ...{
        measured: formatMs(ms),
        against: `${formatMs(limitMs)}: allowed`,
        ratio: ms / limitMs,
        target: { below: 1 },
      },
    });
    return [
      visible('p50', p50, 1000),
      visible('p99', p99, 3000),
      speed('binlog → rows as JSON text', binlog, 'the library, counting', library, 0.6),
      speed('snapshot → rows as JSON text', snapshot, 'plain SELECTs by key ranges', selects, 0.7),
      {
        what: `peak memory, one transaction of ${formatCount(hugeRows)} rows`,
        measured: formatMegabytes(peakBytes),
        against: '256 MB',
        ratio: peakBytes / 2 ** 28,
        target: { below: 1 },
      },
    ];
  } finally {
    await server.stop();
  }
}

type Run = () => Promise<FollowSpent>;

/** Alternating, so that what else the machine does meets both. */
async function byTurns(a: Run, b: Run): Promise<readonly [readonly FollowSpent[], readonly FollowSpent[]]> {
  const spent: [FollowSpent[], FollowSpent[]] = [[], []];
  for (let turn = 0; turn < turns; turn++) {
    spent[0].push(await a());
    spent[1].push(await b());
  }
  return spent;
}

/** Held against each other by CPU time: what else runs on the machine counts less. */
function speed(
  what: string,
  ours: readonly FollowSpent[],
  against: string,
  theirs: readonly FollowSpent[],
  atLeast: number,
): Line {
  const [mine, others] = [ours, theirs].map((all) => median(all.map(({ rowsPerCpuSecond }) => rowsPerCpuSecond)));
  const perSecond = formatCount(median(ours.map(({ rowsPerSecond }) => rowsPerSecond)));
  return {
    what,
    measured: `${formatCount(mine ?? 0)} rows per CPU s (${perSecond} rows/s)`,
    against: `${formatCount(others ?? 0)} rows per CPU s: ${against}`,
    ratio: (mine ?? 0) / (others ?? 1),
    target: { atLeast },
  };
}

async function writeMixed(connection: Connection): Promise<{ readonly from: string; readonly rows: number }> {
  await connection.query('CREATE DATABASE bench; USE bench');
  await connection.query(`CREATE TABLE wide (id BIGINT UNSIGNED PRIMARY KEY, name VARCHAR(60), amount DECIMAL(12,2), kind ENUM('a','b','c'),
    score DOUBLE, at DATETIME(3), day DATE, note TEXT, flags INT UNSIGNED, small TINYINT, code CHAR(8) CHARACTER SET latin1)`);
  await connection.query('CREATE TABLE narrow (id INT PRIMARY KEY, v INT)');
  const from = await position(connection);
  for (let first = 1; first <= wideRows; first += 10_000) {
    await connection.query(`INSERT INTO wide SELECT seq, CONCAT('name of ', seq), seq / 7, 1 + seq % 3, seq / 3,
      '2026-01-01 00:00:00' + INTERVAL seq SECOND, '2026-01-01', REPEAT('text ', seq % 20), seq, seq % 100, HEX(seq)
      FROM seq_${first}_to_${first + 9999}`);
  }
  for (let first = 1; first <= narrowRows / 3; first += 10_000) {
    const ids = `id BETWEEN ${first} AND ${first + 9999}`;
    await connection.query(`INSERT INTO narrow SELECT seq, seq FROM seq_${first}_to_${first + 9999}`);
    await connection.query(`UPDATE narrow SET v = v + 1 WHERE ${ids}; DELETE FROM narrow WHERE ${ids}`);
  }
  return { from, rows: wideRows + narrowRows };
}

/** One transaction, and where it begins. */
async function writeHuge(connection: Connection): Promise<string> {
  const from = await position(connection);
  await connection.query(`CREATE TABLE huge (id INT PRIMARY KEY, a VARCHAR(100), b INT)`);
  await connection.query(`INSERT INTO huge SELECT seq, REPEAT('x', 100), seq FROM seq_1_to_${hugeRows}`);
  return from;
}

async function position(connection: Connection): Promise<string> {
  const [[row]] = await connection.query<RowDataPacket[]>('SELECT @@GLOBAL.gtid_binlog_pos AS gtid');
  return String(row?.['gtid']);
}

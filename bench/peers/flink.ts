import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { startStarRocks } from '../../local/starrocks/server.ts';
import { eventOf } from '../events.ts';
import { formatCount, formatMegabytes, type Line } from '../lines.ts';
import { ratioOf, type Spent, type Turns, turnsOf } from '../measure.ts';
import { type NullSink, startNullSink } from '../sink-process.ts';
import { memoryPoint } from './contender.ts';
import { type Compiled, compile, type PeerSpent } from './jvm.ts';
import { startOurs } from './ours.ts';

const turns = 3;
const warmUps = 1;
const rowsOfTurn = 1_000_000;
/** Rows of the job have 180 to 200 bytes. */
const leastBytesPerRow = 170;

const table = `CREATE TABLE bench.orders (order_id BIGINT, customer VARCHAR(64), city VARCHAR(64), amount DECIMAL(10, 2),
  status VARCHAR(16), created_at VARCHAR(32), note VARCHAR(400)) DUPLICATE KEY(order_id)`;

/** Rows through flink-connector-starrocks in a cluster of one process, the same job without its sink, and the ingest function. */
export async function benchFlink(): Promise<readonly Line[]> {
  await using cleanup = new AsyncDisposableStack();
  const flink = cleanup.use(await compile({ module: 'flink', name: 'FlinkJob', options: opened }));
  // Tells the connector what columns the table has: no row goes there.
  const tables = await startStarRocks();
  cleanup.defer(() => tables.close());
  const sql = await createConnection({ host: '127.0.0.1', port: tables.queryPort, user: 'root' });
  await sql.query('CREATE DATABASE bench');
  await sql.query(table);
  await sql.end();
  const event = await eventOf('packed JSON');
  const sink = cleanup.use(await startNullSink({ rows: event.rows.length }));
  const job = await startJob(flink, cleanup, sink, tables.queryPort);
  const [withSink, without] = [job('starrocks'), job('blackhole')];
  const ours = cleanup.use(await startOurs(sink, 'packed JSON', event));
  const events = Math.round(rowsOfTurn / event.rows.length);
  const took: [PeerSpent[], PeerSpent[], PeerSpent[]] = [[], [], []];
  for (let turn = 0; turn < warmUps + turns; turn++) {
    const before = await sink.taken();
    took[0].push(await withSink.run(String(rowsOfTurn)));
    const bytes = (await sink.taken()).bytes - before.bytes;
    const perRow = bytes / rowsOfTurn;
    if (perRow < leastBytesPerRow || perRow > 201)
      throw new Error(`The null sink took ${perRow} bytes a row from Flink.`);
    took[1].push(await without.run(String(rowsOfTurn)));
    took[2].push(await ours.run(String(events)));
  }
  const [all, made, our] = took.map((spent) => turnsOf(spent.slice(warmUps)));
  if (all === undefined || made === undefined || our === undefined) throw new Error('Nothing was measured.');
  const peaks = took.map((spent) => Math.max(...spent.map(({ peakBytes }) => peakBytes)));
  return linesOf({ all, made, ours: scaled(our, rowsOfTurn / (events * event.rows.length)) }, peaks);
}

/** Flink looks into classes of Java that are closed unless said so. */
const opened = ['java.util', 'java.lang', 'java.nio', 'java.net'].flatMap((name) => [
  '--add-opens',
  `java.base/${name}=ALL-UNNAMED`,
]);

async function startJob(flink: Compiled, cleanup: AsyncDisposableStack, sink: NullSink, queryPort: number) {
  const folder = cleanup.use(await mkdtempDisposable(join(tmpdir(), 'bench-flink-')));
  const [frontend, query] = [sink.frontend.replace('http://', ''), `127.0.0.1:${queryPort}`];
  return (into: 'starrocks' | 'blackhole') =>
    cleanup.use(flink.start([into, frontend, query, join(folder.path, into)]));
}

function scaled({ turns: all }: Turns, factor: number): Turns {
  return turnsOf(all.map(({ wallMs, cpuMs }) => ({ wallMs: wallMs * factor, cpuMs: cpuMs * factor })));
}

function linesOf(
  { all, made, ours }: Readonly<Record<'all' | 'made' | 'ours', Turns>>,
  peaks: readonly number[],
): Line[] {
  const less = (turn: Spent, other: Spent | undefined): Spent => ({
    wallMs: turn.wallMs - (other?.wallMs ?? 0),
    cpuMs: turn.cpuMs - (other?.cpuMs ?? 0),
  });
  const share = turnsOf(all.turns.map((turn, at) => less(turn, made.turns[at])));
  const perSecond = ({ cpuMs }: Spent) => (rowsOfTurn * 1000) / cpuMs;
  const [theirPeak = 0, , ourPeak = 0] = peaks;
  const measured = `${formatCount(perSecond(ours))} rows/s, ${formatMegabytes(ourPeak)} resident`;
  const series = 'rows per CPU second';
  const name = 'flink-connector-starrocks';
  return [
    {
      what: 'rows per CPU second, packed JSON',
      measured,
      against: `${formatCount(perSecond(share))} rows/s: ${name}, the job less the same without sink`,
      ...ratioOf(share, ours, 'cpuMs'),
      target: { atLeast: 2 },
      points: [{ plot: 'peers', series, x: `${name}, its share`, y: Math.round(perSecond(share)) }],
    },
    {
      what: 'rows per CPU second, packed JSON',
      measured,
      against: `${formatCount(perSecond(all))} rows/s, ${formatMegabytes(theirPeak)}: ${name}, the whole job`,
      ...ratioOf(all, ours, 'cpuMs'),
      points: [
        { plot: 'peers', series, x: `${name}, whole job`, y: Math.round(perSecond(all)) },
        memoryPoint(`${name}, whole job`, theirPeak),
      ],
    },
  ];
}

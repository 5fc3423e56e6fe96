import { setTimeout as delay } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { startStack } from '../local/stack.ts';
import { createProducer, type Producer } from '../src/producer/producer.ts';
import { formatCount, formatMs, type Line } from './lines.ts';
import { columns, rowAsJson } from './rows.ts';

const rowsPerSecond = 1000;
const warmUpMs = 3000;
const forMs = 20_000;
const sendEveryMs = 20;
const lookEveryMs = 200;
const askEveryMs = 20;
const allowedMs = { p50: 1500, p99: 2500 };
const windowMs = 1000;
/** Of the producer, whose rows wait 1,000 ms for others unless told. */
const lingerMs = 200;

/** How long rows take from `send` of the producer until a query sees them: all of the local stack, in this process. */
export async function benchVisible(): Promise<readonly Line[]> {
  const telemetry = { event: () => undefined, count: () => undefined };
  await using cleanup = new AsyncDisposableStack();
  const stack = await startStack({
    options: { 'database-name': 'bench', 'table-name': 'orders' },
    ...{ telemetry, windowMs },
  });
  cleanup.defer(() => stack.close());
  const connection = await createConnection({ host: '127.0.0.1', port: stack.starrocks.queryPort, user: 'root' });
  cleanup.defer(() => connection.end());
  await connection.query('CREATE DATABASE bench');
  const types = columns.map((name) => `${name} ${name === 'order_id' ? 'BIGINT' : 'VARCHAR(200)'}`);
  await connection.query(`CREATE TABLE bench.orders (${types}) DUPLICATE KEY(order_id) DISTRIBUTED BY HASH(order_id)`);
  const client = new SQSClient(stack.aws.clientConfig);
  const producer = createProducer({ queueUrl: stack.resources.rowsQueueUrl, client, lingerMs });
  const { sent, lags } = await sendAndLook(producer, connection);
  const { rows } = await producer.close();
  await stack.idle();
  await expectRows(connection, rows);
  const sorted = lags.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  const perSecond = formatCount((sent * 1000) / (warmUpMs + forMs));
  return ([['p50', 0.5] as const, ['p99', 0.99] as const] as const).map(([which, share]) => ({
    what: `send → visible, ${which}, window ${windowMs} ms, linger ${lingerMs} ms, at ${perSecond} rows/s`,
    measured: formatMs(at(share)),
    against: `${formatMs(allowedMs[which])}: allowed`,
    ratio: at(share) / allowedMs[which],
    target: { below: 1 },
  }));
}

/** @out  lags: of the rows that were looked for, the warm-up's not among them */
async function sendAndLook(producer: Producer, connection: Connection) {
  const begunMs = performance.now();
  const looking: Promise<number>[] = [];
  let [sent, nextLookMs] = [0, begunMs + warmUpMs];
  for (let nowMs = begunMs; nowMs < begunMs + warmUpMs + forMs; nowMs = performance.now()) {
    const due = Math.floor(((nowMs - begunMs) * rowsPerSecond) / 1000);
    if (due > sent) {
      const rows = Array.from({ length: due - sent }, (_, next) => rowAsJson(sent + next));
      const sentMs = performance.now();
      await producer.send('orders', rows);
      sent = due;
      const last = rows.at(-1)?.order_id;
      if (nowMs >= nextLookMs && last !== undefined) {
        looking.push(lookFor(last, connection, sentMs));
        nextLookMs += lookEveryMs;
      }
    }
    await delay(sendEveryMs);
  }
  return { sent, lags: await Promise.all(looking) };
}

async function lookFor(id: number | string, connection: Connection, sentMs: number): Promise<number> {
  for (;;) {
    const sql = `SELECT order_id FROM bench.orders WHERE order_id = ${id}`;
    const [found] = await connection.query<RowDataPacket[]>(sql);
    if (found.length > 0) return performance.now() - sentMs;
    await delay(askEveryMs);
  }
}

async function expectRows(connection: Connection, rows: number): Promise<void> {
  const sql = 'SELECT COUNT(*) AS found, COUNT(DISTINCT order_id) AS known FROM bench.orders';
  const [[counted]] = await connection.query<RowDataPacket[]>(sql);
  const [found, known] = [Number(counted?.['found']), Number(counted?.['known'])];
  if (found !== rows || known !== rows) throw new Error(`${found} rows, ${known} different, are there of ${rows}.`);
}

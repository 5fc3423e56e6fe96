import { isDeepStrictEqual } from 'node:util';
import { SQSClient } from '@aws-sdk/client-sqs';
import mysql, { type Connection, type RowDataPacket } from 'mysql2/promise';
import { startStack } from '../../local/stack.ts';
import { createProducer } from '../../src/producer/producer.ts';
import type { Telemetry } from '../../src/telemetry.ts';
import { consoleOf } from '../console/console-of-stack.ts';
import { untilInterrupted } from '../until-interrupted.ts';
import { createBars } from './bars.ts';
import { readAirports, readDepartures, readFlights } from './data.ts';
import { tables } from './tables.ts';

/** What the demo found; the last line of `--json`. */
export interface DemoSummary {
  readonly sent: number;
  readonly loaded: number;
  readonly loads: number;
  readonly rowsPerSecond: number;
  readonly ok: boolean;
}

export interface DemoTerms {
  readonly isQuiet: boolean;
  /** Serves the console's page, and waits for Ctrl-C at the end. */
  readonly hasConsole: boolean;
}

export async function runDemo(semantic: string, { isQuiet, hasConsole }: DemoTerms): Promise<DemoSummary> {
  const [flights, airports, departures] = await Promise.all([readFlights(), readAirports(), readDepartures()]);
  const updated = airports
    .filter(({ iata }) => departures.has(iata))
    .map((airport) => ({ ...airport, departures: departures.get(airport.iata) }));
  const deleted = airports.filter(({ iata }) => !departures.has(iata)).map(({ iata }) => ({ iata }));
  const total = flights.length + airports.length + updated.length + deleted.length;

  const bars = createBars(total, { isQuiet });
  const seen = { loads: 0, rows: 0 };
  const stack = await startStack({
    options: {
      'database-name': 'demo',
      'sink.tables.allow': 'demo.*',
      'sink.label-prefix': 'demo',
      'sink.semantic': semantic,
    },
    telemetry: counting(seen, bars.loaded),
    aws: { disorder: 20, duplicates: 0 },
    windowMs: 1000,
  });
  const connection = await mysql.createConnection({ host: '127.0.0.1', port: stack.starrocks.queryPort, user: 'root' });
  const page = hasConsole ? await consoleOf(stack) : undefined;
  try {
    if (page) console.log(`The console is at ${page.url}`);
    await connection.query('CREATE DATABASE IF NOT EXISTS demo');
    for (const table of tables) await connection.query(table);

    const startedMs = performance.now();
    const client = new SQSClient({ ...stack.aws.clientConfig, maxAttempts: 1 });
    const producer = createProducer({ queueUrl: stack.resources.rowsQueueUrl, client, database: 'demo' });
    const send = async (table: string, rows: readonly object[], op?: 'delete') => {
      for (let at = 0; at < rows.length; at += 2000) {
        const part = rows.slice(at, at + 2000);
        await producer.send(table, part, op ? { op } : {});
        bars.produced(part.length);
      }
    };
    await send('flights', flights);
    await send('airports', airports);
    await producer.flush();
    // A standard queue promises no order, so what changes a row is sent when the row is there.
    await stack.idle();
    await send('airports', updated);
    await send('airports', deleted, 'delete');
    await producer.close();
    await stack.idle();
    const seconds = (performance.now() - startedMs) / 1000;
    bars.stop();

    const ok = await compare(connection, {
      flights: { rows: flights.length, delay: sum(flights, 'delay'), distance: sum(flights, 'distance') },
      airports: { rows: updated.length, departures: sum(updated, 'departures') },
    });
    const summary = {
      sent: total,
      loaded: seen.rows,
      loads: seen.loads,
      rowsPerSecond: Math.round(total / seconds),
      ok: ok && seen.rows === total,
    };
    print(summary, seconds);
    if (page) {
      console.log(`The console stays at ${page.url} until Ctrl-C.`);
      await untilInterrupted();
    }
    return summary;
  } finally {
    bars.stop();
    await page?.close();
    await connection.end();
    await stack.close();
  }
}

function counting(seen: { loads: number; rows: number }, loaded: (rows: number) => void): Telemetry {
  return {
    event: (level, message, fields) => level !== 'info' && console.error(`${level}: ${message}`, fields),
    count(metric, value) {
      if (metric === 'Loads') seen.loads += value;
      if (metric !== 'RowsLoaded') return;
      seen.rows += value;
      loaded(value);
    },
  };
}

const sum = (rows: readonly object[], column: string) =>
  rows.reduce((total, row) => total + Number((row as Record<string, unknown>)[column]), 0);

type Expected = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Asks StarRocks for what should be there: counts and sums of each table, and a sample. */
async function compare(connection: Connection, expected: Expected): Promise<boolean> {
  let isEqual = true;
  for (const [table, values] of Object.entries(expected)) {
    const columns = Object.keys(values).map((name) =>
      name === 'rows' ? 'COUNT(*) AS `rows`' : `SUM(\`${name}\`) AS \`${name}\``,
    );
    const found = await ask(connection, `SELECT ${columns.join(', ')} FROM demo.${table}`);
    const actual = Object.fromEntries(Object.entries(found[0] ?? {}).map(([name, value]) => [name, Number(value)]));
    const isSame = isDeepStrictEqual(actual, { ...values });
    isEqual &&= isSame;
    console.log(`\ndemo.${table}: ${isSame ? 'as sent' : 'NOT as sent'}`);
    console.table({ sent: values, found: actual });
    console.table(await ask(connection, `SELECT * FROM demo.${table} ORDER BY 1, 2 LIMIT 3`));
  }
  return isEqual;
}

async function ask(connection: Connection, sql: string): Promise<Record<string, unknown>[]> {
  const [rows] = await connection.query<RowDataPacket[]>(sql);
  return rows.map((row) => ({ ...row }));
}

function print({ sent, loaded, loads, rowsPerSecond, ok }: DemoSummary, seconds: number): void {
  console.log(
    `\n${sent} rows sent, ${loaded} loaded by ${loads} Stream Loads in ${seconds.toFixed(1)} s: ${rowsPerSecond} rows/s. ` +
      `The tables ${ok ? 'hold exactly what was sent.' : 'DIFFER from what was sent.'}`,
  );
}

import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { recordOf } from './events.ts';
import { ingestInto } from './ingest-target.ts';
import { formatMs, type Line } from './lines.ts';
import { type Spent, spend, spreadOf, turnsOf } from './measure.ts';
import { rowAsJson } from './rows.ts';
import { startNullSink } from './sink-process.ts';

const turns = 9;
const warmUps = 4;
const bytesPerRow = 200;
/** Over what the cost of an event may grow with tables, messages and their size. */
const below = 1.5;

/** An event of a series: as large as `x` says. */
interface Size {
  readonly x: number;
  readonly records: readonly SQSRecord[];
}

const rowsOf = (first: number, count: number): string =>
  Array.from({ length: count }, (_, row) => JSON.stringify(rowAsJson(first + row, bytesPerRow))).join('\n');

const series: Readonly<Record<string, { readonly unit: string; readonly sizes: () => readonly Size[] }>> = {
  // The same 100 messages of 200 rows, to more and more tables.
  'tables in an event': {
    unit: 'table',
    sizes: () =>
      [1, 10, 100].map((x) => ({
        x,
        records: Array.from({ length: 100 }, (_, at) => recordOf(rowsOf(at * 200, 200), { table: `orders_${at % x}` })),
      })),
  },
  'messages in an event': {
    unit: 'message',
    sizes: () =>
      [1, 10, 100, 1000, 10_000].map((x) => ({
        x,
        records: Array.from({ length: x }, (_, at) => recordOf(rowsOf(at, 1), { table: 'orders' })),
      })),
  },
  // Five messages each, the largest fill an event.
  'KiB in a message': {
    unit: 'KiB',
    sizes: () =>
      [1, 16, 256, 1024].map((x) => ({
        x,
        records: Array.from({ length: 5 }, (_, at) => {
          const rows = Math.floor((x * 1024) / (bytesPerRow + 1));
          return recordOf(rowsOf(at * rows, rows), { table: 'orders', rows: String(rows) });
        }),
      })),
  },
};

/** How the CPU time of the ingest function grows with what an event holds. */
export async function benchGrowth(): Promise<readonly Line[]> {
  using sink = await startNullSink({ bytesPerRow });
  const load = ingestInto(sink.frontend, 'packed JSON', undefined, { 'sink.tables.allow': '*' });
  const lines: Line[] = [];
  for (const [name, { unit, sizes }] of Object.entries(series)) {
    const events = sizes().map(({ x, records }) => ({ x, json: JSON.stringify({ Records: records }) }));
    const spent = events.map((): Spent[] => []);
    for (let turn = -warmUps; turn < turns; turn++)
      for (const [at, { json }] of events.entries()) {
        const took = await spendOnOne(json, load);
        if (turn >= 0) spent[at]?.push(took);
      }
    const costs = spent.map((all) => turnsOf(all).cpuMs);
    const floors = floorsOf(events.map(({ x }, at) => ({ x, cost: costs[at] ?? 0 })));
    for (const [at, { x }] of events.entries()) {
      const [cost = 0, floor = 0] = [costs[at], floors[at]];
      lines.push({
        what: `growth, ${x.toLocaleString('en')} ${name}: CPU of it`,
        measured: formatMs(cost),
        against: `${formatMs(floor)}: as the smallest, and the least for each further ${unit}`,
        ratio: cost / floor,
        spread: spreadOf((spent[at] ?? []).map(({ cpuMs }) => cpuMs / floor)),
        target: { below },
        points: [{ plot: 'growth', series: name, x, y: cost / floor }],
      });
    }
  }
  return lines;
}

/**
 * What each size would cost if every further unit took as little as it does anywhere in the series.
 *
 * @in  by rising x; the first stands for what is spent whatever the size
 */
export function floorsOf(costs: readonly { readonly x: number; readonly cost: number }[]): readonly number[] {
  const [first, ...more] = costs;
  if (first === undefined) return [];
  // Where an event costs little more than the smallest, the difference is noise.
  const telling = more.filter(({ cost }) => cost >= 2 * first.cost);
  const each = Math.min(...telling.map(({ x, cost }) => (cost - first.cost) / (x - first.x)));
  if (telling.length === 0) return costs.map(() => first.cost);
  return costs.map(({ x }) => first.cost + each * (x - first.x));
}

/** Small events are repeated, until they are as long as the clock can tell. */
async function spendOnOne(json: string, load: (event: SQSEvent) => Promise<void>): Promise<Spent> {
  const repeats = Math.max(1, Math.min(100, Math.floor(200_000 / json.length)));
  const { wallMs, cpuMs } = await spend({
    prepare: () => Array.from({ length: repeats }, () => JSON.parse(json) as SQSEvent),
    run: async (events) => {
      for (const event of events) await load(event);
    },
  });
  return { wallMs: wallMs / repeats, cpuMs: cpuMs / repeats };
}

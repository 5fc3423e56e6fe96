import type { SQSEvent } from 'aws-lambda';
import { Pool } from 'undici';
import { type EventKind, eventOf } from './events.ts';
import { benchOnce } from './ingest-once.ts';
import { ingestInto } from './ingest-target.ts';
import { formatCount, formatMs, type Line } from './lines.ts';
import { compare, ratioOf, type Side, type Turns } from './measure.ts';
import { startNullSink } from './sink-process.ts';

/** Of the floor's speed. */
const targets: Readonly<Partial<Record<EventKind, Line['target']>>> = {
  'packed JSON': { atLeast: 0.85 },
  'one row a message': { atLeast: 0.4 },
};

/** The way of rows through the ingest function, against the least that could be done for them. */
export async function benchIngest(): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for (const kind of ['packed JSON', 'packed CSV', 'one row a message'] as const) lines.push(...(await linesOf(kind)));
  for (const kind of ['packed JSON', 'one row a message'] as const) lines.push(...(await benchOnce(kind)));
  return lines;
}

async function linesOf(kind: EventKind): Promise<Line[]> {
  const { json, rows } = await eventOf(kind);
  const body = Buffer.from(kind === 'packed CSV' ? `${rows.join('\n')}\n` : `[${rows.join(',')}]`);
  using sink = await startNullSink({ rows: rows.length });
  const load = ingestInto(sink.frontend, kind);
  const pool = new Pool(sink.backend);

  const handler: Side<SQSEvent> = { prepare: () => JSON.parse(json), run: load };
  let sentBytes = 0;
  const floor: Side<null> = {
    prepare: () => null,
    run: async () => {
      if (kind === 'packed CSV') countLines(body);
      else for (const row of rows) JSON.parse(row);
      await (await pool.request({ method: 'PUT', path: '/', body })).body.text();
      sentBytes += body.length;
    },
  };
  const [ours, least] = await compare(handler, floor);
  await pool.close();
  const { bytes: taken } = await sink.taken();
  if (taken !== 2 * sentBytes) throw new Error(`The two sides sent ${taken} bytes, expected were ${2 * sentBytes}.`);

  const perSecond = (turns: Turns) => rows.length / (turns.cpuMs / 1000);
  const bytesPerRow = body.length / rows.length;
  const target = targets[kind];
  return [
    {
      what: `handler, ${kind}: ${formatCount(rows.length)} rows`,
      measured: formatMs(ours.wallMs),
      against: `${formatMs(least.wallMs)}: ${floorOf(kind)}`,
      ...ratioOf(least, ours, 'wallMs'),
      ...(target ? { target } : {}),
    },
    {
      what: `handler, ${kind}: rows per CPU second`,
      measured: `${formatCount(perSecond(ours))} rows/s, ${formatCount((perSecond(ours) * bytesPerRow) / 1e6)} MB/s`,
      against: `${formatCount(perSecond(least))} rows/s: ${floorOf(kind)}`,
      ...ratioOf(least, ours, 'cpuMs'),
    },
  ];
}

const floorOf = (kind: EventKind) => `${kind === 'packed CSV' ? 'find each row’s end' : 'JSON.parse each row'}, PUT`;

function countLines(bytes: Buffer): number {
  let rows = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) rows++;
  return rows;
}

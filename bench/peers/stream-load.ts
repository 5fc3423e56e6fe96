import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventKind, eventOf } from '../events.ts';
import { formatCount, formatMegabytes, type Line } from '../lines.ts';
import { ratioOf } from '../measure.ts';
import { startNullSink } from '../sink-process.ts';
import { type Contender, type Measured, memoryPoint, rowsPerSecond, takeTurns } from './contender.ts';
import { type Compiled, compile } from './jvm.ts';
import { startOurs } from './ours.ts';

const rounds = { turns: 5, warmUps: 3 };
const rowsOfTurn = 1e6;

interface Ours {
  readonly kind: EventKind;
  readonly rowsOfTurn: number;
  readonly atLeast?: number;
}

/** What of ours is held against a format of the SDK. */
const comparisons: readonly { readonly format: 'json' | 'csv'; readonly ours: readonly Ours[] }[] = [
  {
    format: 'json',
    ours: [
      { kind: 'packed JSON', rowsOfTurn, atLeast: 2 },
      { kind: 'one row a message', rowsOfTurn: rowsOfTurn / 10, atLeast: 1 },
    ],
  },
  { format: 'csv', ours: [{ kind: 'packed CSV', rowsOfTurn }] },
];

/** Rows through the ingest function, beside rows through StarRocks' own stream-load-sdk: both hold them in memory, as text. */
export async function benchStreamLoad(): Promise<readonly Line[]> {
  await using sdk = await compile({ module: 'sdk', name: 'StreamLoad' });
  const lines: Line[] = [];
  for (const { format, ours } of comparisons)
    for (const mode of ['plain', 'transaction'] as const) {
      await using cleanup = new AsyncDisposableStack();
      const theirs = await startSdk(sdk, cleanup, format, mode);
      const sides = [];
      for (const side of ours) sides.push(await startSide(side, cleanup));
      const [sdkTook, ...weTook] = await takeTurns([theirs, ...sides], rounds);
      if (sdkTook === undefined) throw new Error('Nothing was measured.');
      const name = `stream-load-sdk, ${format.toUpperCase()}, ${mode}`;
      for (const [at, took] of weTook.entries()) lines.push(lineOf(ours[at], took, name, sdkTook));
      if (format === 'json' && mode === 'plain') lines.push(fromStartLine(weTook[0] ?? sdkTook, name, sdkTook));
    }
  return lines;
}

async function startSdk(
  sdk: Compiled,
  cleanup: AsyncDisposableStack,
  format: 'json' | 'csv',
  mode: string,
): Promise<Contender> {
  const { rows } = await eventOf(format === 'json' ? 'packed JSON' : 'packed CSV');
  const folder = cleanup.use(await mkdtempDisposable(join(tmpdir(), 'bench-')));
  const file = join(folder.path, 'rows');
  await writeFile(file, rows.join('\n'));
  const sink = cleanup.use(await startNullSink({ rows: rows.length }));
  const peer = cleanup.use(sdk.start([sink.frontend.replace('http://', ''), format, mode, file]));
  const times = Math.round(rowsOfTurn / rows.length);
  return { peer, sink, order: String(times * rows.length), rows: times * rows.length, bytes: times * bytesOf(rows) };
}

async function startSide({ kind, rowsOfTurn: wanted }: Ours, cleanup: AsyncDisposableStack): Promise<Contender> {
  const event = await eventOf(kind);
  const sink = cleanup.use(await startNullSink({ rows: event.rows.length }));
  const peer = cleanup.use(await startOurs(sink, kind, event));
  const times = Math.round(wanted / event.rows.length);
  return { peer, sink, order: String(times), rows: times * event.rows.length, bytes: times * bytesOf(event.rows) };
}

/** With what stands between two rows. */
const bytesOf = (rows: readonly string[]) => rows.reduce((sum, row) => sum + Buffer.byteLength(row) + 1, 0);

function lineOf(ours: Ours | undefined, took: Measured, name: string, sdk: Measured): Line {
  const kind = ours?.kind ?? '';
  return {
    what: `rows per CPU second, ${kind}`,
    measured: `${formatCount(rowsPerSecond(took.spent))} rows/s, ${formatMegabytes(took.peakBytes)} resident`,
    against: `${formatCount(rowsPerSecond(sdk.spent))} rows/s, ${formatMegabytes(sdk.peakBytes)}: ${name}`,
    ...ratioOf(sdk.spent, took.spent, 'cpuMs'),
    ...(ours?.atLeast === undefined ? {} : { target: { atLeast: ours.atLeast } }),
    points: [
      {
        plot: 'peers',
        series: 'rows per CPU second',
        x: `this sink, ${kind}`,
        y: Math.round(rowsPerSecond(took.spent)),
      },
      { plot: 'peers', series: 'rows per CPU second', x: name, y: Math.round(rowsPerSecond(sdk.spent)) },
      memoryPoint(`this sink, ${kind}`, took.peakBytes),
      memoryPoint(name, sdk.peakBytes),
    ],
  };
}

/** As a process sees it that is started, sends for a while, and ends. Of one process each, so there is no spread. */
const fromStartLine = (ours: Measured, name: string, sdk: Measured): Line => ({
  what: `rows per CPU second, packed JSON, the first ${rounds.turns + rounds.warmUps} million rows of a new process`,
  measured: `${formatCount(rowsPerSecond(ours.fromStart))} rows/s`,
  against: `${formatCount(rowsPerSecond(sdk.fromStart))} rows/s: ${name}`,
  ratio: sdk.fromStart.cpuMs / ours.fromStart.cpuMs,
  target: { atLeast: 2 },
});

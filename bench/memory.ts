import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInProcess } from './child.ts';
import { eventOf } from './events.ts';
import { formatMegabytes, type Line } from './lines.ts';
import { median } from './measure.ts';
import { startNullSink } from './sink-process.ts';

const runs = 5;
const measurements = [
  { kind: 'packed JSON', invocations: 1 },
  { kind: 'packed JSON', invocations: 10 },
  { kind: 'one row a message', invocations: 10 },
] as const;

/** Memory that the ingest function needs, over the size of the event: the event itself and the garbage included. */
export async function benchMemory(): Promise<readonly Line[]> {
  const lines: Line[] = [];
  using folder = mkdtempDisposableSync(join(tmpdir(), 'bench-'));
  for (const { kind, invocations } of measurements) {
    const event = await eventOf(kind);
    const bytes = Buffer.byteLength(event.json);
    const file = join(folder.path, 'event.json');
    writeFileSync(file, event.json);
    using sink = await startNullSink({ rows: event.rows.length });
    const peaks: number[] = [];
    for (let run = 0; run < runs; run++) {
      peaks.push(
        await runInProcess<number>(new URL('./memory-process.ts', import.meta.url), [
          sink.frontend,
          kind,
          file,
          String(invocations),
        ]),
      );
    }
    lines.push({
      what: `peak memory, ${kind}: ${invocations === 1 ? 'first event' : `${invocations} events in a row`}`,
      measured: formatMegabytes(median(peaks)),
      against: `${formatMegabytes(bytes)}: the event`,
      ratio: median(peaks) / bytes,
    });
  }
  return lines;
}

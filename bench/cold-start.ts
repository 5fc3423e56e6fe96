import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeOptions } from '../infra/node-options.ts';
import { bundleFunctions } from '../scripts/build.ts';
import { benchFirstLoads } from './first-load.ts';
import { formatKilobytes, formatMs, type Line } from './lines.ts';
import { compare } from './measure.ts';
import { runNode } from './run-node.ts';

const most = { bytes: 400 * 1024, importMs: 80 };

/** What a new instance of the ingest function loads before its first event. */
export async function benchColdStart(): Promise<readonly Line[]> {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'bench-'));
  const files = (await bundleFunctions(folder.path)).filter(({ functionName }) => functionName === 'ingest');
  const bytesOf = (loaded: 'at start' | 'when needed') =>
    files.filter((file) => file.loaded === loaded).reduce((sum, { bytes }) => sum + bytes, 0);

  const empty = join(folder.path, 'empty.mjs');
  writeFileSync(empty, '');
  const env = { NODE_OPTIONS: nodeOptions };
  const run = (file: string) => ({ prepare: () => null, run: () => runNode([file], env) });
  const [bundle, node] = await compare(run(join(folder.path, 'ingest/handler.mjs')), run(empty), 7, 1);
  const importMs = bundle.wallMs - node.wallMs;
  return [
    {
      what: 'ingest bundle: loaded at the start',
      measured: `${formatKilobytes(bytesOf('at start'))} (+ ${formatKilobytes(bytesOf('when needed'))} when needed)`,
      against: `${formatKilobytes(most.bytes)}: allowed`,
      ratio: bytesOf('at start') / most.bytes,
      target: { below: 1 },
    },
    {
      what: 'ingest bundle: import in a new process',
      measured: `${formatMs(importMs)} (+ ${formatMs(node.wallMs)}: node)`,
      against: `${formatMs(most.importMs)}: allowed`,
      ratio: importMs / most.importMs,
      target: { below: 1 },
    },
    ...(await benchFirstLoads(folder.path, empty)),
  ];
}

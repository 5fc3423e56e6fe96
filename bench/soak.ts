/**
 * Sends rows for some minutes through functions whose network is bad: bytes that come late or not at all, connections that are
 * reset, cut in the middle, or closed late. The last line gives what was lost, doubled and rejected; exit code 0 only when every
 * promise was kept.
 */
import { parseArgs } from 'node:util';
import { runSoak } from './soak-run.ts';

const { values } = parseArgs({
  options: {
    /** For each semantic. */
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    /** With commas; both unless told. */
    semantic: { type: 'string', default: 'exactly-once,at-least-once' },
  },
});

const [minutes = 0, seed = 0] = [values.minutes, values.seed].map(Number);
if (!(minutes > 0) || !Number.isSafeInteger(seed)) throw new Error('--minutes and --seed are numbers.');

for (const semantic of values.semantic.split(',')) {
  const startedMs = performance.now();
  const {
    sent,
    lost,
    doubled,
    rejected,
    planted,
    broken,
    versions: _,
    ...facts
  } = await runSoak({
    ...{ forMs: minutes * 60_000, seed, semantic },
    onProgress: (line) => console.error(`${semantic}: ${line}`),
  });
  for (const sentence of broken) console.log(`BROKEN: ${sentence}`);
  console.log(`${semantic}: ${JSON.stringify(facts)} ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
  console.log(`${semantic}: sent=${sent} lost=${lost} doubled=${doubled} rejected=${rejected} planted=${planted}`);
  if (broken.length > 0) process.exitCode = 1;
}

/**
 * Kills the process that runs both functions, again and again, while rows flow into a duplicate-key table, and counts what
 * arrived. The last line gives rows sent, rows found, and different rows found; exit code 0 only when they are equal.
 */
import { parseArgs } from 'node:util';
import { runChaos } from './chaos-run.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    semantic: { type: 'string', default: 'exactly-once' },
  },
});

const [rows, kills, seed] = [values.rows, values.kills, values.seed].map(Number);
if (!Number.isSafeInteger(rows) || !Number.isSafeInteger(kills) || !Number.isSafeInteger(seed))
  throw new Error('--rows, --kills and --seed are whole numbers.');

const startedMs = performance.now();
const found = await runChaos({
  ...{ rows: Number(rows), kills: Number(kills), seed: Number(seed), semantic: values.semantic },
  onProgress: (line) => console.error(line),
});
const { sent, count, distinct, ...facts } = found;
console.log(`${JSON.stringify(facts)} ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
console.log(`sent=${sent} count=${count} distinct=${distinct}`);
process.exitCode = sent === rows && count === sent && distinct === sent ? 0 : 1;

import { parseArgs } from 'node:util';
import { fuzzOnce } from './fuzz.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    /** The number of the first input; with `--runs 1`, of the one that is run again. */
    from: { type: 'string', default: '0' },
    /** Instead of seconds. */
    runs: { type: 'string' },
  },
});
const [seed, first] = [Number(values.seed), Number(values.from)];
const untilMs = values.runs === undefined ? Date.now() + Number(values.seconds) * 1000 : Number.POSITIVE_INFINITY;
const last = values.runs === undefined ? Number.POSITIVE_INFINITY : first + Number(values.runs);

let findings = 0;
let number = first;
for (; number < last && Date.now() < untilMs; number++) {
  const found = await fuzzOnce(seed, number, { mostCpuMs: 1000 });
  if (found === undefined) continue;
  findings += 1;
  console.log(`${found.target}: ${found.what}`);
  console.log(`  input: ${JSON.stringify(found.input.slice(0, 500))}`);
  console.log(`  again: npm run fuzz -- --seed ${seed} --from ${number} --runs 1`);
}
console.log(`${number - first} inputs, ${findings} findings`);
process.exitCode = findings === 0 ? 0 : 1;

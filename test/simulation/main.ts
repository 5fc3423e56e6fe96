import { parseArgs } from 'node:util';
import { simulate } from './simulate.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    semantic: { type: 'string', default: 'exactly-once' },
  },
});
const [runs, first] = [Number(values.runs), Number(values.seed)];
const semantic = values.semantic === 'at-least-once' ? 'at-least-once' : 'exactly-once';

let violations = 0;
for (let seed = first; seed < first + runs; seed++) {
  const result = await simulate({ seed, semantic });
  if (result.violations.length > 0) {
    violations += 1;
    console.log(`seed ${seed}: ${result.violations.join('; ')}`);
    console.log(`  replay: npm run simulate -- --runs 1 --seed ${seed} --semantic ${semantic}`);
  }
}
console.log(`${runs} schedules, ${violations} violations`);
process.exitCode = violations === 0 ? 0 : 1;

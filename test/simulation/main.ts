import { parseArgs } from 'node:util';
import { type SimulationResult, simulate } from './simulate.ts';
import { Totals } from './tally.ts';
import type { Fault } from './unreliable.ts';
import { calm } from './world.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    semantic: { type: 'string', default: 'exactly-once' },
    /** Instead of chance: each single call of each schedule fails once, in each way. */
    'each-call': { type: 'boolean', default: false },
    /** Says what happened, in how many schedules, how often. */
    tally: { type: 'boolean', default: false },
    /** Ends at the first violation. */
    first: { type: 'boolean', default: false },
  },
});
const [runs, firstSeed] = [Number(values.runs), Number(values.seed)];
const semantic = values.semantic === 'at-least-once' ? 'at-least-once' : 'exactly-once';
// Errors are part of the game here, and nobody reads where they come from.
Error.stackTraceLimit = 0;

const totals = new Totals();
let [schedules, violations] = [0, 0];

function note(result: SimulationResult, seed: number, which = ''): void {
  schedules += 1;
  totals.add(result.tally);
  if (result.violations.length === 0) return;
  violations += 1;
  console.log(`seed ${seed}${which}: ${result.violations.join('; ')}`);
  console.log(`  replay: npm run simulate -- --runs 1 --seed ${seed} --semantic ${semantic}${which && ' --each-call'}`);
}

async function failEachCall(seed: number): Promise<void> {
  for (const fault of Object.keys(calm) as Fault[]) {
    for (let call = 1, calls = 1; call <= calls; call++) {
      const result = await simulate({ seed, semantic, only: { call, fault } });
      calls = result.calls;
      note(result, seed, `, call ${call} ${fault}`);
    }
  }
}

for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
  if (values['each-call']) await failEachCall(seed);
  else note(await simulate({ seed, semantic }), seed);
  if (values.first && violations > 0) break;
}
if (values.tally) console.log(['schedules     times', ...totals.lines()].join('\n'));
console.log(`${schedules} schedules, ${violations} violations`);
process.exitCode = violations === 0 ? 0 : 1;

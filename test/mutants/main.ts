/** Takes away, one after the other, what the promises rest on, and says what nobody notices: `npm run mutants`. */
import { parseArgs } from 'node:util';
import { mutants } from './mutants.ts';
import { runMutant } from './run-mutant.ts';

const { values } = parseArgs({
  options: { schedules: { type: 'string', default: '20000' }, only: { type: 'string', default: '' } },
});

const chosen = mutants.filter(({ name }) => name.includes(values.only));
const failed: string[] = [];
for (const mutant of chosen) {
  const startedMs = performance.now();
  const { state, by } = await runMutant(mutant, Number(values.schedules));
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  console.log(`${state.padEnd(8)} ${seconds.padStart(4)} s  ${mutant.name}\n                 ${by.slice(0, 120)}`);
  if (state !== 'noticed') failed.push(mutant.name);
}
console.log(`${chosen.length} mutants, ${failed.length} not noticed`);
process.exitCode = failed.length === 0 && chosen.length > 0 ? 0 : 1;

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Mutant } from './mutant.ts';

/** `outdated`: what it changes is not in the file any more, or is there twice. */
export interface MutantEnd {
  readonly state: 'noticed' | 'survived' | 'outdated' | 'broken';
  /** The schedule that noticed, and how. */
  readonly by: string;
}

/**
 * Runs the simulation against the mutated source, in a process of its own, until it notices.
 *
 * @in   schedules: so many at most
 * @out  `broken`: the process ended in another way than by a violation
 */
export async function runMutant(mutant: Mutant, schedules: number): Promise<MutantEnd> {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const source = await readFile(`${root}${mutant.file}`, 'utf8');
  if (source.split(mutant.find).length !== 2)
    return { state: 'outdated', by: `${mutant.file} holds it no more, or twice` };
  const { firstSeed = 1, noticedBy = 'exactly-once' } = mutant;
  const simulation = ['test/simulation/main.ts', '--first', '--runs', String(schedules), '--seed', String(firstSeed)];
  const child = spawn(
    process.execPath,
    ['--import', './test/mutants/patch.ts', ...simulation, '--semantic', noticedBy],
    { cwd: root, env: { ...process.env, MUTANT: mutant.name }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [lines, [code]] = await Promise.all([Array.fromAsync(child.stdout), once(child, 'close')]);
  const told = Buffer.concat(lines).toString();
  if (!/\d+ schedules, \d+ violations/.test(told)) return { state: 'broken', by: `exit code ${code}` };
  if (code === 0) return { state: 'survived', by: `${schedules} schedules` };
  const [by = ''] = told.split('\n');
  // What throws is no sabotage, only a program that does not run.
  return { state: by.includes('the function threw') ? 'broken' : 'noticed', by };
}

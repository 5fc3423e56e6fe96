import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Mutant } from './mutants.ts';

/** `outdated`: what it changes is not in the file any more, or is there twice. */
export type MutantEnd = 'noticed' | 'survived' | 'outdated' | 'broken';

/**
 * Runs the simulation against the mutated source, in a process of its own, until it notices.
 *
 * @in   schedules: so many at most
 * @out  `broken`: the process ended in another way than by a violation
 */
export async function runMutant(mutant: Mutant, schedules: number): Promise<MutantEnd> {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const source = await readFile(`${root}${mutant.file}`, 'utf8');
  if (source.split(mutant.find).length !== 2) return 'outdated';
  const simulation = ['test/simulation/main.ts', '--first', '--runs', String(schedules)];
  const child = spawn(
    process.execPath,
    ['--import', './test/mutants/patch.ts', ...simulation, '--semantic', mutant.noticedBy ?? 'exactly-once'],
    { cwd: root, env: { ...process.env, MUTANT: mutant.name }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [lines, [code]] = await Promise.all([Array.fromAsync(child.stdout), once(child, 'close')]);
  const isCounted = /\d+ schedules, \d+ violations/.test(Buffer.concat(lines).toString());
  if (!isCounted) return 'broken';
  return code === 0 ? 'survived' : 'noticed';
}

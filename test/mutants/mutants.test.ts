import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { mutants } from './mutants.ts';
import { runMutant } from './run-mutant.ts';

const schedules = 4000;

describe('the simulation', () => {
  it.each(mutants.filter(({ isShort }) => isShort))('notices when $name', { timeout: 300_000 }, async (mutant) => {
    expect(await runMutant(mutant, schedules)).toMatchObject({ state: 'noticed' });
  });
});

describe('the list of mutants', () => {
  it.each(mutants)('finds what it changes: $name', async ({ file, find, replace }) => {
    const source = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
    expect(source.split(find), file).toHaveLength(2);
    expect(replace).not.toBe(find);
  });
});

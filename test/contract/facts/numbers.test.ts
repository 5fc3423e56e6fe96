import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** Facts that have no test, by number, and why. */
const elsewhere: Readonly<Record<number, string>> = {
  19: 'it tells that a real frontend takes the DDL of `migrate`; test/integration/migrate-round-trip.test.ts has the stand-in take it, which refuses what facts 28 and 29 name',
};

const titles = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.test.ts') && !import.meta.filename.endsWith(file))
  .flatMap((file) => [...readFileSync(`${import.meta.dirname}/${file}`, 'utf8').matchAll(/'fact (\d+): /g)])
  .map(([, number]) => Number(number));

it('every fact of a real frontend has one test, or a reason why it has none', () => {
  const numbers = [...titles, ...Object.keys(elsewhere).map(Number)];
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 29 }, (_, index) => index + 1));
});

import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** Facts that have no test, by number, and why. */
const elsewhere: Readonly<Record<number, string>> = {
  19: 'what `migrate` writes is made in the stand-in by test/integration/migrate-round-trip.test.ts, and held to a real one when STARROCKS_QUERY_URL names it',
};

const titles = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.test.ts') && !import.meta.filename.endsWith(file))
  .flatMap((file) => [...readFileSync(`${import.meta.dirname}/${file}`, 'utf8').matchAll(/'fact (\d+): /g)])
  .map(([, number]) => Number(number));

it('every fact of a real frontend has one test, or a reason why it has none', () => {
  const numbers = [...titles, ...Object.keys(elsewhere).map(Number)];
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 29 }, (_, index) => index + 1));
});

import { expect, it } from 'vitest';
import { limiter } from '../../src/kit/limiter.ts';

it('runs as many works at a time as it may, in their order, and goes on after a failure', async () => {
  const inTurn = limiter(2);
  const begun: number[] = [];
  const works = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const runs = works.map(({ promise }, index) =>
    inTurn(async () => {
      begun.push(index);
      await promise;
    }).catch(() => 'failed'),
  );
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  await settled();
  expect(begun).toEqual([0, 1]);
  works[1]?.reject(new Error('no'));
  await settled();
  expect(begun).toEqual([0, 1, 2]);
  for (const { resolve } of works) resolve();
  expect(await Promise.all(runs)).toEqual([undefined, 'failed', undefined, undefined, undefined]);
  expect(begun).toEqual([0, 1, 2, 3, 4]);
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { bucketPrefixes } from '../../src/kit/bucket-prefixes.ts';
import { openStack, rowsOf } from './delivery-world.ts';

let sink: Awaited<ReturnType<typeof openStack>>;
beforeAll(async () => {
  sink = await openStack({ options: { 'sink.stage-above-bytes': 1000 } });
});
afterAll(() => sink.close());

it('holds nothing but what a lifecycle rule expires, and nothing in doubt: rows staged, loaded directly, rejected', async () => {
  const table = await sink.createTable();
  await sink.send(table, rowsOf(1, 200));
  await sink.send(table, [{ id: 201 }, { id: 'not a number' }, { id: 202 }]);
  await sink.idle();
  expect(await sink.rows(table)).toHaveLength(202);
  const keys = await sink.keys();
  const used = new Set(keys.map((key) => key.slice(0, key.indexOf('/') + 1)));
  const { claims, decisions, segments, rejected } = bucketPrefixes;
  expect([...used].toSorted()).toEqual([claims, decisions, segments, rejected].toSorted());
});

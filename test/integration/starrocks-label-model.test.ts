import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labelState, newLabel, put, transact } from '../contract/calls.ts';
import { runs } from '../property-runs.ts';
import { type MemoryStarRocks, openMemoryStarRocks } from './memory-starrocks.ts';

let target: MemoryStarRocks;
beforeAll(async () => {
  target = await openMemoryStarRocks({ backends: 2, followers: 1 });
});
afterAll(() => target.close());

const csv = { column_separator: ',' };
const step = fc.constantFrom(
  'begin',
  'load',
  'prepare',
  'commit',
  'rollback',
  'plain',
  'plain lost',
  'cancel',
  'commit lost',
);

async function take(name: string, label: string, row: string): Promise<void> {
  const { faults } = target.standIn;
  if (name === 'cancel') {
    if ((await labelState(target, label)) === 'PREPARE') faults.abort(target.database, label);
    return;
  }
  const [operation = '', lost] = name.split(' ');
  const on = operation === 'plain' ? 'stream_load' : 'commit';
  const fault = lost === undefined ? undefined : faults.add({ on, match: { label }, do: { kind: 'drop-answer' } });
  const headers = operation === 'load' || operation === 'plain' ? csv : {};
  const call =
    operation === 'plain'
      ? put(target, 'items', { ...csv, label }, row)
      : transact(target, operation, label, { headers, body: operation === 'load' ? row : '' });
  await call.catch(() => undefined);
  fault?.remove();
}

describe('a label', () => {
  it('has its rows in the table if and only if it is VISIBLE, and then from one transaction only', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
        const label = newLabel();
        const before = target.storage.rows(target.database, 'items').length;
        for (const name of steps) {
          run += 1;
          await take(name, label, `${run},${label}\n`);
          const rows = target.storage.rows(target.database, 'items').slice(before);
          const state = await labelState(target, label);
          expect(rows.length > 0, `${steps.join(', ')}: ${state}`).toBe(state === 'VISIBLE');
        }
        const visible = target.standIn.transactions().filter((one) => one.label === label && one.state === 'VISIBLE');
        expect(visible.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: runs(60) },
    );
  });
});

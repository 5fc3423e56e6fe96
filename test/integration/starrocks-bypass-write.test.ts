import { afterEach, describe, expect, it } from 'vitest';
import { follow, labelState, newLabel, transact } from '../contract/calls.ts';
import { type MemoryStarRocks, openMemoryStarRocks } from './memory-starrocks.ts';

const opened: MemoryStarRocks[] = [];
afterEach(async () => {
  for (const target of opened.splice(0)) await target.close();
});

/** Calls of a transaction whose rows are written past the backends; begin alone says so. */
async function open() {
  const target = await openMemoryStarRocks();
  opened.push(target);
  const call = (operation: string, label: string, table = 'items') =>
    follow(target, `/api/transaction/${operation}${operation === 'begin' ? '?source_type=11' : ''}`, {
      method: 'POST',
      headers: { db: target.database, table, label },
    });
  return { target, call };
}

describe('a transaction that writes past the backends', () => {
  it('goes from begin to commit at the frontend', async () => {
    const { target, call } = await open();
    const label = newLabel();
    for (const [operation, state] of [
      ['begin', 'PREPARE'],
      ['prepare', 'PREPARED'],
      ['commit', 'VISIBLE'],
    ] as const) {
      const { json, location } = await call(operation, label);
      expect(json).toEqual({ Label: label, Status: 'OK', TxnId: expect.any(Number), Message: '' });
      expect(location).toBeUndefined();
      expect(await labelState(target, label)).toBe(state);
    }
    expect((await call('commit', label)).json['Message']).toMatch(/^Transaction \d+ has already committed, label is /);
    expect((await call('rollback', label)).json['Message']).toMatch(/: Can not abort VISIBLE transaction \d+/);
    expect((await call('prepare', label)).json['Message']).toMatch(/ has already VISIBLE, label is /);
  });

  it('is refused for a used label, a table that there is not, and a label begun otherwise', async () => {
    const { target, call } = await open();
    const [label, other] = [newLabel(), newLabel()];
    await call('begin', label);
    expect((await call('begin', label)).json).toMatchObject({
      Status: 'LABEL_ALREADY_EXISTS',
      ExistingJobStatus: 'RUNNING',
    });
    expect((await call('begin', newLabel(), 'nope')).json['Message']).toMatch(
      /: Table\[shop\.nope\] does not exist\.$/,
    );
    await transact(target, 'begin', other);
    const asked = await follow(target, '/api/transaction/prepare?source_type=11', {
      method: 'POST',
      headers: { db: target.database, label: other },
    });
    expect(asked.json['Message']).toMatch(/ isn't created in BYPASS_WRITE scenario\.$/);
  });
});

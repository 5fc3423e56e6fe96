import { describe, expect, it } from 'vitest';
import { commitBatch, decide, voidBatch } from '../../src/ledger/ledger.ts';
import { claimsKey, type Decision, decisionKey, writeRecord } from '../../src/ledger/records.ts';
import type { BucketCall, fakeBucket, Met } from '../fake-bucket.ts';
import { type Commit, commit, day, meetWrites, openLedger, segment, table } from './ledger-world.ts';

async function noted(ledger: ReturnType<typeof openLedger>): Promise<boolean> {
  const end = await commitBatch('mine', 'mine-1', table, ledger.deps);
  return typeof end === 'object' && 'noted' in end && (await end.noted);
}

describe('a lost answer', () => {
  const lost: readonly (readonly Met[])[] = [
    ['lose'],
    ['refuse', 'lose'],
    ['lose', 'refuse'],
    ['lose', 'conflict'],
    ['conflict', 'conflict'],
    ['refuse'],
  ];

  it.each(lost.map((script) => [script.join(', '), script] as const))(
    'of a first claim does not lose it (%s)',
    async (_, script) => {
      const ledger = openLedger({ meet: meetWrites('claims/', ...script) });
      expect(await ledger.claim()).toBe('mine');
      expect(ledger.holder()).toBe('mine');
    },
  );

  it.each(lost.map((script) => [script.join(', '), script] as const))(
    'of a takeover does not lose it (%s)',
    async (_, script) => {
      // The first write finds the key taken.
      const ledger = openLedger({ meet: meetWrites('claims/', 'pass', ...script) });
      ledger.claimedBefore(0, { state: 'void' });
      expect(await ledger.claim()).toBe('mine');
      expect(ledger.holder()).toBe('mine');
    },
  );

  it.each(lost.map((script) => [script.join(', '), script] as const))(
    'of a decision does not change it (%s)',
    async (_, script) => {
      const ledger = openLedger({ meet: meetWrites('decisions/', ...script) });
      expect(await noted(ledger)).toBe(true);
      expect([ledger.decision('mine'), ledger.committed]).toEqual(['done', ['shop mine-1']]);
    },
  );

  it.each(lost.map((script) => [script.join(', '), script] as const))(
    'of a void that is written for another does not change it (%s)',
    async (_, script) => {
      const ledger = openLedger({ meet: meetWrites('decisions/', ...script) });
      ledger.claimedBefore(day);
      expect(await ledger.claim()).toBe('mine');
      expect([ledger.holder(), ledger.decision()]).toEqual(['mine', 'void']);
    },
  );

  it.each(lost.map((script) => [script.join(', '), script] as const))(
    'of the note that a batch is done is not waited for twice (%s)',
    async (_, script) => {
      const ledger = openLedger({ meet: meetWrites('decisions/', 'pass', ...script) });
      expect(await noted(ledger)).toBe(true);
      expect([ledger.decision('mine'), ledger.committed]).toEqual(['done', ['shop mine-1']]);
    },
  );

  it('of a read is asked for again', async () => {
    let fails = 3;
    const ledger = openLedger({ meet: ({ method }) => (method === 'getText' && fails-- > 0 ? 'lose' : 'pass') });
    ledger.claimedBefore(0, { ...commit(0), state: 'done' } as Decision);
    expect(await ledger.claim()).toBe('loaded');
  });
});

describe('a decision', () => {
  it('is void when somebody else took it first, and then nothing is committed', async () => {
    const ledger = openLedger();
    await voidBatch('mine', ledger.deps);
    expect(await commitBatch('mine', 'mine-1', table, ledger.deps)).toBe('void');
    expect(ledger.committed).toEqual([]);
    expect(ledger.decision('mine')).toBe('void');
  });

  it('is not taken back by giving up', async () => {
    const ledger = openLedger();
    await decide('mine', { state: 'staged', segment, atMs: 0 }, ledger.deps);
    await voidBatch('mine', ledger.deps);
    expect(ledger.decision('mine')).toBe('staged');
  });

  it.each<[string, Commit, string, string]>([
    ['ABORTED', { state: 'aborted', message: '' }, 'void', 'void'],
    ['unknown', { state: 'unknown', message: '' }, 'busy', 'commit'],
    ['forgotten at once', { state: 'not-exists', message: '' }, 'undecided', 'commit'],
  ])('about a label that is %s comes to its end', async (_, answer, fate, state) => {
    const ledger = openLedger({ commits: [answer] });
    expect(await commitBatch('mine', 'mine-1', table, ledger.deps)).toBe(fate);
    expect(ledger.decision('mine')).toBe(state);
  });
});

describe('a ledger whose S3 does not answer', () => {
  it('gives up at the deadline, with pauses that grow', async () => {
    const ledger = openLedger({ meet: () => 'refuse', deadlineMs: 10_000 });
    await expect(ledger.claim()).rejects.toThrow('503');
    expect(ledger.elapsedMs()).toBeLessThanOrEqual(10_000);
    expect(ledger.elapsedMs()).toBeGreaterThan(8000);
    expect(ledger.bucket.calls.length).toBeLessThan(40);
  });

  it('gives up at the deadline when S3 answers 409 for ever', async () => {
    const ledger = openLedger({ meet: () => 'conflict', deadlineMs: 2000 });
    await expect(ledger.claim()).rejects.toThrow('409');
    expect(ledger.elapsedMs()).toBeLessThanOrEqual(2000);
  });

  it('tries once when the deadline has passed', async () => {
    const ledger = openLedger({ meet: () => 'refuse', deadlineMs: -1 });
    await expect(ledger.claim()).rejects.toThrow('503');
    expect(ledger.bucket.calls).toHaveLength(1);
  });
});

describe('a key that disappears', () => {
  const vanish =
    (bucket: ReturnType<typeof fakeBucket>, prefix: string) =>
    ({ method, key }: BucketCall): Met => {
      if (method !== 'getText' || !key.startsWith(prefix)) return 'pass';
      bucket.objects.delete(key);
      return 'pass';
    };

  it('after it was found taken is not taken for one that was never there', async () => {
    for (const prefix of ['claims/', 'decisions/']) {
      const ledger = openLedger({ meet: (call) => vanish(ledger.bucket, prefix)(call) });
      ledger.claimedBefore(0, { state: 'void' });
      ledger.bucket.put(decisionKey('mine'), writeRecord({ state: 'void' }));
      const work = prefix === 'claims/' ? ledger.claim() : commitBatch('mine', 'mine-1', table, ledger.deps);
      await expect(work).rejects.toThrow('disappeared');
      expect(ledger.committed).toEqual([]);
      expect(
        ledger.bucket.objects.get(prefix === 'claims/' ? claimsKey(table, 'c1') : decisionKey('mine')),
      ).toBeUndefined();
    }
  });

  it('between reading and replacing it is not written anew', async () => {
    const ledger = openLedger({
      meet({ method, key, condition }) {
        if (method === 'putText' && condition && 'ifMatch' in condition) ledger.bucket.objects.delete(key);
        return 'pass';
      },
    });
    ledger.claimedBefore(0, { state: 'void' });
    await expect(ledger.claim()).rejects.toThrow('disappeared');
    expect(ledger.holder()).toBeUndefined();
  });
});

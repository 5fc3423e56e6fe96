import { describe, expect, it } from 'vitest';
import { type ClaimResult, claimChunks } from '../../src/ledger/claims.ts';
import { commitBatch, decide, type Ledger, voidBatch } from '../../src/ledger/ledger.ts';
import {
  type ClaimBook,
  claimsKey,
  type Decision,
  decisionKey,
  digestOfChunk,
  writeRecord,
} from '../../src/ledger/records.ts';
import type { TransactionResult } from '../../src/ports.ts';
import type { Segment } from '../../src/rows/segment.ts';
import { destination } from '../builders.ts';
import { type BucketCall, fakeBucket, type Met } from '../fake-bucket.ts';

const table = { database: 'shop', table: 'orders' };
const longestRunMs = 900_000;
const startMs = 1_800_000_000_000;
const segment: Segment = {
  ...{ id: 'other', key: 'segments/shop.orders/other.rows', destination: destination() },
  ...{ rows: 3, bytes: 30, compression: 'none' },
};

type Commit = TransactionResult | Error;

/** A book in which one batch has claimed c1. */
const bookOf = (batch: string, untilMs: number): ClaimBook => ({
  batches: { [batch]: { untilMs, chunks: { [digestOfChunk('c1')]: '' } } },
});

const holdersIn = (text = '{"batches":{}}'): string[] => Object.keys((JSON.parse(text) as ClaimBook).batches);

/** A ledger on a bucket in memory, with a clock that moves only in pauses, and a StarRocks that answers as told. */
function openLedger({ meet, commits = [], deadlineMs = 60_000 }: LedgerScript = {}) {
  const bucket = fakeBucket(meet);
  let now = startMs;
  const pass = (ms: number) => {
    now += ms;
  };
  const committed: string[] = [];
  const pointers: string[] = [];
  const answers = [...commits];
  const deps: Ledger = {
    objects: bucket.store,
    clock: { now: () => now, sleep: async (ms) => pass(ms), random: () => 0 },
    deadlineMs: startMs + deadlineMs,
    commit: async (database, label) => {
      committed.push(`${database} ${label}`);
      const answer = answers.shift() ?? { state: 'ok' };
      if (answer instanceof Error) throw answer;
      return answer;
    },
    sendPointer: async ({ key }) => void pointers.push(key),
    untilMs: startMs + longestRunMs,
  };
  return {
    ...{ deps, bucket, committed, pointers },
    elapsedMs: () => now - startMs,
    /** Another batch claimed the chunk so long ago, and this is what was decided about it. */
    claimedBefore: (ageMs: number, decision?: Decision) => {
      bucket.put(claimsKey(table, 'c1'), writeRecord(bookOf('other', startMs - ageMs + longestRunMs)));
      if (decision) bucket.put(decisionKey('other'), writeRecord(decision));
    },
    claim: async () => (await claimChunks('mine', table, [{ id: 'c1' }], deps)).get('c1'),
    holder: () => holdersIn(bucket.objects.get(claimsKey(table, 'c1'))?.text)[0],
    decision: (batch = 'other') => JSON.parse(bucket.objects.get(decisionKey(batch))?.text ?? '{}').state,
  };
}

interface LedgerScript {
  readonly meet?: (call: BucketCall, count: number) => Met;
  readonly commits?: readonly Commit[];
  readonly deadlineMs?: number;
}

/** Meets the first so many writes of keys that begin so. */
function meetWrites(prefix: string, ...script: readonly Met[]) {
  const left = [...script];
  return ({ method, key }: BucketCall): Met =>
    method === 'putText' && key.startsWith(prefix) ? (left.shift() ?? 'pass') : 'pass';
}

const commit = (ageMs: number): Decision => ({ state: 'commit', label: 'other-1', atMs: startMs - ageMs });
const day = 86_400_000;

describe('a chunk that nobody claimed', () => {
  it('is mine', async () => {
    const ledger = openLedger();
    expect(await ledger.claim()).toBe('mine');
    expect(ledger.holder()).toBe('mine');
  });

  it('is claimed for its table, under a key that holds nothing of its id', async () => {
    const ledger = openLedger();
    await claimChunks('b', table, [{ id: '../../x' }], ledger.deps);
    await claimChunks('b', { ...table, table: 'other' }, [{ id: '../../x' }], ledger.deps);
    const keys = [...ledger.bucket.objects.keys()];
    expect(new Set(keys).size).toBe(2);
    for (const key of keys) expect(key).toMatch(/^claims\/shop\.(orders|other)\/chunk\/[-\w]{16}$/);
  });
});

describe('a chunk that another batch has claimed', () => {
  interface Row {
    readonly name: string;
    readonly ageMs: number;
    readonly decision?: Decision;
    readonly commits?: readonly Commit[];
    readonly result: ClaimResult;
    readonly becomes?: string;
    readonly sent?: number;
  }
  const nobody: TransactionResult = { state: 'not-exists', message: 'no such label' };
  const cases: readonly Row[] = [
    {
      name: 'is done',
      ageMs: day,
      decision: { ...commit(day), state: 'done' } as Decision,
      commits: [],
      result: 'loaded',
    },
    {
      name: 'is staged',
      ageMs: 0,
      decision: { state: 'staged', segment, atMs: 0 },
      commits: [],
      result: 'loaded',
      sent: 1,
    },
    {
      name: 'is VISIBLE or COMMITTED',
      ageMs: 0,
      decision: commit(0),
      commits: [{ state: 'ok' }],
      result: 'loaded',
      becomes: 'done',
    },
    {
      name: 'is not known any more, which is no evidence',
      ageMs: 0,
      decision: commit(0),
      commits: [nobody],
      result: 'undecided',
      becomes: 'commit',
    },
    {
      name: 'is ABORTED',
      ageMs: 0,
      decision: commit(0),
      commits: [{ state: 'aborted', message: '' }],
      result: 'mine',
      becomes: 'void',
    },
    {
      name: 'is not told in time',
      ageMs: day,
      decision: commit(day),
      commits: [{ state: 'unknown', message: '' }],
      result: 'busy',
      becomes: 'commit',
    },
    {
      name: 'is publishing',
      ageMs: 0,
      decision: commit(0),
      commits: [{ state: 'in-processing', message: '' }],
      result: 'busy',
      becomes: 'commit',
    },
    {
      name: 'is refused',
      ageMs: 0,
      decision: commit(0),
      commits: [{ state: 'refused', kind: 'access', message: 'denied' }],
      result: { code: 'STARROCKS_ACCESS_DENIED', detail: 'The commit of other-1: denied' },
      becomes: 'commit',
    },
    { name: 'is void', ageMs: 0, decision: { state: 'void' }, commits: [], result: 'mine' },
    { name: 'has no decision, and is young', ageMs: longestRunMs, commits: [], result: 'busy' },
    { name: 'has no decision, and is old', ageMs: longestRunMs + 1, commits: [], result: 'mine', becomes: 'void' },
  ];

  it.each(cases)(
    'which $name, comes to $result',
    async ({ ageMs, decision, commits = [], result, becomes, sent = 0 }) => {
      const ledger = openLedger({ commits });
      ledger.claimedBefore(ageMs, decision);
      expect(await ledger.claim()).toEqual(result);
      expect(ledger.holder()).toBe(result === 'mine' ? 'mine' : 'other');
      expect(ledger.decision()).toBe(becomes ?? decision?.state);
      expect(ledger.committed).toEqual(commits.map(() => 'shop other-1'));
      expect(ledger.pointers).toHaveLength(sent);
      expect(ledger.decision('mine')).toBeUndefined();
    },
  );

  it('and whose decision came just before it was to be made void, comes to that decision', async () => {
    const ledger = openLedger({
      meet({ method, key, text }) {
        const isVoiding =
          method === 'putText' && key === decisionKey('other') && text === writeRecord({ state: 'void' });
        if (isVoiding) ledger.bucket.put(key, writeRecord(commit(0)));
        return 'pass';
      },
    });
    ledger.claimedBefore(day);
    expect(await ledger.claim()).toBe('loaded');
    expect([ledger.holder(), ledger.decision(), ledger.committed]).toEqual(['other', 'done', ['shop other-1']]);
  });

  it('and which a third batch takes over first, is resolved by what that one comes to', async () => {
    for (const [third, result] of [
      [{ state: 'done', label: 'third-1', atMs: 0 }, 'loaded'],
      [undefined, 'busy'],
    ] as const) {
      let isTaken = false;
      const ledger = openLedger({
        meet({ method, key, text }) {
          if (method === 'putText' && key.startsWith('claims/') && !isTaken && text?.includes('mine')) {
            isTaken = ledger.bucket.objects.size > 0 && ledger.bucket.calls.length > 2;
            if (isTaken) ledger.bucket.put(key, writeRecord(bookOf('third', startMs + longestRunMs)));
          }
          return 'pass';
        },
      });
      if (third) ledger.bucket.put(decisionKey('third'), writeRecord(third));
      ledger.claimedBefore(0, { state: 'void' });
      expect(await ledger.claim()).toBe(result);
      expect(ledger.holder()).toBe('third');
    }
  });

  it('and which somebody marked done while StarRocks told me that it is ABORTED, stays as it is', async () => {
    const ledger = openLedger({
      commits: [{ state: 'aborted', message: '' }],
      meet({ method, key, text }) {
        if (method === 'putText' && text === writeRecord({ state: 'void' }))
          ledger.bucket.put(key, writeRecord({ ...commit(0), state: 'done' } as Decision));
        return 'pass';
      },
    });
    ledger.claimedBefore(0, commit(0));
    expect(await ledger.claim()).toBe('loaded');
    expect([ledger.holder(), ledger.decision()]).toEqual(['other', 'done']);
  });

  it('comes to loaded though the note that it is done cannot be written', async () => {
    const ledger = openLedger({
      meet: ({ method, key }) => (method === 'putText' && key.startsWith('decisions/') ? 'refuse' : 'pass'),
    });
    ledger.claimedBefore(0, commit(0));
    expect(await ledger.claim()).toBe('loaded');
    expect(ledger.decision()).toBe('commit');
  });

  it('fails when StarRocks cannot be asked, and nothing has changed', async () => {
    const ledger = openLedger({ commits: [new Error('unreachable')] });
    ledger.claimedBefore(0, commit(0));
    await expect(ledger.claim()).rejects.toThrow('unreachable');
    expect([ledger.holder(), ledger.decision()]).toEqual(['other', 'commit']);
  });
});

describe('many chunks that another batch has claimed', () => {
  const ids = Array.from({ length: 5000 }, (_, index) => `${startMs + index}-c`);
  const claimed = (fingerprint: string, of: readonly string[]) => ({
    batches: {
      other: { untilMs: startMs, chunks: Object.fromEntries(of.map((id) => [digestOfChunk(id), fingerprint])) },
    },
  });

  function claimedBefore(decision: Decision, fingerprint = '') {
    const ledger = openLedger();
    for (const [key, ofBook] of Map.groupBy(ids, (id) => claimsKey(table, id))) {
      ledger.bucket.put(key, writeRecord(claimed(fingerprint, ofBook)));
    }
    ledger.bucket.put(decisionKey('other'), writeRecord(decision));
    return ledger;
  }

  it('are answered by looking at it once, and its pointer is sent once', async () => {
    const { deps, bucket, pointers } = claimedBefore({ state: 'staged', segment, atMs: 0 });
    const claims = await claimChunks(
      'mine',
      table,
      ids.map((id) => ({ id })),
      deps,
    );
    expect(new Set(claims.values())).toEqual(new Set(['loaded']));
    expect(claims.size).toBe(ids.length);
    expect(pointers).toEqual([segment.key]);
    expect(bucket.calls.filter(({ method, key }) => method === 'getText' && key === decisionKey('other'))).toHaveLength(
      1,
    );
    // A handful of requests for books, not one for each chunk.
    expect(bucket.calls.length).toBeLessThan(20);
  });

  it('are acked when they hold the same rows, and refused when they hold others', async () => {
    const { deps, holder } = claimedBefore({ ...commit(day), state: 'done' } as Decision, '5 rows, digest a');
    const [same = '', other = '', unknown = ''] = ids;
    const claimants = [
      { id: same, fingerprint: '5 rows, digest a' },
      { id: other, fingerprint: '5 rows, digest b' },
      { id: unknown },
    ];
    const claims = await claimChunks('mine', table, claimants, deps);
    expect(Object.fromEntries(claims)).toEqual({ [same]: 'loaded', [other]: 'changed', [unknown]: 'loaded' });
    expect(holder()).toBeUndefined();
  });
});

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
      expect(await commitBatch('mine', 'mine-1', table, ledger.deps)).toBe('loaded');
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
      expect(await commitBatch('mine', 'mine-1', table, ledger.deps)).toBe('loaded');
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

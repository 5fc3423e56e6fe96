import { describe, expect, it } from 'vitest';
import { emptyBook, withClaims } from '../../src/ledger/claim-book.ts';
import { type ClaimResult, claimChunks } from '../../src/ledger/claims.ts';
import { claimsKey, type Decision, decisionKey, writeRecord } from '../../src/ledger/records.ts';
import type { TransactionResult } from '../../src/ports.ts';
import {
  bookOf,
  type Commit,
  commit,
  day,
  formerBook,
  longestRunMs,
  openLedger,
  segment,
  startMs,
  table,
} from './ledger-world.ts';

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

describe.each([
  [
    'now',
    (...[batch, untilMs, chunks]: Parameters<typeof formerBook>) => withClaims(emptyBook, batch, untilMs, chunks),
  ],
  ['by versions until November 2026', formerBook],
] as const)('many chunks that another batch has claimed, as it is written %s,', (_, write) => {
  // Some of them so long that only their digest is written down.
  const ids = Array.from({ length: 5000 }, (_, index) => `${startMs + index}-c${index % 9 ? '' : 'x'.repeat(200)}`);

  function claimedBefore(decision: Decision, fingerprint = '') {
    const ledger = openLedger();
    for (const [key, ofBook] of Map.groupBy(ids, (id) => claimsKey(table, id))) {
      const chunks = ofBook.map((id) => ({ id, fingerprint }));
      ledger.bucket.put(key, writeRecord(write('other', startMs, chunks)));
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
    const { deps, holder } = claimedBefore({ ...commit(day), state: 'done' } as Decision, '5:digest-a');
    const [same = '', other = '', unknown = ''] = ids;
    const claimants = [
      { id: same, fingerprint: '5:digest-a' },
      { id: other, fingerprint: '5:digest-b' },
      { id: unknown },
    ];
    const claims = await claimChunks('mine', table, claimants, deps);
    expect(Object.fromEntries(claims)).toEqual({ [same]: 'loaded', [other]: 'changed', [unknown]: 'loaded' });
    expect(holder()).toBeUndefined();
  });

  it('are taken over when it is void, and only those that are asked for', async () => {
    const { deps } = claimedBefore({ state: 'void' });
    const some = ids.slice(0, 20).map((id) => ({ id }));
    expect(await claimChunks('mine', table, some, deps)).toEqual(new Map());
    const claims = await claimChunks(
      'third',
      table,
      ids.slice(10, 30).map((id) => ({ id })),
      deps,
    );
    expect(Object.fromEntries(claims)).toEqual(Object.fromEntries(ids.slice(10, 20).map((id) => [id, 'busy'])));
  });
});

import { type Claimant, type ClaimBook, digestOfChunk, emptyBook, withClaims } from '../../src/ledger/claim-book.ts';
import { claimChunks } from '../../src/ledger/claims.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { claimsKey, type Decision, decisionKey, writeRecord } from '../../src/ledger/records.ts';
import type { TransactionResult } from '../../src/ports.ts';
import type { Segment } from '../../src/rows/segment.ts';
import { destination } from '../builders.ts';
import { type BucketCall, fakeBucket, type Met } from '../fake-bucket.ts';

export const table = { database: 'shop', table: 'orders' };
export const longestRunMs = 900_000;
export const startMs = 1_800_000_000_000;
export const segment: Segment = {
  ...{ id: 'other', key: 'segments/shop.orders/other.rows', destination: destination() },
  ...{ rows: 3, bytes: 30, compression: 'none' },
};

export type Commit = TransactionResult | Error;

/** A book in which one batch has claimed c1. */
export const bookOf = (batch: string, untilMs: number): ClaimBook =>
  withClaims(emptyBook, batch, untilMs, [{ id: 'c1' }]);

/** The same of other chunks, as versions until November 2026 wrote it. */
export const formerBook = (batch: string, untilMs: number, chunks: readonly Claimant[]): ClaimBook => ({
  batches: {
    [batch]: {
      untilMs,
      chunks: Object.fromEntries(chunks.map(({ id, fingerprint = '' }) => [digestOfChunk(id), fingerprint])),
    },
  },
});

const holdersIn = (text = '{"batches":{}}'): string[] => Object.keys((JSON.parse(text) as ClaimBook).batches);

/** A ledger on a bucket in memory, with a clock that moves only in pauses, and a StarRocks that answers as told. */
export function openLedger({ meet, commits = [], deadlineMs = 60_000 }: LedgerScript = {}) {
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
    claim: async () => (await claimChunks('mine', table, [{ id: 'c1' }], deps)).get('c1') ?? 'mine',
    holder: () => holdersIn(bucket.objects.get(claimsKey(table, 'c1'))?.text)[0],
    decision: (batch = 'other') => JSON.parse(bucket.objects.get(decisionKey(batch))?.text ?? '{}').state,
  };
}

export interface LedgerScript {
  readonly meet?: (call: BucketCall, count: number) => Met;
  readonly commits?: readonly Commit[];
  readonly deadlineMs?: number;
}

/** Meets the first so many writes of keys that begin so. */
export function meetWrites(prefix: string, ...script: readonly Met[]) {
  const left = [...script];
  return ({ method, key }: BucketCall): Met =>
    method === 'putText' && key.startsWith(prefix) ? (left.shift() ?? 'pass') : 'pass';
}

export const commit = (ageMs: number): Decision => ({ state: 'commit', label: 'other-1', atMs: startMs - ageMs });
export const day = 86_400_000;

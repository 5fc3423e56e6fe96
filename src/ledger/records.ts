/**
 * The objects of the ledger. A claim lives longer than a message can, a decision longer than the claims that name it, a segment
 * longer than the queue that points at it.
 */
import { createHash } from 'node:crypto';
import { bucketPrefixes } from '../kit/bucket-prefixes.ts';
import type { TableId } from '../ports.ts';
import { tableKey } from '../rows/destination.ts';
import type { Segment } from '../rows/segment.ts';

/** Says which batch a chunk belongs to. */
export interface Claim {
  readonly batch: string;
  /** Epoch milliseconds at which it was written, for progress only. */
  readonly atMs: number;
}

/** Says, once and for all, what becomes of a batch. */
export type Decision =
  | { readonly state: 'commit' | 'done'; readonly label: string; readonly atMs: number }
  | { readonly state: 'staged'; readonly segment: Segment; readonly atMs: number }
  | { readonly state: 'void' };

/** Claims do not depend on headers: a chunk that comes again after the options were changed is still the same chunk. */
export function claimKey(table: TableId, chunkId: string): string {
  const digest = createHash('sha256').update(chunkId).digest('hex');
  return `${bucketPrefixes.claims}${tableKey(table)}/${digest}`;
}

export const decisionKey = (batch: string): string => `${bucketPrefixes.decisions}${batch}`;

export const writeRecord = (record: Claim | Decision): string => JSON.stringify(record);

export const readClaim = (text: string): Claim => JSON.parse(text) as Claim;
export const readDecision = (text: string): Decision => JSON.parse(text) as Decision;

import { createHash } from 'node:crypto';
import type { Segment } from '../rows/segment.ts';

/**
 * The objects of the ledger. Each prefix has a lifetime of its own in the bucket: a claim lives longer than a message can,
 * a decision longer than the claims that name it, a segment longer than the queue that points at it.
 */
export const prefixes = {
  claims: 'claims/',
  decisions: 'decisions/',
  segments: 'segments/',
  rejected: 'rejected/',
} as const;

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

export interface TableName {
  readonly database: string;
  readonly table: string;
}

/** Claims do not depend on headers: a chunk that comes again after the options were changed is still the same chunk. */
export function claimKey({ database, table }: TableName, chunkId: string): string {
  const digest = createHash('sha256').update(chunkId).digest('hex');
  return `${prefixes.claims}${database}.${table}/${digest}`;
}

export const decisionKey = (batch: string): string => `${prefixes.decisions}${batch}`;

export const writeRecord = (record: Claim | Decision): string => JSON.stringify(record);

export const readClaim = (text: string): Claim => JSON.parse(text) as Claim;
export const readDecision = (text: string): Decision => JSON.parse(text) as Decision;

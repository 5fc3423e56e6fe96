/**
 * The objects of the ledger. A claim lives longer than a message can, a decision longer than the claims that name it, a segment
 * longer than the queue that points at it.
 */
import { bucketPrefixes } from '../kit/bucket-prefixes.ts';
import { timeOfId } from '../kit/time-ordered-id.ts';
import type { TableId } from '../ports.ts';
import { tableKey } from '../rows/destination.ts';
import type { Segment } from '../rows/segment.ts';
import { type ClaimBook, digestOfChunk } from './claim-book.ts';

/** Commits a label, or has committed it. The table is told to whoever looks for the batch by hand. */
export interface Committing extends Partial<TableId> {
  readonly state: 'commit' | 'done';
  readonly label: string;
  readonly atMs: number;
}

/** Says, once and for all, what becomes of a batch. */
export type Decision =
  | Committing
  | { readonly state: 'staged'; readonly segment: Segment; readonly atMs: number }
  | { readonly state: 'void' };

/** Left before a transaction is prepared, and taken away when it is done or rolled back: what is found later was left behind. */
export interface InDoubt {
  readonly batch: string;
  readonly label: string;
  readonly database: string;
  readonly table: string;
  /** Epoch milliseconds until which its worker may still be at work, for progress only. */
  readonly untilMs: number;
}

/** Chunks of so much time share a book: an event finds few, and few workers meet in one. */
const bookMs = 4000;

/** A book of claims of every table: those of its moments, epoch milliseconds. */
export interface BookOfMoments {
  readonly keyOf: (table: TableId) => string;
  readonly momentsMs: readonly number[];
}

/** The books of what was made from one moment to another, the oldest first, for whoever looks for a chunk by a part of its identity. */
export function booksBetween(fromMs: number, untilMs: number): readonly BookOfMoments[] {
  const first = Math.floor(fromMs / bookMs);
  return Array.from({ length: Math.max(0, Math.floor(untilMs / bookMs) - first + 1) }, (_, at) => ({
    keyOf: (table) => bookKey(table, first + at),
    momentsMs: Array.from({ length: bookMs }, (__, moment) => (first + at) * bookMs + moment),
  }));
}

const bookKey = (table: TableId, book: number | string) => `${bucketPrefixes.claims}${tableKey(table)}/${book}`;

/** Claims do not depend on headers: a chunk that comes again after the options were changed is still the same chunk. */
export const claimsKey = (table: TableId, chunkId: string): string => bookKey(table, bookOf(chunkId));

function bookOf(chunkId: string): number | string {
  const timeMs = timeOfId(chunkId);
  return timeMs === undefined ? `chunk/${digestOfChunk(chunkId)}` : Math.floor(timeMs / bookMs);
}

/** Chunks by the book in which their claims stand. @out  the key of each book, with its chunks */
export const byBook = <C extends { readonly id: string }>(table: TableId, chunks: readonly C[]): [string, C[]][] =>
  [...Map.groupBy(chunks, ({ id }) => bookOf(id))].map(([book, ofBook]) => [bookKey(table, book), ofBook]);

export const decisionKey = (batch: string): string => `${bucketPrefixes.decisions}${batch}`;

/** By the minute in which it was left, so that the oldest come first. */
export const inDoubtKey = (label: string, leftAtMs: number): string =>
  `${bucketPrefixes.inDoubt}${new Date(leftAtMs).toISOString().slice(0, 16)}/${label}`;

export const writeRecord = (record: ClaimBook | Decision | InDoubt): string => JSON.stringify(record);

export const readClaims = (text: string): ClaimBook => JSON.parse(text) as ClaimBook;
export const readDecision = (text: string): Decision => JSON.parse(text) as Decision;
export const readInDoubt = (text: string): InDoubt => JSON.parse(text) as InDoubt;

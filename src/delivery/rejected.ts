import { createHash } from 'node:crypto';
import { bucketPrefixes } from '../kit/bucket-prefixes.ts';
import type { FailureCode } from '../kit/errors.ts';
import { timeOfId } from '../kit/time-ordered-id.ts';
import type { ObjectStore } from '../object-store.ts';
import type { TableId } from '../ports.ts';
import { bodyOf } from '../rows/body.ts';
import { tableKey } from '../rows/destination.ts';

/** A row that is kept aside for a person. */
export interface RejectedRow {
  /** From 0 within its message. */
  readonly row: number;
  readonly code: FailureCode;
  /** In StarRocks' own words, where they are its. */
  readonly reason: string;
  /** The column that the reason names. */
  readonly column?: string;
  readonly text: string;
}

/** Where rows came from, as far as it is known. */
export interface Origin {
  readonly messageId?: string | undefined;
  /** The queue's ARN, or the segment's key. */
  readonly source?: string | undefined;
}

/**
 * Keeps rows of one chunk for a person, one JSON object a line. Written again, it is the same object: the day is that of the
 * chunk where its identity says one.
 *
 * @in     part: tells apart what is found when a message is read, and when it is loaded
 * @throws Error when S3 did not take it: then nothing may be acked
 */
export async function keepRejectedRows(
  table: TableId,
  chunk: Origin & { readonly id: string; readonly part: 'read' | 'load' },
  rows: readonly RejectedRow[],
  objects: ObjectStore,
  nowMs: number,
): Promise<void> {
  const { id, messageId, source } = chunk;
  const time = new Date(timeOfId(id) ?? nowMs).toISOString();
  const day = time.slice(0, 10);
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 32);
  const lines = rows.map((row) => JSON.stringify({ id, messageId, source, time, ...row }));
  const key = `${bucketPrefixes.rejected}${tableKey(table)}/${day}/${digest}-${chunk.part}.ndjson`;
  await objects.putBody(key, bodyOf(Buffer.from(`${lines.join('\n')}\n`)));
}

const columnPatterns = [
  /\bcolumn ?= ?([^\s,.]+)/,
  /\bcolumn '([^']+)'/,
  /\btype of '([^']+)'/,
  /\bfield \(name = ([^\s,]+)/,
];

/** The column that a reason of StarRocks names. */
export const columnIn = (reason: string): string | undefined =>
  columnPatterns.flatMap((pattern) => pattern.exec(reason)?.[1] ?? [])[0];

import { createHash } from 'node:crypto';
import { bucketPrefixes } from '../kit/bucket-prefixes.ts';
import type { FailureCode } from '../kit/errors.ts';
import { stampedId, timeOfId } from '../kit/time-ordered-id.ts';
import { csvAttributeOf } from '../messages/csv-attribute.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Destination, TableId } from '../ports.ts';
import { bodyOf } from '../rows/body.ts';
import { type CsvNotation, mostIdCharacters, partId } from '../rows/chunk.ts';
import type { CsvLayout } from '../rows/csv-rows.ts';
import { columnsInHeader, tableKey } from '../rows/destination.ts';
import { namesBySource } from '../rows/fit-table.ts';
import { fieldsOf, writeFields } from '../rows/json-fields.ts';

/** A row that is kept aside for a person. */
export interface RejectedRow {
  /** Its place among all rows of its chunk as it came, from 0. */
  readonly row: number;
  readonly code: FailureCode;
  /** In StarRocks' own words, where they are its. */
  readonly reason: string;
  /** The column that the reason names. */
  readonly column?: string;
  readonly text: string;
  /** How it is written, where it is CSV. */
  readonly csv?: CsvNotation | undefined;
}

/** Where rows came from, as far as it is known. */
export interface MessageOrigin {
  readonly messageId?: string | undefined;
  /** The queue's ARN, or the segment's key. */
  readonly source?: string | undefined;
}

/**
 * The identity of rows that were rejected, when they are sent again: corrected or not, those of one object are one chunk, so that
 * they are loaded once however often they are sent. Its time is that of the chunk that they are from.
 */
export function resentChunkId({ id, part }: Pick<RejectedChunk, 'id' | 'part'>): string {
  const derived = partId(id, `resent ${part}`);
  if (derived.length <= mostIdCharacters) return derived;
  return stampedId(`resent-${part}-${digestOf(id)}`, timeOfId(id));
}

const digestOf = (id: string) => createHash('sha256').update(id).digest('hex').slice(0, 32);

/** What tells apart the objects of one chunk: what was found when its message was read, and when it was loaded. */
export type RejectedPart = 'read' | 'load';

/** A chunk of which rows are kept. */
export interface RejectedChunk extends MessageOrigin {
  readonly id: string;
  readonly part: RejectedPart;
  /** Until when the run that keeps them may be at work, as its claims say, too. */
  readonly untilMs?: number | undefined;
  /** What that run claims, where it is a segment that holds the chunk. */
  readonly claimedAs?: string | undefined;
}

/** A line of an object. CSV says how it is written as messages do: the attributes `columns` and `csv`. */
export interface RejectedLine extends Omit<RejectedRow, 'csv'>, MessageOrigin {
  /** Of the chunk. */
  readonly id: string;
  readonly time: string;
  /** As in RejectedChunk: a claim of `claimedAs`, or else of the chunk, that says another time is of another run, which may have loaded the row. */
  readonly untilMs?: number;
  readonly claimedAs?: string;
  readonly columns?: readonly string[];
  readonly csv?: ReturnType<typeof csvAttributeOf>;
}

/**
 * Keeps rows of one chunk for a person, one JSON object a line. Written again, it is the same object: the day is that of the
 * chunk where its identity says one.
 *
 * @throws Error when S3 did not take it: then nothing may be acked
 */
export async function keepRejectedRows(
  table: TableId,
  chunk: RejectedChunk,
  rows: readonly RejectedRow[],
  objects: ObjectStore,
  nowMs: number,
): Promise<void> {
  const { id, messageId, source, untilMs } = chunk;
  const claimedAs = untilMs === undefined || chunk.claimedAs === id ? undefined : chunk.claimedAs;
  const time = new Date(timeOfId(id) ?? nowMs).toISOString();
  const day = time.slice(0, 10);
  const lines = rows.map(({ csv, ...row }) => {
    const notation = csv ? { columns: csv.columns, csv: csvAttributeOf(csv.layout) } : {};
    return JSON.stringify({ id, messageId, source, time, untilMs, claimedAs, ...row, ...notation });
  });
  const key = `${bucketPrefixes.rejected}${tableKey(table)}/${day}/${digestOf(id)}-${chunk.part}.ndjson`;
  await objects.putBody(key, bodyOf(Buffer.from(`${lines.join('\n')}\n`)));
}

/**
 * Rows of a load as a message would have them: a load may read a column under another key.
 *
 * @in   layout: of CSV that is loaded
 */
export function asSent({ headers }: Destination, layout: CsvLayout) {
  const { format, columns = '' } = headers;
  const names = namesBySource(columns);
  const named = (key: string) => names.get(key) ?? key;
  if (format === 'csv') {
    const known = columns === '' ? undefined : columnsInHeader(columns).map(named);
    return { csv: { layout, columns: known }, textOf: (text: string) => text };
  }
  const renamed = (text: string) => writeFields(fieldsOf(text).map(([key, value]) => [named(key), value]));
  return { csv: undefined, textOf: (text: string) => (names.size === 0 ? text : renamed(text)) };
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

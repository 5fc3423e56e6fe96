import { hash } from 'node:crypto';
import type { FailureCode } from '../kit/errors.ts';
import { timeOfId } from '../kit/time-ordered-id.ts';
import { utf8Bytes } from '../kit/utf8-bytes.ts';
import type { CsvLayout, HeaderRule } from './csv-rows.ts';

export type RowFormat = 'json' | 'csv';

/** The longest identity of a chunk that the sink takes. */
export const mostIdCharacters = 256;

/**
 * The rows of one message: the unit of delivery. Rows stay the text that they came as.
 *
 * `layout` says how rows stand in `text`: `lines` one JSON object a line, no line empty; `items` JSON objects separated by
 * commas; `csv` rows that each end with the row delimiter.
 */
export interface Chunk {
  /** The producer's chunk id, or else the SQS message id. */
  readonly id: string;
  readonly messageId: string;
  /** The ARN of the queue that its message came from. */
  readonly from?: string;
  readonly database: string | undefined;
  readonly table: string | undefined;
  readonly columns: readonly string[] | undefined;
  readonly layout: 'lines' | 'items' | 'csv';
  /** How CSV is written, or was that is JSON by now, that is not written as loads have it; never of what is ready to be loaded. */
  readonly csv?: CsvLayout;
  /**
   * One object of chunks of one row, each, that differ in who they are, and in the values of their row: they are of one kind. If they were
   * `seen`, what one of them becomes the others become, too.
   */
  readonly alike?: object;
  /** Its rows were looked at when its message was read, and all fit. */
  readonly seen?: object;
  /** What its message says of a line of names; without it, what the options say. */
  readonly header?: HeaderRule;
  readonly text: string;
  /** Good rows: those that `text` holds. */
  readonly rows: number;
  /** UTF-8 bytes of `text`. */
  readonly bytes: number;
  /** Rows that are not held in memory: `text` is empty, and each call streams them as a body has them. */
  readonly source?: () => AsyncIterable<Uint8Array>;
  /** Columns that each row of CSV gets, and what they hold, as soon as it is known what the others are called; never of what is ready. */
  readonly widens?: readonly AddedColumn[];
  /** CSV that came in several texts, each perhaps with a line of names: `text` is empty; never of what is ready to be loaded. */
  readonly parts?: readonly Chunk[];
  /** Some row may delete: its table has a primary key, and a row says `__op`. */
  readonly hasDeletes?: true;
  /** It comes from changes of a database, and some row is to be deleted: its table has to have a primary key. */
  readonly removesRows?: true;
  /** Each of its rows has a version, in this column, and an older one must not win over a newer. */
  readonly orderedBy?: string;
  /** Its rows hold `columns` only, and leave the others of the table what they are. */
  readonly isPartial?: true;
  /** It comes from events that do not say what their numbers count: days in a DATE, and what `sink.epoch-unit` says in a DATETIME. */
  readonly isUntyped?: true;
  /** Its bytes may be written as hexadecimal digits behind `0x`. */
  readonly hasHexBytes?: true;
  /** It comes from a source whose new columns become columns of the table. */
  readonly addsColumns?: true;
  /** What its rows look like, so that the same identity with other rows is noticed. */
  readonly fingerprint?: string | undefined;
  /** Rows of the message that are not among `rows`: they are kept in the bucket before the message is acked. */
  readonly badRows?: readonly UnreadableRow[];
}

/** How the fields of rows of CSV are told apart, and what they are. */
export interface CsvNotation {
  readonly layout: CsvLayout;
  /** From left to right, as far as it is known. */
  readonly columns: readonly string[] | undefined;
}

/** A row that no load can take, found when its message was read. It holds row data: it is for the bucket, never for a log. */
export interface UnreadableRow {
  /** Its place among all rows of the message, bad ones too, from 0. */
  readonly row: number;
  readonly code: FailureCode;
  readonly reason: string;
  readonly text: string;
  /** How it is written, where it is CSV. */
  readonly csv?: CsvNotation;
}

/** A column that rows do not hold themselves. */
export interface AddedColumn {
  readonly column: string;
  readonly text: string | null;
}

type ChunkParts = Pick<Chunk, 'id' | 'layout' | 'rows'> & Partial<Chunk>;

/** A chunk of which only so much is known. `bytes` are counted when they are not told. */
export const newChunk = ({ id, text = '', ...parts }: ChunkParts): Chunk => ({
  ...{ id, messageId: id, database: undefined, table: undefined, columns: undefined },
  ...{ text, bytes: parts.bytes ?? utf8Bytes(text) },
  ...parts,
});

/** The identity of a part of a chunk. The time that an identity tells stays where it is looked for. */
export function partId(id: string, part: string): string {
  const name = hash('sha256', part, 'base64url').slice(0, 16);
  return timeOfId(`${id}.${name}`) === timeOfId(id) ? `${id}.${name}` : `${name}.-${id}`;
}

/** Why a message cannot be taken. Never holds row data. */
export interface Rejection {
  readonly code: FailureCode;
  readonly detail: string;
}

/** Most messages are one chunk; events of several tables are a chunk for each. */
export type Decoded =
  | { readonly ok: true; readonly chunks: readonly [Chunk, ...Chunk[]] }
  | { readonly ok: false; readonly messageId: string; readonly rejection: Rejection };

export const formatOf = (chunk: Chunk): RowFormat => (chunk.layout === 'csv' ? 'csv' : 'json');

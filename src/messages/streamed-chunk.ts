import type { SQSRecord } from 'aws-lambda';
import { SinkError } from '../kit/errors.ts';
import { type Chunk, newChunk, type RowFormat } from '../rows/chunk.ts';
import type { Cut } from '../rows/cutter.ts';
import { RowSieve } from '../rows/row-sieve.ts';
import { decodeUtf8, streamRows } from '../rows/row-stream.ts';
import type { RowAttributes } from './attributes.ts';
import { readChanges } from './changes/read-changes.ts';
import {
  type DecodeRules,
  detectFormat,
  findRowsOf,
  formatByNotation,
  notationOf,
  routed,
  rowsProblem,
  toldOf,
} from './decode.ts';
import { widening } from './envelope-columns.ts';
import { isEnvelope } from './envelopes/unwrap.ts';
import type { Taken } from './message-route.ts';
import { isRenamed } from './routed-rows.ts';

/** Above this a payload is not held in memory. */
export const streamAboveBytes = 8 * 1024 ** 2;

/** Opens what holds rows at its first byte; while the signal is not aborted. */
export type Open = (until?: AbortSignal) => AsyncIterable<Uint8Array>;

/** @throws SinkError MESSAGE_TOO_LARGE, MESSAGE_NOT_TEXT, FORMAT_NOT_READ; what the source throws */
export async function readText(source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const text = await textWithin(source, maxBytes);
  if (text === undefined) throw new SinkError('MESSAGE_TOO_LARGE', `The payload has more than ${maxBytes} bytes.`);
  return text;
}

/** @out  undefined: it has more bytes than these */
export async function textWithin(source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string | undefined> {
  const parts: string[] = [];
  let bytes = 0;
  const bounded = async function* () {
    for await (const piece of source) {
      bytes += piece.byteLength;
      if (bytes > maxBytes) return;
      yield piece;
    }
  };
  try {
    for await (const text of decodeUtf8(bounded())) parts.push(text);
  } catch (error) {
    // A character that is cut off where it became too much is no fault.
    if (bytes <= maxBytes) throw error;
  }
  return bytes > maxBytes ? undefined : parts.join('');
}

/**
 * A chunk whose rows are read as a stream: now, to check and count them, and each time that they are sent.
 *
 * @in      signal: bounds the reading now
 * @throws  SinkError: why the message cannot be taken
 */
export async function streamedChunk(
  record: SQSRecord,
  attributes: RowAttributes,
  open: Open,
  given: DecodeRules,
  signal: AbortSignal | undefined,
): Promise<Chunk> {
  const { taken, rules } = routed(toldOf(record, attributes, given), given);
  if (taken && isRenamed(taken)) refuseRenaming(taken);
  const notation = notationOf(attributes, rules);
  if ('code' in notation) throw new SinkError(notation.code, notation.detail);
  const { layout: csv, own } = notation;
  const format =
    attributes.format ?? formatByNotation(attributes) ?? (await formatOfStream(open(signal))) ?? rules.defaultFormat;
  if (format === undefined)
    throw new SinkError('MESSAGE_SHAPE_UNKNOWN', 'The payload begins neither with { nor with [.');
  const sieve = new RowSieve();
  let isFirst = attributes.rows === undefined && format === 'json';
  const passes = (cut: Cut) => {
    if (isFirst) refuseEvents(cut.text);
    isFirst = false;
    return sieve.passes(cut);
  };
  const wide = widening(attributes.columns, format, csv, rules);
  const forms = { find: findRowsOf(attributes, rules), change: wide?.widen };
  let [rows, bytes] = [0, 0];
  for await (const part of streamRows(open(signal), format, csv, passes, forms)) {
    rows += part.rows;
    bytes += part.bytes.byteLength;
  }
  const { badRows } = sieve;
  const problem = rowsProblem(rows, badRows, attributes, rules);
  if (problem) throw new SinkError(problem.code, problem.detail);
  const { messageId } = record;
  const { chunk: id } = attributes;
  const columns = wide?.columns ?? attributes.columns;
  const { database, table } = taken?.route.target ?? attributes;
  return newChunk({
    ...{ id, messageId, database, table, columns, rows, bytes },
    ...(attributes.orderedBy === undefined ? {} : { orderedBy: attributes.orderedBy }),
    ...own,
    ...(wide?.widens ? { widens: wide.widens } : {}),
    ...(badRows.length > 0 ? { badRows } : {}),
    layout: format === 'csv' ? 'csv' : 'items',
    async *source() {
      // The rows were looked at; only those that were bad must be found again, by their place.
      const bad = new Set(badRows.map(({ row }) => row));
      let row = 0;
      for await (const part of streamRows(open(), format, csv, () => !bad.has(row++), forms)) yield part.bytes;
    },
  });
}

/** What streams by is not written anew. */
function refuseRenaming({ route: { target } }: Taken): never {
  const detail = `The route to ${target.database}.${target.table} gives columns other names than the source has, which is done up to ${streamAboveBytes} bytes. Send smaller messages, or name the columns as the table has them.`;
  throw new SinkError('MESSAGE_TOO_LARGE', detail);
}

/** Events become rows in memory; what is sent as it streams would be taken for rows. */
function refuseEvents(first: string): void {
  if (isEnvelope(first))
    throw new SinkError(
      'ENVELOPE_INVALID',
      `It begins with one, and has more than the ${streamAboveBytes} bytes up to which they are taken off.`,
    );
  if (readChanges(first) === undefined) return;
  const detail = `It begins with one, and has more than the ${streamAboveBytes} bytes up to which events are read.`;
  throw new SinkError('CHANGE_EVENT_INVALID', detail);
}

/** Reads no further than to the first character that is no white space. */
async function formatOfStream(source: AsyncIterable<Uint8Array>): Promise<RowFormat | undefined> {
  for await (const text of decodeUtf8(source)) if (text.trim() !== '') return detectFormat(text);
  return undefined;
}

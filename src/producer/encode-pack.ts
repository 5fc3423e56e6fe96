import { SinkError } from '../kit/errors.ts';
import { encodeMessage, type Message, type MessageFormat, type RowPack } from './message.ts';
import { offload, type PayloadStore } from './offload.ts';
import { sqsLimits } from './sqs-limits.ts';

export interface PackEncoding {
  readonly format: MessageFormat;
  /** Bytes that a message should not exceed, attributes included. */
  readonly targetBytes: number;
  readonly store: PayloadStore | undefined;
  readonly newId: () => string;
  /** Told about every body that was compressed or not: bytes before, bytes after. */
  readonly learn: (inflatedBytes: number, bodyBytes: number) => void;
}

/**
 * Makes messages of a pack: one, or more when its body comes out larger than estimated, or one with a pointer into S3 when
 * a row is larger than a message.
 *
 * @in     keepsChunk: the chunk id is the caller's, so the pack must stay one message
 * @throws SinkError ROW_TOO_LARGE: no message takes it and there is no store; whatever the store throws
 */
export async function encodePack(pack: RowPack, how: PackEncoding, keepsChunk: boolean): Promise<Message[]> {
  const message = await encodeMessage(pack, how.format);
  how.learn(pack.bytes, message.body.length);
  const mayBeCut = !keepsChunk && pack.rows.length > 1;
  if (message.bytes <= (mayBeCut ? how.targetBytes : sqsLimits.messageBytes)) return [message];
  if (mayBeCut) {
    const [left, right] = halve(pack, how);
    return [...(await encodePack(left, how, false)), ...(await encodePack(right, how, false))];
  }
  if (how.store !== undefined) return [await offload(message, how.store, how.newId())];
  throw new SinkError('ROW_TOO_LARGE', tooLarge(pack, message));
}

function halve(pack: RowPack, { format, newId }: PackEncoding): [RowPack, RowPack] {
  const middle = pack.rows.length >> 1;
  const part = (chunkId: string, rows: readonly string[]): RowPack => {
    const bytes = rows.reduce((sum, row) => sum + Buffer.byteLength(row) + Buffer.byteLength(format.rowDelimiter), 0);
    return { chunkId, table: pack.table, rows, bytes };
  };
  return [part(pack.chunkId, pack.rows.slice(0, middle)), part(newId(), pack.rows.slice(middle))];
}

function tooLarge({ table, rows, bytes }: RowPack, message: Message): string {
  const what = rows.length === 1 ? `A row of ${bytes} bytes` : `A chunk of ${rows.length} rows and ${bytes} bytes`;
  return `${what} for table ${table.table} makes a message of ${message.bytes} bytes; SQS takes ${sqsLimits.messageBytes}.`;
}

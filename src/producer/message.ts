import { promisify } from 'node:util';
// As a whole: Node has zstd from 22.15 on, and a name that is missing would keep the module from being loaded.
import * as zlib from 'node:zlib';
import type { Compression } from '../kit/compressions.ts';
import type { RowFormat } from '../rows/chunk.ts';
import { type Attribute, type Attributes, attributeBytes, holdsIllegalCharacter } from './sqs-limits.ts';
import type { Table } from './table-name.ts';

/** Rows of one table under one chunk id: what one message carries. */
export interface RowPack {
  readonly chunkId: string;
  readonly table: Table;
  /** Each row's text, without a delimiter. */
  readonly rows: readonly string[];
  /** UTF-8 bytes of the rows, a delimiter behind each. */
  readonly bytes: number;
}

/** A message ready for SQS. */
export interface Message {
  readonly pack: RowPack;
  readonly body: string;
  readonly attributes: Attributes;
  /** What SQS counts: body and attributes. */
  readonly bytes: number;
  /** Whether the rows are in S3, and the body points there. */
  readonly isOffloaded: boolean;
}

export interface MessageFormat {
  readonly format: RowFormat;
  readonly columns: readonly string[] | undefined;
  /** Stands behind each row: a line feed, or the CSV row delimiter. */
  readonly rowDelimiter: string;
  readonly compression: Compression | undefined;
  /** The column that holds a version of each row. */
  readonly orderedBy?: string | undefined;
  /** The attribute `csv`: how the rows are written, or were. */
  readonly csv?: string | undefined;
}

/** Compressors that this Node has. */
export const compressors: Readonly<Partial<Record<Compression, (text: string) => Promise<Buffer>>>> = {
  gzip: promisify(zlib.gzip) as (text: string) => Promise<Buffer>,
  ...(typeof zlib.zstdCompress === 'function' && {
    zstd: promisify(zlib.zstdCompress) as (text: string) => Promise<Buffer>,
  }),
};

/**
 * Turns rows into a message: joins them, compresses when asked to, or when the text holds characters that SQS refuses.
 *
 * @out  body: text, or base64 of one gzip member or zstd frame; `bytes` may exceed every limit, the caller looks
 */
export async function encodeMessage(pack: RowPack, format: MessageFormat): Promise<Message> {
  // One join, since a text that is added to is copied once more when it is read.
  const text = [...pack.rows, ''].join(format.rowDelimiter);
  const encoding = format.compression ?? (holdsIllegalCharacter(text, format.format === 'json') ? 'gzip' : undefined);
  const attributes = messageAttributes(pack, format, encoding);
  if (encoding === undefined) {
    return { pack, body: text, attributes, bytes: pack.bytes + attributeBytes(attributes), isOffloaded: false };
  }
  const compress = compressors[encoding];
  if (compress === undefined) throw new TypeError(`The options let ${encoding} through, which this Node has not.`);
  const body = (await compress(text)).toString('base64');
  return { pack, body, attributes, bytes: body.length + attributeBytes(attributes), isOffloaded: false };
}

function messageAttributes(
  { chunkId, table, rows }: RowPack,
  { format, columns, csv, orderedBy }: MessageFormat,
  encoding: Compression | undefined,
): Attributes {
  return {
    ...(table.database === undefined ? {} : { database: textValue(table.database) }),
    table: textValue(table.table),
    format: textValue(format),
    ...(encoding === undefined ? {} : { encoding: textValue(encoding) }),
    ...(csv === undefined ? {} : { csv: textValue(csv) }),
    ...(columns === undefined ? {} : { columns: textValue(columns.join(',')) }),
    ...(orderedBy === undefined ? {} : { 'order-by': textValue(orderedBy) }),
    chunk: textValue(chunkId),
    rows: { DataType: 'Number', StringValue: String(rows.length) },
  };
}

const textValue = (value: string): Attribute => ({ DataType: 'String', StringValue: value });

/** Bytes that the attributes of a message for this table take at most; those of `encoding` leave room for the digits of `rows`. */
export const overheadBytes = (table: Table, format: MessageFormat, chunkId: string): number =>
  attributeBytes(messageAttributes({ chunkId, table, rows: [], bytes: 0 }, format, 'gzip'));

import type { SQSRecord } from 'aws-lambda';
import { SinkError } from '../kit/errors.ts';
import { type Chunk, formatOf, type RowFormat } from '../rows/chunk.ts';
import { convertChunk } from '../rows/convert.ts';
import { type DecodeRules, decodeMessage } from '../rows/decode.ts';
import {
  columnsInHeader,
  columnsOfCsv,
  destinationOf,
  type Routed,
  type RouteRules,
  type TableShape,
  type Target,
  withOperations,
} from '../rows/route.ts';
import type { Arrived } from './carry.ts';

export interface PrepareDeps {
  readonly decode: DecodeRules;
  readonly rules: RouteRules;
  readonly route: (chunk: Chunk) => Routed;
  /**
   * Columns and key of a table; undefined when no jdbc-url is given.
   *
   * @throws SinkError: the schema cannot be read
   */
  readonly schemaOf: (target: Target) => Promise<TableShape | undefined>;
}

/**
 * One message on its way to a batch: decode → route → convert, if the load asks for another format.
 *
 * @throws  never a SinkError: a table whose schema cannot be read fails its own messages only
 */
export async function prepareMessage(record: SQSRecord, deps: PrepareDeps): Promise<Arrived<Chunk>> {
  try {
    return await prepare(record, deps);
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    return { ok: false, messageId: record.messageId, rejection: { code: error.code, detail: error.detail } };
  }
}

async function prepare(record: SQSRecord, deps: PrepareDeps): Promise<Arrived<Chunk>> {
  const { messageId } = record;
  const decoded = decodeMessage(record, deps.decode);
  if (!decoded.ok) return decoded;
  const routed = deps.route(decoded.chunk);
  if (!routed.ok) return { ...routed, messageId };
  const schema = await deps.schemaOf(routed.target);
  const destination = destinationOf(routed.target, decoded.chunk, deps.rules, schema);
  const chunk = withOperations(decoded.chunk, destination);
  const { format, columns } = destination.headers;
  // A message that names the columns of its own CSV is read by them, whatever the load calls its columns.
  const own = formatOf(chunk) === 'csv' ? chunk.columns : undefined;
  const known = own ?? (columns === undefined ? columnsOfCsv(chunk, schema) : columnsInHeader(columns));
  const converted = convertChunk(chunk, format as RowFormat, known, deps.decode.csv);
  if (!converted.ok) return { ...converted, messageId };
  return { ok: true, messageId, item: converted.chunk, destination };
}

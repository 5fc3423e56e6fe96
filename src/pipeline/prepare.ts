import type { SQSRecord } from 'aws-lambda';
import { SinkError } from '../kit/errors.ts';
import type { Destination } from '../ports.ts';
import { type Chunk, formatOf, type Rejection, type RowFormat } from '../rows/chunk.ts';
import { convertChunk } from '../rows/convert.ts';
import { type DecodeRules, decodeMessage } from '../rows/decode.ts';
import {
  columnsInHeader,
  columnsOfCsv,
  destinationOf,
  type Routed,
  type RouteRules,
  type TableColumns,
  type Target,
} from '../rows/route.ts';

export interface PrepareDeps {
  readonly decode: DecodeRules;
  readonly rules: RouteRules;
  readonly route: (chunk: Chunk) => Routed;
  /**
   * Columns of a table in order; undefined when no jdbc-url is given.
   *
   * @throws SinkError: the schema cannot be read
   */
  readonly schemaOf: (target: Target) => Promise<TableColumns>;
}

export type Prepared =
  | { readonly ok: true; readonly messageId: string; readonly chunk: Chunk; readonly destination: Destination }
  | { readonly ok: false; readonly messageId: string; readonly rejection: Rejection };

/**
 * One message on its way to a batch: decode → route → convert, if the load asks for another format.
 *
 * @throws  never a SinkError: a table whose schema cannot be read fails its own messages only
 */
export async function prepareMessage(record: SQSRecord, deps: PrepareDeps): Promise<Prepared> {
  try {
    return await prepare(record, deps);
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    return { ok: false, messageId: record.messageId, rejection: { code: error.code, detail: error.detail } };
  }
}

async function prepare(record: SQSRecord, deps: PrepareDeps): Promise<Prepared> {
  const { messageId } = record;
  const decoded = decodeMessage(record, deps.decode);
  if (!decoded.ok) return decoded;
  const { chunk } = decoded;
  const routed = deps.route(chunk);
  if (!routed.ok) return { ...routed, messageId };
  const schema = await deps.schemaOf(routed.target);
  const destination = destinationOf(routed.target, chunk, deps.rules, schema);
  const { format, columns } = destination.headers;
  // A message that names the columns of its own CSV is read by them, whatever the load calls its columns.
  const own = formatOf(chunk) === 'csv' ? chunk.columns : undefined;
  const known = own ?? (columns === undefined ? columnsOfCsv(chunk, schema) : columnsInHeader(columns));
  const converted = convertChunk(chunk, format as RowFormat, known, deps.decode.csv);
  return converted.ok ? { ok: true, messageId, chunk: converted.chunk, destination } : { ...converted, messageId };
}

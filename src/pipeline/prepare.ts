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
  kindOf,
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

/** Where chunks of one kind go. */
interface Way {
  readonly destination: Destination;
  /** Columns by which rows are read, or written, when the load asks for another format. */
  readonly columns: readonly string[] | undefined;
}

type Found = ({ readonly ok: true } & Way) | { readonly ok: false; readonly rejection: Rejection };

/**
 * Makes what brings the messages of one event on their way to a batch: decode → route → convert, if the load asks for
 * another format. Messages of an event are mostly of a kind: their way is found once, and their destination is one object.
 *
 * @throws  never a SinkError: a table whose schema cannot be read fails its own messages only
 */
export function createPrepare(deps: PrepareDeps): (record: SQSRecord) => Promise<Arrived<Chunk>> {
  const ways = new Map<string, Promise<Found>>();
  const wayOf = (chunk: Chunk): Promise<Found> => {
    const kind = kindOf(chunk, deps.rules);
    const way = ways.get(kind) ?? findWay(chunk, deps);
    ways.set(kind, way);
    return way;
  };
  return async (record) => {
    const { messageId } = record;
    const decoded = decodeMessage(record, deps.decode);
    if (!decoded.ok) return decoded;
    const way = await wayOf(decoded.chunk);
    if (!way.ok) return { ...way, messageId };
    const { destination, columns } = way;
    const chunk = withOperations(decoded.chunk, destination);
    const converted = convertChunk(chunk, destination.headers['format'] as RowFormat, columns, deps.decode.csv);
    if (!converted.ok) return { ...converted, messageId };
    return { ok: true, messageId, item: converted.chunk, destination };
  };
}

async function findWay(chunk: Chunk, { route, rules, schemaOf }: PrepareDeps): Promise<Found> {
  try {
    const routed = route(chunk);
    if (!routed.ok) return routed;
    const schema = await schemaOf(routed.target);
    const destination = destinationOf(routed.target, chunk, rules, schema);
    const header = destination.headers['columns'];
    // A message that names the columns of its own CSV is read by them, whatever the load calls its columns.
    const own = formatOf(chunk) === 'csv' ? chunk.columns : undefined;
    const columns = own ?? (header === undefined ? columnsOfCsv(chunk, schema) : columnsInHeader(header));
    return { ok: true, destination, columns };
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    return { ok: false, rejection: { code: error.code, detail: error.detail } };
  }
}

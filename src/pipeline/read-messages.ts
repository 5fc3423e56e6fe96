import type { SQSRecord } from 'aws-lambda';
import { SinkError } from '../kit/errors.ts';
import { mapLimited } from '../kit/map-limited.ts';
import type { DecodeRules } from '../messages/decode.ts';
import { decodeAnywhere, type Payloads } from '../messages/payload.ts';
import {
  columnsOfCsv,
  columnsProblem,
  destinationOf,
  kindOf,
  type RouteRules,
  type Routing,
  type TableShape,
  withOperations,
} from '../messages/route.ts';
import type { Destination, TableId } from '../ports.ts';
import { type Chunk, formatOf, type Rejection, type RowFormat } from '../rows/chunk.ts';
import { convertChunk } from '../rows/convert.ts';
import { columnsInHeader } from '../rows/destination.ts';
import type { Arrived } from './plan-lanes.ts';

export interface ReadDeps {
  readonly decode: DecodeRules;
  /** Where large payloads may stand. */
  readonly payloads: Payloads | undefined;
  readonly rules: RouteRules;
  readonly route: (chunk: Chunk) => Routing;
  /**
   * Columns and key of a table; undefined when no jdbc-url is given.
   *
   * @throws SinkError: the schema cannot be read
   */
  readonly schemaOf: (target: TableId) => Promise<TableShape | undefined>;
}

/** Payloads read at once; an event may hold thousands of pointers. */
const parallelPayloads = 8;

/** Where chunks of one kind go. */
interface Way {
  readonly destination: Destination;
  /** Columns by which rows are read, or written, when the load asks for another format. */
  readonly columns: readonly string[] | undefined;
}

type Found = ({ readonly ok: true } & Way) | { readonly ok: false; readonly rejection: Rejection };

/**
 * Brings the messages of one event on their way to a batch: decode → route → convert, if the load asks for another format.
 * Messages of an event are mostly of one kind: its way is found once, and its destination is one object.
 *
 * @out     what each record carries, in the same order
 * @throws  never a SinkError: a table whose schema cannot be read fails its own messages only
 */
export async function readMessages(records: readonly SQSRecord[], deps: ReadDeps): Promise<Arrived<Chunk>[]> {
  const decoded = await mapLimited(records, parallelPayloads, async (record) =>
    decodeAnywhere(record, deps.decode, deps.payloads),
  );
  const chunks = decoded.filter((message) => message.ok).map(({ chunk }) => chunk);
  const wayOf = await findWays(chunks, deps);
  return decoded.map((message) => (message.ok ? convert(message.chunk, wayOf(message.chunk), deps.decode) : message));
}

async function findWays(chunks: readonly Chunk[], deps: ReadDeps): Promise<(chunk: Chunk) => Found> {
  const searches = new Map<string, Promise<Found>>();
  for (const chunk of chunks) {
    const kind = kindOf(chunk, deps.rules);
    if (!searches.has(kind)) searches.set(kind, findWay(chunk, deps));
  }
  const ways = new Map(await Promise.all([...searches].map(async ([kind, way]) => [kind, await way] as const)));
  // Every chunk was looked at above, so its kind is there.
  return (chunk) => ways.get(kindOf(chunk, deps.rules)) as Found;
}

async function findWay(chunk: Chunk, { route, rules, schemaOf }: ReadDeps): Promise<Found> {
  try {
    const routed = route(chunk);
    if (!routed.ok) return routed;
    const problem = columnsProblem(chunk, rules);
    if (problem) return { ok: false, rejection: problem };
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

const nowhere: Destination = { database: '', table: '', headers: {} };

function convert(chunk: Chunk, way: Found, { csv }: DecodeRules): Arrived<Chunk> {
  const { messageId } = chunk;
  // It needs no table: there is nothing to load.
  if (chunk.rows === 0 && chunk.badRows === undefined)
    return { ok: true, messageId, item: chunk, destination: nowhere };
  if (!way.ok) return { ...way, messageId };
  const { destination, columns } = way;
  const format = destination.headers['format'] as RowFormat;
  const converted = convertChunk(withOperations(chunk, destination), format, columns, csv);
  return converted.ok ? { ok: true, messageId, item: converted.chunk, destination } : { ...converted, messageId };
}

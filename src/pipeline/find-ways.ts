/** Where chunks go: those of one kind go the same way, which is found once. */
import { SinkError } from '../kit/errors.ts';
import {
  columnsOfCsv,
  columnsProblem,
  destinationOf,
  kindOf,
  type RouteRules,
  type Routing,
  type TableShape,
} from '../messages/route.ts';
import type { TableId } from '../ports.ts';
import { type Chunk, formatOf, type Rejection } from '../rows/chunk.ts';
import { columnsInHeader } from '../rows/destination.ts';
import type { Way } from './way.ts';

export interface WayDeps {
  readonly rules: RouteRules;
  /** Those of a table, where they are others. */
  readonly rulesOf?: (table: TableId) => RouteRules;
  readonly route: (chunk: Chunk) => Routing;
  /**
   * Columns and key of a table; undefined when no jdbc-url is given.
   *
   * @in     maxAgeMs: how old it may be, if that matters; deadlineMs: epoch milliseconds at which nothing is waited for any more
   * @throws SinkError: the schema cannot be read
   */
  readonly schemaOf: (target: TableId, maxAgeMs?: number, deadlineMs?: number) => Promise<TableShape | undefined>;
}

/** The way of a chunk, or why there is none. */
export type Found = ({ readonly ok: true } & Way) | { readonly ok: false; readonly rejection: Rejection };

/** Finds the way of each kind of chunk, once. @in  chunks: of those that are alike, one at least. @out  the way of each */
export async function findWays(chunks: readonly Chunk[], deps: WayDeps): Promise<(chunk: Chunk) => Found> {
  const kinds = new Map<object, string>();
  const kindFor = (chunk: Chunk): string => {
    const { alike = chunk } = chunk;
    const kind = kinds.get(alike) ?? kindOf(chunk, rulesFor(chunk, deps));
    kinds.set(alike, kind);
    return kind;
  };
  const searches = new Map<string, Promise<Found>>();
  for (const chunk of chunks) {
    const kind = kindFor(chunk);
    if (!searches.has(kind)) searches.set(kind, findWay(chunk, deps));
  }
  const ways = new Map(await Promise.all([...searches].map(async ([kind, way]) => [kind, await way] as const)));
  let last: { readonly alike: object | undefined; readonly way: Found } | undefined;
  return (chunk) => {
    if (last && last.alike !== undefined && last.alike === chunk.alike) return last.way;
    // Every chunk was looked at above, or one that is alike, so its kind is there.
    last = { alike: chunk.alike, way: ways.get(kindFor(chunk)) as Found };
    return last.way;
  };
}

/** The rules of the table that a chunk is for. */
function rulesFor(chunk: Pick<Chunk, 'database' | 'table'>, { rules, rulesOf }: WayDeps): RouteRules {
  const { database = rules.database, table = rules.table } = chunk;
  return database === undefined || table === undefined ? rules : (rulesOf?.({ database, table }) ?? rules);
}

/** @in  maxAgeMs: how old the schema of its table may be, if that matters */
export async function findWay(chunk: Chunk, deps: WayDeps, maxAgeMs?: number): Promise<Found> {
  const { route, schemaOf } = deps;
  try {
    const rules = rulesFor(chunk, deps);
    const routed = route(chunk);
    if (!routed.ok) return routed;
    const problem = columnsProblem(chunk, rules);
    if (problem) return { ok: false, rejection: problem };
    const shape = await schemaOf(routed.target, maxAgeMs);
    const schema = shape?.isAbsent ? undefined : shape;
    const destination = destinationOf(routed.target, chunk, rules, schema);
    const header = destination.headers['columns'];
    // A message that names the columns of its own CSV is read by them, whatever the load calls its columns.
    const own = formatOf(chunk) === 'csv' ? chunk.columns : undefined;
    const columns = own ?? (header === undefined ? columnsOfCsv(chunk, schema) : columnsInHeader(header));
    const csvHeader = rules.properties['columns'] === undefined ? (rules.csvHeader ?? 'auto') : 'no';
    const known = schema?.columns;
    const { fitter, refusing, adds, isAbsent } = shape ?? {};
    const grows = { ...(refusing ? { adds, refusing } : {}), ...(isAbsent ? { isAbsent } : {}) };
    return { ok: true, destination, columns, fitter, narrower: new Map(), csvHeader, known, ...grows };
  } catch (error) {
    if (error instanceof SinkError) return { ok: false, rejection: { code: error.code, detail: error.detail } };
    const name = error instanceof Error ? error.name : typeof error;
    return { ok: false, rejection: { code: 'STARROCKS_TRANSIENT', detail: `The way was not found (${name}).` } };
  }
}

/** Finds the route of rows, among thousands: names that stand in a route as they are are looked up, patterns are tried once for each name. */
import { createHash } from 'node:crypto';
import { SinkError } from '../kit/errors.ts';
import { compilePattern, onlyNameOf, underClock } from '../kit/patterns.ts';
import type { Route, RouteColumn } from './route.ts';
import { routeOptions } from './route-options.ts';
import type { SinkOptions } from './table.ts';

export interface CompiledRoute {
  /** In StarRocks. */
  readonly target: { readonly database: string; readonly table: string };
  /** Empty: a duplicate-key table, or one that the route says nothing of. */
  readonly primaryKey: readonly string[];
  /** Empty: what the table has. */
  readonly columns: readonly RouteColumn[];
  readonly mode: Route['mode'];
  /** It asks for more than the names of a table: what the message is, or the object. */
  readonly asksMore: boolean;
  /** Those of the file, with what the route sets; one object for all routes that set the same. */
  readonly options: SinkOptions;
}

/** Where rows come from, as far as it is known. */
export interface Origin {
  readonly database?: string | undefined;
  readonly table?: string | undefined;
  /** Of the message. */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  /** `bucket/key` of an object. */
  readonly object?: string | undefined;
}

export interface Routes {
  /** The route of a table of a source. @throws SinkError ROUTE_PATTERN_SLOW */
  routeOf(sourceDatabase: string, sourceTable: string): CompiledRoute | undefined;
  /** The last route that matches all that is known of rows. @throws SinkError ROUTE_PATTERN_SLOW */
  routeFrom(origin: Origin): CompiledRoute | undefined;
  /** The last route that fills a table of StarRocks. */
  routeTo(database: string, table: string): CompiledRoute | undefined;
  /** Attributes that some route asks for: no others need be told. */
  readonly attributes: readonly string[];
  /** In the order of the file. */
  readonly all: readonly CompiledRoute[];
  /** Other routes that may take other tables have another one. */
  readonly fingerprint: string;
}

/** How long the patterns of all routes may look at one name. */
const patternLimitMs = 500;
/** Names are told by messages, and many. */
const mostRemembered = 20_000;

/**
 * @in      routes as `parseRoutes` gave them; options: those of the file
 * @throws  SinkError OPTIONS_INVALID: a pattern does not compile
 */
export function compileRoutes(routes: readonly Route[], options: SinkOptions): Routes {
  const merged = routeOptions(options);
  const all = routes.map(
    ({ source, database, table, primaryKey, columns, mode, options: own }): CompiledRoute => ({
      ...{ target: { database, table }, primaryKey, columns, mode },
      asksMore: source.attributes !== undefined || source.object !== undefined,
      options: merged(own).options,
    }),
  );
  const byName = new Map<string, number>();
  const tried: Pattern[] = [];
  for (const [index, { source }] of routes.entries()) {
    const name = namesOf(source);
    if (name === undefined) tried.unshift(patternOf(source, index));
    else byName.set(name, index);
  }
  const find = underClock(
    (asked: Asked) => tried.find((pattern) => pattern.index > asked.above && pattern.fits(asked)),
    patternLimitMs,
  );
  const remembered = new Map<string, number | undefined>();
  const indexOf = (origin: Origin): number | undefined => {
    const above = byName.get(keyOf(origin)) ?? -1;
    if (tried.length === 0) return above < 0 ? undefined : above;
    const key = JSON.stringify([origin.database, origin.table, origin.attributes, origin.object]);
    if (remembered.has(key)) return remembered.get(key);
    const found = inTime(() => find({ ...origin, above }))?.index ?? (above < 0 ? undefined : above);
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(key, found);
    return found;
  };
  const routeFrom = (origin: Origin) => {
    const index = indexOf(origin);
    return index === undefined ? undefined : all[index];
  };
  const byTarget = new Map(all.map((route) => [keyOf(route.target), route]));
  const attributes = [...new Set(routes.flatMap(({ source }) => Object.keys(source.attributes ?? {})))];
  const sources = JSON.stringify(routes.map(({ source }) => source));
  return {
    all,
    fingerprint: createHash('sha256').update(sources).digest('base64url').slice(0, 16),
    attributes,
    routeOf: (database, table) => routeFrom({ database, table }),
    routeFrom,
    routeTo: (database, table) => byTarget.get(keyOf({ database, table })),
  };
}

const keyOf = ({ database, table }: Origin) => JSON.stringify([database, table]);

/** @out  undefined: the route takes more than one name, or asks for more than a name */
function namesOf({ database, table, attributes, object }: Route['source']): string | undefined {
  if (database === undefined || table === undefined || attributes !== undefined || object !== undefined)
    return undefined;
  const names = { database: onlyNameOf(database), table: onlyNameOf(table) };
  return names.database === undefined || names.table === undefined ? undefined : keyOf(names);
}

type Asked = Origin & { readonly above: number };

interface Pattern {
  readonly index: number;
  fits(origin: Origin): boolean;
}

function patternOf({ database, table, attributes = {}, object }: Route['source'], index: number): Pattern {
  const attributePatterns = Object.entries(attributes).map(([name, pattern]) => [name, matcherOf(pattern)] as const);
  const named = { database: matcherOf(database), table: matcherOf(table), object: matcherOf(object) };
  return {
    index,
    fits: (origin) =>
      named.database(origin.database) &&
      named.table(origin.table) &&
      named.object(origin.object) &&
      attributePatterns.every(([name, matches]) =>
        matches(origin.attributes && Object.hasOwn(origin.attributes, name) ? origin.attributes[name] : undefined),
      ),
  };
}

/** What is not asked for may be anything, and what is asked for must be there. */
function matcherOf(pattern: string | undefined): (text: string | undefined) => boolean {
  if (pattern === undefined) return () => true;
  const expression = compilePattern(pattern);
  return (text) => text !== undefined && expression.test(text);
}

function inTime<T>(find: () => T): T {
  try {
    return find();
  } catch (cause) {
    const detail = `The patterns of routes looked at one name for more than ${patternLimitMs} ms.`;
    throw new SinkError('ROUTE_PATTERN_SLOW', detail, { cause });
  }
}

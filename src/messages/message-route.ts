/** Which route the rows of a message take: by what is told of the message, or by the names that a change of a database tells. */
import type { SQSMessageAttributes } from 'aws-lambda';
import type { CompiledRoute, Routes } from '../options/compile-routes.ts';
import type { Change } from './changes/change.ts';

/** What is told of the rows of a message. */
export interface Told {
  readonly database: string | undefined;
  readonly table: string | undefined;
  readonly attributes: SQSMessageAttributes;
  /** `bucket/key` of the object that holds them. */
  readonly object?: string | undefined;
}

/** A route, and the names by which it was found, where they are those of a source: then the columns are the source's, too. */
export interface Taken {
  readonly route: CompiledRoute;
  readonly source?: SourceNames;
}

export interface SourceNames {
  readonly database: string | undefined;
  readonly table: string | undefined;
}

/** @throws SinkError ROUTE_PATTERN_SLOW, from both */
export interface MessageRouter {
  /**
   * A route that asks for attributes or objects comes first; then names are those of a table of StarRocks, if a route fills it,
   * and else those of a source. So what was routed once stays where it is.
   */
  ofMessage(told: Told): Taken | undefined;
  /** The names of an event are those of a source, unless the message names the table. */
  ofChange(change: Pick<Change, 'database' | 'schema' | 'table'>, told: Told): Taken | undefined;
}

/** @in  defaults: the table of messages that name none */
export function createMessageRouter(routes: Routes, defaults: SourceNames): MessageRouter {
  const askedOf = (attributes: SQSMessageAttributes) =>
    Object.fromEntries(
      routes.attributes.flatMap((name) => {
        const text = Object.hasOwn(attributes, name) ? attributes[name]?.stringValue : undefined;
        return text === undefined ? [] : [[name, text] as const];
      }),
    );
  const from = (names: SourceNames, { attributes, object }: Told): Taken | undefined => {
    const route = routes.routeFrom({ ...names, attributes: askedOf(attributes), object });
    return route && { route, source: names };
  };
  const ofMessage = (told: Told): Taken | undefined => {
    const { database = defaults.database, table = defaults.table } = told;
    const found = from({ database, table }, told);
    if (found?.route.asksMore) return found;
    const filled = database === undefined || table === undefined ? undefined : routes.routeTo(database, table);
    return filled ? { route: filled } : found;
  };
  return {
    ofMessage,
    ofChange({ database, schema, table }, told) {
      if (told.database !== undefined && told.table !== undefined) return ofMessage(told);
      const databases = told.database === undefined ? [database, schema] : [told.database];
      for (const each of databases) {
        const found = from({ database: each, table: told.table ?? table }, told);
        if (found) return found;
      }
      return undefined;
    },
  };
}

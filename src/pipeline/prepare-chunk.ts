/** Makes a chunk ready for its load: fitted to its table, which is looked at again, or changed, where its rows ask for that. */
import type { Clock } from '../kit/clock.ts';
import type { DecodeRules } from '../messages/decode.ts';
import type { Destination } from '../ports.ts';
import { type Chunk, formatOf } from '../rows/chunk.ts';
import type { CsvLayout } from '../rows/csv-rows.ts';
import type { KeyFindings } from '../rows/fit-chunk.ts';
import type { ExpectedFitters } from '../rows/row-watch.ts';
import type { Telemetry } from '../telemetry.ts';
import { type Found, findWay, type WayDeps } from './find-ways.ts';
import { fitMessage, isLoadedAsItCame } from './fit-message.ts';
import { createGrowth, type Grown, type Growth, type GrowthDeps } from './grow-tables.ts';
import type { Arrived } from './plan-lanes.ts';
import type { KeyTeller } from './tell-keys.ts';
import type { Ready, Way } from './way.ts';

export interface PrepareDeps extends WayDeps {
  readonly decode: DecodeRules;
  readonly keys?: KeyTeller;
  /** Makes tables and columns; without it none is made. */
  readonly growth?: GrowthDeps;
  /** Learns who fits the rows of which messages. */
  readonly expected?: ExpectedFitters;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

const nowhere: Destination = { database: '', table: '', headers: {} };

/** `begunMs`: epoch milliseconds at which the event was begun: whatever its senders saw of a table was so before. */
export interface EventDeps extends PrepareDeps {
  readonly begunMs: number;
}

/** A column that was added meanwhile is noticed by a key that nobody knows: by one that is new in the same event, else not more often. */
const maxAgeMs = 5000;

/** Waits for nothing where its rows are held, and all that they name is known. */
export function prepareChunk(
  chunk: Chunk,
  found: Found,
  deps: EventDeps,
  until: AbortSignal,
  growth: Growth | undefined,
): readonly Arrived<Chunk>[] | Promise<readonly Arrived<Chunk>[]> {
  const { messageId } = chunk;
  // It needs no table: there is nothing to load.
  if (chunk.rows === 0 && chunk.badRows === undefined)
    return [{ ok: true, messageId, item: chunk, destination: nowhere }];
  if (!found.ok) return [{ ...found, messageId }];
  if (found.isAbsent && growth) return prepareAfterChanges(chunk, found, deps, until, growth);
  if (isLoadedAsItCame(chunk, found)) return [{ ok: true, messageId, item: chunk, destination: found.destination }];
  const fitted = fitMessage(chunk, found, csvOfLoads(deps), until);
  if (fitted instanceof Promise || (fitted.ok && fitted.keys && fitted.keys.unknown.size > 0))
    return prepareAfterChanges(chunk, found, deps, until, growth, fitted);
  return portionsOf(chunk, found, fitted, deps);
}

/** @in  fitted: to the table as it was known before */
async function prepareAfterChanges(
  chunk: Chunk,
  found: Found & { ok: true },
  deps: EventDeps,
  until: AbortSignal,
  growth: Growth | undefined,
  fitted?: Ready | Promise<Ready>,
): Promise<readonly Arrived<Chunk>[]> {
  const { messageId } = chunk;
  const csv = csvOfLoads(deps);
  const way = found.ok && found.isAbsent && growth ? await settled(chunk, found, growth, deps) : found;
  if (!way.ok) return [{ ...way, messageId }];
  const first = await (fitted ?? fitMessage(chunk, way, csv, until));
  const again = first.ok && first.keys ? await lookAgain(chunk, way, first.keys.unknown, deps) : way;
  // Whether a column was added must be known before a key is left out.
  if (!again.ok) return [{ ...again, messageId }];
  const looked = again.fitter === way.fitter ? first : await fitMessage(chunk, again, csv, until);
  const grown = growth && looked.ok ? await withColumns(chunk, again, looked.keys, growth, deps) : again;
  if (!grown.ok) return [{ ...grown, messageId }];
  const last = grown.fitter === again.fitter ? looked : await fitMessage(chunk, grown, csv, until);
  return portionsOf(chunk, again, last, deps);
}

function portionsOf(chunk: Chunk, way: Way, fitted: Ready, deps: PrepareDeps): readonly Arrived<Chunk>[] {
  const { messageId } = chunk;
  if (!fitted.ok) return [{ ...fitted, messageId }];
  const { portions, keys } = fitted;
  const [bad] = portions.flatMap((portion) => portion.chunk.badRows ?? []);
  if (bad && !deps.decode.keepsBadRows)
    return [{ ok: false, messageId, rejection: { code: bad.code, detail: bad.reason } }];
  if (keys) deps.keys?.tell(way.destination, keys);
  if (way.fitter && formatOf(chunk) === 'json') deps.expected?.learn(chunk, way.fitter.fitterOf(chunk));
  return portions.map(({ chunk: item, destination }) => ({ ok: true, messageId, item, destination }));
}

const csvOfLoads = ({ decode: { csv, csvOfLoads: ofLoads = csv } }: PrepareDeps): CsvLayout => ofLoads;

/** What makes tables and columns of what is in the chunks; undefined where that is not wanted. */
export function growthOf(
  chunks: () => readonly Chunk[],
  wayOf: (chunk: Chunk) => Found,
  deps: PrepareDeps,
  deadlineMs: number,
): Growth | undefined {
  const { growth, telemetry, clock } = deps;
  const known = (chunk: Chunk) => {
    const way = wayOf(chunk);
    return way.ok ? way : undefined;
  };
  return growth && createGrowth(chunks, known, { ...growth, csv: csvOfLoads(deps), telemetry, clock, deadlineMs });
}

/** The way into a table that is made now. */
async function settled(chunk: Chunk, { destination }: Way, growth: Growth, deps: PrepareDeps): Promise<Found> {
  const way = await wayAfter(await growth.createTable(destination), chunk, deps);
  if (way && !(way.ok && way.isAbsent)) return way;
  const detail = `The table ${destination.database}.${destination.table} was made, and is not to be seen yet.`;
  return { ok: false, rejection: { code: 'STARROCKS_TRANSIENT', detail } };
}

/** The way into a table that has a column for each key by now; where that is refused, rows with other keys are bad. */
async function withColumns(
  chunk: Chunk,
  way: Way,
  keys: KeyFindings | undefined,
  growth: Growth,
  deps: PrepareDeps,
): Promise<Found> {
  const mayAdd = way.adds === 'of all rows' || (way.adds === 'of changes' && chunk.addsColumns);
  if (!mayAdd || !way.refusing || !way.known || !keys?.unknown.size) return { ok: true, ...way };
  const grown = await growth.addColumns(way.destination, way.known);
  if (grown && 'refusal' in grown) return { ok: true, ...way, fitter: way.refusing(grown.refusal) };
  return (await wayAfter(grown, chunk, deps)) ?? { ok: true, ...way };
}

/** By a schema that was read after the table was changed, once for all who wait for it. */
async function wayAfter(grown: Grown, chunk: Chunk, deps: PrepareDeps): Promise<Found | undefined> {
  return grown && 'doneMs' in grown ? findWay(chunk, deps, deps.clock.now() - grown.doneMs - 1) : undefined;
}

async function lookAgain(chunk: Chunk, way: Way, unknown: ReadonlySet<string>, deps: EventDeps): Promise<Found> {
  if (unknown.size === 0) return { ok: true, ...way };
  const areNew = deps.keys?.areNew(way.destination, unknown) ?? false;
  return findWay(chunk, deps, areNew ? deps.clock.now() - deps.begunMs - 1 : maxAgeMs);
}

import type { SQSRecord } from 'aws-lambda';
import type { Clock } from '../kit/clock.ts';
import { SinkError } from '../kit/errors.ts';
import { inTime } from '../kit/in-time.ts';
import { mapLimited } from '../kit/map-limited.ts';
import { once } from '../kit/once.ts';
import type { DecodeRules } from '../messages/decode.ts';
import { MemoryBudget } from '../messages/memory-budget.ts';
import { decodeAnywhere } from '../messages/payload.ts';
import type { Payloads } from '../messages/payload-pointer.ts';
import {
  columnsOfCsv,
  columnsProblem,
  destinationOf,
  kindOf,
  type RouteRules,
  type Routing,
  type TableShape,
} from '../messages/route.ts';
import type { Destination, TableId } from '../ports.ts';
import { type Chunk, formatOf, type Rejection } from '../rows/chunk.ts';
import { columnsInHeader } from '../rows/destination.ts';
import type { KeyFindings } from '../rows/fit-chunk.ts';
import type { ExpectedFitters } from '../rows/row-watch.ts';
import type { Telemetry } from '../telemetry.ts';
import { fitMessage } from './fit-message.ts';
import { createGrowth, type Grown, type Growth, type GrowthDeps } from './grow-tables.ts';
import type { Arrived } from './plan-lanes.ts';
import { whyApart } from './plan-together.ts';
import type { KeyTeller } from './tell-keys.ts';
import type { Way } from './way.ts';

export interface ReadDeps {
  readonly decode: DecodeRules;
  /** Where large payloads may stand. */
  readonly payloads: Payloads | undefined;
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
  readonly keys?: KeyTeller;
  /** What a message carries becomes visible at once. */
  readonly isAtomic?: boolean;
  /** Makes tables and columns; without it none is made. */
  readonly growth?: GrowthDeps;
  /** Learns who fits the rows of which messages. */
  readonly expected?: ExpectedFitters;
  /** Bytes that decoded messages may take in memory; without it as many as come. */
  readonly budgetBytes?: number;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** Payloads read at once; an event may hold thousands of pointers. */
const parallelPayloads = 8;

type Found = ({ readonly ok: true } & Way) | { readonly ok: false; readonly rejection: Rejection };

/** Of the time that is left, the part in which messages are read, and in which their tables are looked at; in the rest they are loaded. */
const parts = { ofReading: 0.7, ofTables: 0.85 };

/**
 * Brings the messages of one event on their way to a batch: decode → route → fit, to the table and to the format of the load.
 * Messages of an event are mostly of one kind: its way is found once, and its destination is one object.
 *
 * @in      deadlineMs: the epoch time at which all must be over
 * @out     what each record carries, in the same order; several entries when its rows cannot share a load
 * @throws  never: whatever happens while a message is read, or its table's schema, fails that message only
 */
export async function readMessages(
  records: readonly SQSRecord[],
  given: ReadDeps,
  deadlineMs = Number.POSITIVE_INFINITY,
): Promise<Arrived<Chunk>[]> {
  const { clock } = given;
  const [now, leftMs] = [clock.now(), deadlineMs - clock.now()];
  const deps = { ...given, schemaOf: schemasUntil(now + leftMs * parts.ofTables, given) };
  const untilMs = now + leftMs * parts.ofReading;
  const budget = new MemoryBudget(deps.budgetBytes ?? Number.POSITIVE_INFINITY);
  const timer = readingTimer(untilMs, clock);
  const decoded = await mapLimited(records, parallelPayloads, (record) =>
    caught(record.messageId, deps, async () => {
      if (clock.now() >= untilMs) throw new SinkError('DEADLINE_NEAR', 'Reading the messages before it took the time.');
      const decoding = decodeAnywhere(record, deps.decode, deps.payloads, { budget, signal: timer.signal });
      if (decoding instanceof Promise) timer.start();
      return decoding;
    }),
  );
  const chunks = decoded.filter((message) => message.ok).flatMap((message) => message.chunks);
  const wayOf = await findWays(chunks, deps);
  const growth = growthOf(chunks, wayOf, deps, now + leftMs * parts.ofTables);
  const arrived = await mapLimited(decoded, parallelPayloads, async (message): Promise<readonly Arrived<Chunk>[]> => {
    if (!message.ok) return [message];
    const [{ messageId }] = message.chunks;
    const fitted = await caught(messageId, deps, () =>
      Promise.all(message.chunks.map((chunk) => prepare(chunk, wayOf(chunk), deps, timer.signal, growth))),
    );
    if ('ok' in fitted) return [fitted];
    // Of a message nothing is loaded while a part of it cannot be.
    const failed = fitted.flat().find((each) => !each.ok);
    if (failed) return [failed];
    const apart = deps.isAtomic ? whyApart(fitted.flat()) : undefined;
    return apart === undefined
      ? fitted.flat()
      : [{ ok: false, messageId, rejection: { code: 'ATOMIC_IMPOSSIBLE', detail: apart } }];
  });
  timer.stop();
  const queues = new Map(records.map(({ messageId, eventSourceARN }) => [messageId, eventSourceARN]));
  return arrived.flat().map((message) => {
    const from = queues.get(message.messageId);
    return message.ok && from !== undefined ? { ...message, item: { ...message.item, from } } : message;
  });
}

/** Aborts, once it is started, what is still waited for when the time is over. */
function readingTimer(untilMs: number, clock: Clock) {
  const [overtime, done] = [new AbortController(), new AbortController()];
  const start = once(async () => {
    if (!Number.isFinite(untilMs)) return;
    await clock.sleep(Math.max(0, untilMs - clock.now()), done.signal);
    if (!done.signal.aborted) overtime.abort();
  });
  return { signal: overtime.signal, start: () => void start(), stop: () => done.abort() };
}

/** One table whose frontend hangs holds back only its own messages. */
function schemasUntil(untilMs: number, { schemaOf, clock }: ReadDeps): ReadDeps['schemaOf'] {
  if (!Number.isFinite(untilMs)) return schemaOf;
  return (target, maxAgeMs) =>
    inTime(schemaOf(target, maxAgeMs, untilMs), untilMs - clock.now(), clock, () => {
      const name = `${target.database}.${target.table}`;
      throw new SinkError('STARROCKS_TRANSIENT', `The schema of ${name} did not come in the time that there was.`);
    });
}

type Failed = { readonly ok: false; readonly messageId: string; readonly rejection: Rejection };

/** A message that cannot be read for a reason that nobody foresaw is no reason to hold back the others. */
async function caught<T>(messageId: string, deps: ReadDeps, read: () => Promise<T>): Promise<T | Failed> {
  try {
    return await read();
  } catch (error) {
    return { ok: false, messageId, rejection: rejectionOf(error, messageId, deps) };
  }
}

/** What a program does wrong it does wrong again; all else may heal. Messages of errors can quote rows, so they are not told. */
const sameEachTime = [TypeError, RangeError, SyntaxError, URIError, ReferenceError];

function rejectionOf(error: unknown, messageId: string, { telemetry }: Pick<ReadDeps, 'telemetry'>): Rejection {
  if (error instanceof SinkError) return { code: error.code, detail: error.detail };
  const name = error instanceof Error ? error.name : typeof error;
  const where =
    error instanceof Error
      ? error.stack
          ?.split('\n')
          .find((line) => /^\s+at /.test(line))
          ?.trim()
      : undefined;
  telemetry.event('error', 'message unreadable', { messageId, error: name, where });
  return sameEachTime.some((kind) => error instanceof kind)
    ? { code: 'MESSAGE_UNREADABLE', detail: `It failed with a ${name}.` }
    : { code: 'SEGMENT_UNREADABLE', detail: `What it names could not be read (${name}).` };
}

async function findWays(chunks: readonly Chunk[], deps: ReadDeps): Promise<(chunk: Chunk) => Found> {
  const searches = new Map<string, Promise<Found>>();
  for (const chunk of chunks) {
    const kind = kindOf(chunk, rulesFor(chunk, deps));
    if (!searches.has(kind)) searches.set(kind, findWay(chunk, deps));
  }
  const ways = new Map(await Promise.all([...searches].map(async ([kind, way]) => [kind, await way] as const)));
  // Every chunk was looked at above, so its kind is there.
  return (chunk) => ways.get(kindOf(chunk, rulesFor(chunk, deps))) as Found;
}

/** The rules of the table that a chunk is for. */
function rulesFor(chunk: Pick<Chunk, 'database' | 'table'>, { rules, rulesOf }: ReadDeps): RouteRules {
  const { database = rules.database, table = rules.table } = chunk;
  return database === undefined || table === undefined ? rules : (rulesOf?.({ database, table }) ?? rules);
}

async function findWay(chunk: Chunk, deps: ReadDeps, maxAgeMs?: number): Promise<Found> {
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

const nowhere: Destination = { database: '', table: '', headers: {} };

/** A column that was added meanwhile is noticed by a key that nobody knows: at once by a new one, else not more often. */
const maxAgeMs = { ofNewKeys: 200, ofOthers: 5000 };

async function prepare(
  chunk: Chunk,
  found: Found,
  deps: ReadDeps,
  until: AbortSignal,
  growth: Growth | undefined,
): Promise<readonly Arrived<Chunk>[]> {
  const { messageId } = chunk;
  // It needs no table: there is nothing to load.
  if (chunk.rows === 0 && chunk.badRows === undefined)
    return [{ ok: true, messageId, item: chunk, destination: nowhere }];
  const way = found.ok && found.isAbsent && growth ? await settled(chunk, found, growth, deps) : found;
  if (!way.ok) return [{ ...way, messageId }];
  const { csv: ofMessages, csvOfLoads: csv = ofMessages, keepsBadRows = false } = deps.decode;
  const first = await fitMessage(chunk, way, csv, until);
  const again = first.ok && first.keys ? await lookAgain(chunk, way, first.keys.unknown, deps) : way;
  // Whether a column was added must be known before a key is left out.
  if (!again.ok) return [{ ...again, messageId }];
  const looked = again.fitter === way.fitter ? first : await fitMessage(chunk, again, csv, until);
  const grown = growth && looked.ok ? await withColumns(chunk, again, looked.keys, growth, deps) : again;
  if (!grown.ok) return [{ ...grown, messageId }];
  const fitted = grown.fitter === again.fitter ? looked : await fitMessage(chunk, grown, csv, until);
  if (!fitted.ok) return [{ ...fitted, messageId }];
  const { portions, keys } = fitted;
  const [bad] = portions.flatMap((portion) => portion.chunk.badRows ?? []);
  if (bad && !keepsBadRows) return [{ ok: false, messageId, rejection: { code: bad.code, detail: bad.reason } }];
  if (keys) deps.keys?.tell(way.destination, keys);
  if (again.fitter && formatOf(chunk) === 'json') deps.expected?.learn(chunk, again.fitter.fitterOf(chunk));
  return portions.map(({ chunk: item, destination }) => ({ ok: true, messageId, item, destination }));
}

function growthOf(
  chunks: readonly Chunk[],
  wayOf: (chunk: Chunk) => Found,
  { growth, decode: { csv: ofMessages, csvOfLoads: csv = ofMessages }, telemetry, clock }: ReadDeps,
  deadlineMs: number,
): Growth | undefined {
  const known = (chunk: Chunk) => {
    const way = wayOf(chunk);
    return way.ok ? way : undefined;
  };
  return growth && createGrowth(chunks, known, { ...growth, csv, telemetry, clock, deadlineMs });
}

/** The way into a table that is made now. */
async function settled(chunk: Chunk, { destination }: Way, growth: Growth, deps: ReadDeps): Promise<Found> {
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
  deps: ReadDeps,
): Promise<Found> {
  const mayAdd = way.adds === 'of all rows' || (way.adds === 'of changes' && chunk.addsColumns);
  if (!mayAdd || !way.refusing || !way.known || !keys?.unknown.size) return { ok: true, ...way };
  const grown = await growth.addColumns(way.destination, way.known);
  if (grown && 'refusal' in grown) return { ok: true, ...way, fitter: way.refusing(grown.refusal) };
  return (await wayAfter(grown, chunk, deps)) ?? { ok: true, ...way };
}

/** By a schema that was read after the table was changed, once for all who wait for it. */
async function wayAfter(grown: Grown, chunk: Chunk, deps: ReadDeps): Promise<Found | undefined> {
  return grown && 'doneMs' in grown ? findWay(chunk, deps, deps.clock.now() - grown.doneMs - 1) : undefined;
}

async function lookAgain(chunk: Chunk, way: Way, unknown: ReadonlySet<string>, deps: ReadDeps): Promise<Found> {
  if (unknown.size === 0) return { ok: true, ...way };
  const areNew = deps.keys?.areNew(way.destination, unknown) ?? false;
  return findWay(chunk, deps, areNew ? maxAgeMs.ofNewKeys : maxAgeMs.ofOthers);
}

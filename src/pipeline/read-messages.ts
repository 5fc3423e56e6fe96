import type { SQSRecord } from 'aws-lambda';
import type { Clock } from '../kit/clock.ts';
import { SinkError } from '../kit/errors.ts';
import { inTime } from '../kit/in-time.ts';
import { mapLimited } from '../kit/map-limited.ts';
import { once } from '../kit/once.ts';
import { MemoryBudget } from '../messages/memory-budget.ts';
import { decodeAnywhere } from '../messages/payload.ts';
import type { Payloads } from '../messages/payload-pointer.ts';
import { UsualMessages } from '../messages/usual-messages.ts';
import type { Chunk, Decoded, Rejection } from '../rows/chunk.ts';
import { AlikeChunks } from './alike-chunks.ts';
import { findWays } from './find-ways.ts';
import type { Arrived } from './plan-lanes.ts';
import { whyApart } from './plan-together.ts';
import { growthOf, type PrepareDeps, prepareChunk } from './prepare-chunk.ts';

export interface ReadDeps extends PrepareDeps {
  /** Where large payloads may stand. */
  readonly payloads: Payloads | undefined;
  /** What a message carries becomes visible at once. */
  readonly isAtomic?: boolean;
  /** What messages of the events before looked like. */
  readonly usual?: UsualMessages;
  /** Bytes that decoded messages may take in memory; without it as many as come. */
  readonly budgetBytes?: number;
}

/** Payloads read at once; an event may hold thousands of pointers. */
const parallelPayloads = 8;

/** Of the time that is left, the part in which messages are read, and in which their tables are looked at; in the rest they are loaded. */
const parts = { ofReading: 0.7, ofTables: 0.85 };

/**
 * Brings the messages of one event on their way to a batch: decode → route → fit, to the table and to the format of the load.
 * Messages of an event are mostly of one kind: its way is found once, and its destination is one object. Those that are usual are read
 * however little time there is.
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
  const deps = { ...given, schemaOf: schemasUntil(now + leftMs * parts.ofTables, given), begunMs: now };
  const untilMs = now + leftMs * parts.ofReading;
  const forms = deps.usual ?? new UsualMessages(deps.decode);
  forms.begin();
  const budget = new MemoryBudget(deps.budgetBytes ?? Number.POSITIVE_INFINITY);
  const timer = readingTimer(untilMs, clock);
  const usual = new KindsOfChunks();
  const decode = (record: SQSRecord): Came | Promise<Came> => {
    const chunk = forms.read(record, budget);
    if (chunk) return usual.see(chunk);
    if (clock.now() >= untilMs) throw new SinkError('DEADLINE_NEAR', 'Reading the messages before it took the time.');
    const decoding = decodeAnywhere(record, deps.decode, deps.payloads, { budget, signal: timer.signal });
    if (decoding instanceof Promise) timer.start();
    else forms.learn(record, decoding);
    return decoding;
  };
  const came = await mapLimited(records, parallelPayloads, (record) => caught(record.messageId, deps, decode, record));
  const wayOf = await findWays(usual.oneOfEach(came), deps);
  const growth = growthOf(() => came.flatMap(chunksOf), wayOf, deps, now + leftMs * parts.ofTables);
  const alike = new AlikeChunks();
  const prepare = (chunk: Chunk) => {
    const way = wayOf(chunk);
    const prepared = prepareChunk(chunk, way, deps, timer.signal, growth);
    alike.learn(chunk, way, prepared);
    return prepared;
  };
  const prepareAll = (all: readonly Chunk[]) =>
    all.length === 1 ? prepare(all[0] as Chunk) : Promise.all(all.map(prepare)).then((portions) => portions.flat());
  const arrived = await mapLimited(came, parallelPayloads, (message, at) => {
    const ready = 'ok' in message ? undefined : alike.readyOf(message);
    if (ready) return ready;
    if ('ok' in message && !message.ok) return message;
    const { messageId } = records[at] as SQSRecord;
    const prepared = caught(messageId, deps, prepareAll, chunksOf(message));
    return prepared instanceof Promise
      ? prepared.then((all) => asOne(messageId, all, deps))
      : asOne(messageId, prepared, deps);
  });
  timer.stop();
  return inOrder(arrived, records);
}

/** A usual message is its chunk, without more around it. */
type Came = Chunk | Decoded;

const chunksOf = (message: Came): readonly Chunk[] => {
  if ('ok' in message) return message.ok ? message.chunks : [];
  return [message];
};

/** Of usual messages beside each other that are alike one stands for all: they go the same way. */
class KindsOfChunks {
  readonly #chunks: Chunk[] = [];
  #last: object | undefined;
  #seen = 0;

  see(chunk: Chunk): Chunk {
    if (chunk.alike !== this.#last) this.#chunks.push(chunk);
    this.#last = chunk.alike;
    this.#seen++;
    return chunk;
  }

  /** @in  came: all messages, those that were seen among them */
  oneOfEach(came: readonly Came[]): readonly Chunk[] {
    if (this.#seen === came.length) return this.#chunks;
    return [...this.#chunks, ...came.flatMap((message) => ('ok' in message ? chunksOf(message) : []))];
  }
}

/** @in  arrived: what each record carries, in the same order; what was usual knows where it comes from */
function inOrder(
  arrived: readonly (Arrived<Chunk> | readonly Arrived<Chunk>[])[],
  records: readonly SQSRecord[],
): Arrived<Chunk>[] {
  const messages: Arrived<Chunk>[] = [];
  for (const [at, message] of arrived.entries()) {
    if ('ok' in message) messages.push(message);
    else for (const part of message) messages.push(comingFrom(part, records[at]?.eventSourceARN));
  }
  return messages;
}

/** Of a message nothing is loaded while a part of it cannot be. */
function asOne(
  messageId: string,
  parts: readonly Arrived<Chunk>[] | Failed,
  { isAtomic }: ReadDeps,
): readonly Arrived<Chunk>[] {
  if ('ok' in parts) return [parts];
  if (parts.length === 1) return parts;
  const failed = parts.find((each) => !each.ok);
  if (failed) return [failed];
  const apart = isAtomic ? whyApart(parts) : undefined;
  return apart === undefined
    ? parts
    : [{ ok: false, messageId, rejection: { code: 'ATOMIC_IMPOSSIBLE', detail: apart } }];
}

function comingFrom(message: Arrived<Chunk>, queue: string | undefined): Arrived<Chunk> {
  if (!message.ok || queue === undefined || message.item.from === queue) return message;
  return { ...message, item: { ...message.item, from: queue } };
}

/** Aborts, once it is started, what is still waited for when the time is over. */
function readingTimer(untilMs: number, clock: Clock) {
  const [overtime, done] = [new AbortController(), new AbortController()];
  const start = once(async () => {
    if (!Number.isFinite(untilMs)) return;
    await clock.sleep(Math.max(0, untilMs - clock.now()), done.signal);
    if (!done.signal.aborted) overtime.abort();
  });
  return { signal: overtime.signal, start: () => void start(), stop: () => done.abort('over') };
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
function caught<In, T>(
  messageId: string,
  deps: ReadDeps,
  read: (input: In) => T | Promise<T>,
  input: In,
): T | Failed | Promise<T | Failed> {
  try {
    const found = read(input);
    return found instanceof Promise ? found.catch((error: unknown) => failedBy(error, messageId, deps)) : found;
  } catch (error) {
    return failedBy(error, messageId, deps);
  }
}

const failedBy = (error: unknown, messageId: string, deps: ReadDeps): Failed => ({
  ...{ ok: false, messageId },
  rejection: rejectionOf(error, messageId, deps),
});

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

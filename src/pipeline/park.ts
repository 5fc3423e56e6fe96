/**
 * Keeps aside what can never be loaded, and lets its message go: nothing waits for it, and a group of a FIFO queue goes on.
 *
 *   rows that are no rows      rejected/<table>/<day>/<chunk>-read.ndjson, before the others of their message are loaded
 *   a message that is none     rejected/messages/<day>/<digest>.ndjson, whole: body, attributes, reason and identity
 *
 * Only what is kept is acked. Without a bucket, or where whole messages are wanted back, the queue's dead letters keep them.
 */
import { createHash } from 'node:crypto';
import type { SQSRecord } from 'aws-lambda';
import { acked, type Failed, type Outcome, retry } from '../delivery/outcomes.ts';
import { columnIn, keepRejectedRows } from '../delivery/rejected.ts';
import { bucketPrefixes } from '../kit/bucket-prefixes.ts';
import type { Clock } from '../kit/clock.ts';
import { type FailureCode, failures } from '../kit/errors.ts';
import { inTime } from '../kit/in-time.ts';
import { mapLimited } from '../kit/map-limited.ts';
import type { ObjectStore } from '../object-store.ts';
import { bodyOf } from '../rows/body.ts';
import type { Chunk } from '../rows/chunk.ts';
import type { Telemetry } from '../telemetry.ts';
import type { MessageOutcomes } from './message-outcomes.ts';
import type { Arrived } from './plan-lanes.ts';

export interface ParkDeps {
  /** Where to; undefined: nothing is parked. */
  readonly rejectedIn: ObjectStore | undefined;
  /** Until when a run may be at work that has to end by a moment, as its claims say it. */
  readonly untilMsOf?: (deadlineMs: number) => number;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** Objects written at once. */
const parallelWrites = 16;

/** Of the time that is left, the part in which what cannot be read is parked; in the rest the others are loaded. */
const parkingPart = 0.5;

/**
 * Parks messages that cannot be read, and the rows of others that cannot. What is not parked in its time comes again.
 *
 * @in   deadlineMs: epoch milliseconds at which the others must be loaded
 * @out  the messages, in the same order
 */
export async function parkUnreadable(
  records: readonly SQSRecord[],
  messages: readonly Arrived<Chunk>[],
  deadlineMs: number,
  deps: ParkDeps,
): Promise<readonly Arrived<Chunk>[]> {
  if (messages.every((message) => message.ok && message.item.badRows === undefined)) return messages;
  const { clock } = deps;
  const untilMs = clock.now() + (deadlineMs - clock.now()) * parkingPart;
  const recordOf = new Map(records.map((record) => [record.messageId, record]));
  const inParkingTime = <T>(work: () => Promise<T>, instead: () => T) =>
    clock.now() < untilMs ? inTime(work(), untilMs - clock.now(), clock, instead) : instead();
  return mapLimited(messages, parallelWrites, async (message): Promise<Arrived<Chunk>> => {
    if (message.ok) {
      if (message.item.badRows === undefined) return message;
      return inParkingTime(
        () => keepBadRows(message, message.item, deadlineMs, deps),
        () => notKept(message.messageId),
      );
    }
    const record = recordOf.get(message.messageId);
    const { verdict } = failures[message.rejection.code];
    if (verdict !== 'reject' || record === undefined) return message;
    const isParked = await inParkingTime(
      () => park(record, { verdict, ...message.rejection }, deps),
      () => false,
    );
    return isParked ? { ...message, isParked } : message;
  });
}

/** Its other rows wait with it: acked, its bad rows would be lost. */
function notKept(messageId: string): Arrived<Chunk> {
  const { code, detail } = retry('LEDGER_UNAVAILABLE', `The bad rows of ${messageId} could not be kept.`);
  return { ok: false, messageId, rejection: { code, detail } };
}

async function keepBadRows(
  message: Arrived<Chunk> & { ok: true },
  { id, from: source, badRows = [] }: Chunk,
  deadlineMs: number,
  { rejectedIn, untilMsOf, clock, telemetry }: ParkDeps,
): Promise<Arrived<Chunk>> {
  const { messageId, destination } = message;
  if (rejectedIn === undefined) throw new TypeError('Rows are parted from bad ones only where there is a bucket.');
  const rows = badRows.map((row) => {
    const column = columnIn(row.reason);
    return column === undefined ? row : { ...row, column };
  });
  try {
    const chunk = { id, part: 'read', messageId, source, untilMs: untilMsOf?.(deadlineMs) } as const;
    await keepRejectedRows(destination, chunk, rows, rejectedIn, clock.now());
  } catch (error) {
    telemetry.event('error', 'bad rows not kept', { messageId, error: String(error) });
    return notKept(messageId);
  }
  return message;
}

/** What became of messages: those that are parked are acked. */
export interface AfterParking {
  readonly outcomes: MessageOutcomes;
  /** Why each was parked. */
  readonly parked: ReadonlyMap<string, Failed>;
}

/** Parks messages that the delivery rejected. */
export async function parkRejected(
  records: readonly SQSRecord[],
  outcomes: MessageOutcomes,
  deps: ParkDeps,
): Promise<AfterParking> {
  const rejected = records.filter(({ messageId }) => outcomes.get(messageId)?.verdict === 'reject');
  if (deps.rejectedIn === undefined || rejected.length === 0) return { outcomes, parked: new Map() };
  const parked = new Map<string, Failed>();
  await mapLimited(rejected, parallelWrites, async (record) => {
    const why = outcomes.get(record.messageId) as Failed;
    if (await park(record, why, deps)) parked.set(record.messageId, why);
  });
  const ends = [...parked.keys()].map((id): [string, Outcome] => [id, acked]);
  return { outcomes: new Map([...outcomes, ...ends]), parked };
}

/** @out  false: it is not kept, so it goes the way of the queue */
async function park(record: SQSRecord, { code, detail }: Failed, deps: ParkDeps): Promise<boolean> {
  const { rejectedIn, telemetry, clock } = deps;
  const { messageId } = record;
  if (rejectedIn === undefined) return false;
  const sentMs = Number(record.attributes.SentTimestamp);
  const day = new Date(Number.isFinite(sentMs) ? sentMs : clock.now()).toISOString().slice(0, 10);
  const digest = createHash('sha256').update(messageId).digest('hex').slice(0, 32);
  try {
    const kept: ParkedMessage = { code, reason: detail, column: columnIn(detail), ...parked(record) };
    const line = `${JSON.stringify(kept)}\n`;
    await rejectedIn.putBody(`${bucketPrefixes.rejected}messages/${day}/${digest}.ndjson`, bodyOf(Buffer.from(line)));
  } catch (error) {
    telemetry.event('error', 'message not parked', { messageId, code, error: String(error) });
    return false;
  }
  return true;
}

/** A message that is kept aside: all that is needed to look at it, and to send it again as the same one. */
export interface ParkedMessage {
  readonly code: FailureCode;
  readonly reason: string;
  readonly column?: string | undefined;
  readonly messageId: string;
  readonly body: string;
  /** The queue's ARN. */
  readonly queue: string;
  readonly sentMs: number;
  /** Of a FIFO queue, or of a fair one. */
  readonly group?: string;
  readonly attributes: Readonly<Record<string, ParkedAttribute>>;
}

/** `binaryValue`: base64. */
export interface ParkedAttribute {
  readonly dataType: string;
  readonly stringValue?: string | undefined;
  readonly binaryValue?: string | undefined;
}

const parked = ({
  messageId,
  body,
  attributes,
  messageAttributes,
  eventSourceARN,
}: SQSRecord): Omit<ParkedMessage, 'code' | 'reason'> => ({
  ...{ messageId, body, queue: eventSourceARN, sentMs: Number(attributes.SentTimestamp) },
  ...(attributes.MessageGroupId === undefined ? {} : { group: attributes.MessageGroupId }),
  attributes: Object.fromEntries(
    Object.entries(messageAttributes).map(([name, { dataType, stringValue, binaryValue }]) => [
      name,
      { dataType, ...(stringValue === undefined ? { binaryValue } : { stringValue }) },
    ]),
  ),
});

import type { SQSRecord } from 'aws-lambda';
import { acked, areAllAcked, type Outcome, type Outcomes } from '../delivery/outcomes.ts';
import { failures, SinkError } from '../kit/errors.ts';
import type { Item } from '../rows/batch.ts';
import type { Chunk } from '../rows/chunk.ts';
import type { Telemetry } from '../telemetry.ts';
import type { Arrived, Lanes } from './plan-lanes.ts';

export type MessageOutcomes = ReadonlyMap<string, Outcome>;

/** What the messages of an event carry, found in one look at them while they are still near. */
export interface Received {
  readonly rows: number;
  /** Each record carries something, and all of that can be loaded. */
  readonly areAllTaken: boolean;
  /** Some message has rows that are none. */
  readonly haveBadRows: boolean;
}

/** @in  arrived: what the records carry, in their order */
export function receivedOf(records: readonly SQSRecord[], arrived: readonly Arrived<Chunk>[]): Received {
  let [rows, at, areAllTaken, haveBadRows] = [0, -1, true, false];
  for (const message of arrived) {
    const { messageId } = message;
    // A record may carry several parts, beside each other.
    if (records[at]?.messageId !== messageId && records[++at]?.messageId !== messageId) areAllTaken = false;
    if (message.ok) {
      rows += message.item.rows;
      haveBadRows ||= message.item.badRows !== undefined;
    } else areAllTaken = false;
  }
  return { rows, areAllTaken: areAllTaken && at === records.length - 1, haveBadRows };
}

/** True: all that each message carried is loaded, so that nothing is to be parked, told, or given back; as of nearly every event. */
export const areAllLoaded = <I extends Item>(
  { areAllTaken }: Received,
  { items }: Pick<Lanes<I>, 'items'>,
  byItem: Outcomes<I>,
): boolean => areAllTaken && byItem.size === items && areAllAcked(byItem);

/** What becomes of each message, by its id; one whose item was not tried has no outcome. */
export function outcomesOfMessages<I extends Item>(
  arrived: readonly Arrived<I>[],
  lanes: Lanes<I>,
  byItem: Outcomes<I>,
): MessageOutcomes {
  const outcomes = new Map<string, Outcome>();
  for (const [messageId, parts] of Map.groupBy(arrived, (message) => message.messageId)) {
    const outcome = outcomeOfAll(parts.map((part) => outcomeOf(part, lanes, byItem)));
    if (outcome) outcomes.set(messageId, outcome);
  }
  return outcomes;
}

/** What becomes of a message of several parts: it is acked when all are, and rejected when none need be tried again. */
function outcomeOfAll(outcomes: readonly (Outcome | undefined)[]): Outcome | undefined {
  if (outcomes.includes(undefined)) return undefined;
  const ranked = (['retry', 'reject', 'ack'] as const).map((verdict) =>
    outcomes.find((one) => one?.verdict === verdict),
  );
  return ranked.find((outcome) => outcome !== undefined);
}

function outcomeOf<I extends Item>(message: Arrived<I>, lanes: Lanes<I>, byItem: Outcomes<I>): Outcome | undefined {
  if (!message.ok && message.isParked) return acked;
  if (!message.ok) return { verdict: failures[message.rejection.code].verdict, ...message.rejection };
  if (message.item.rows === 0) return acked;
  const item = lanes.itemOf(message);
  return item && byItem.get(item);
}

/** Tells of messages of which nobody can tell whether they are loaded. */
export function reportUndecided(outcomes: MessageOutcomes, telemetry: Telemetry): void {
  const undecided = [...outcomes].filter(([, outcome]) => outcome.verdict !== 'ack' && outcome.code === 'UNDECIDED');
  for (const [messageId, outcome] of undecided) telemetry.event('error', 'undecided', { messageId, ...outcome });
  if (undecided.length > 0) telemetry.count('Undecided', undecided.length);
}

/** Counts rows, and tells of messages that are not taken. */
export function reportReceived(
  arrived: readonly Arrived<Item>[],
  { rows, areAllTaken }: Received,
  telemetry: Telemetry,
): void {
  if (!areAllTaken) reportWaiting(arrived, telemetry);
  telemetry.count('RowsReceived', rows);
}

/** A payload that cannot be read, a schema that cannot be learnt: nothing else would tell why the messages come again. */
function reportWaiting<I extends Item>(arrived: readonly Arrived<I>[], telemetry: Telemetry): void {
  const reasons = new Map<string, { code: string; detail: string; messages: number; messageId: string }>();
  for (const message of arrived) {
    if (message.ok || failures[message.rejection.code].verdict !== 'retry') continue;
    const { code, detail } = message.rejection;
    const { messages, messageId } = reasons.get(detail) ?? { messages: 0, messageId: message.messageId };
    reasons.set(detail, { code, detail, messages: messages + 1, messageId });
  }
  for (const reason of reasons.values()) telemetry.event('warn', 'not taken', reason);
}

/**
 * @throws SinkError when not one message got anywhere for a reason that lies outside the messages, so that the event source
 *         backs off
 */
export function throwWhenNothingWorked(outcomes: MessageOutcomes): void {
  const all = [...outcomes.values()].filter((outcome) => outcome.verdict !== 'reject');
  const [first] = all;
  const isOutside = (outcome: Outcome) => outcome.verdict === 'retry' && failures[outcome.code].scope === 'invocation';
  if (first && first.verdict !== 'ack' && all.every(isOutside)) throw new SinkError(first.code, first.detail);
}

import type { SQSRecord } from 'aws-lambda';
import type { Run } from '../delivery/delivery.ts';
import type { Clock } from '../kit/clock.ts';
import { inTime } from '../kit/in-time.ts';
import { mapLimited } from '../kit/map-limited.ts';
import { type Backoff, waitMs } from '../kit/retry.ts';
import type { Postpone } from '../queues.ts';
import { isHeldBack } from '../starrocks/refusal-codes.ts';
import type { Telemetry } from '../telemetry.ts';
import type { MessageOutcomes } from './message-outcomes.ts';

export interface GiveBackDeps {
  /** How throttled messages are given back for longer; undefined where nobody can. */
  readonly postpone: Postpone | undefined;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** After the deadline a little may be waited for still, out of the reserve that is kept for the answer. */
const leastClosingMs = 1500;

/** Milliseconds that a step behind the last load may take: the answer, which acks what is loaded, waits for no more. */
export const closingMs = ({ deadlineMs }: Pick<Run, 'deadlineMs'>, clock: Pick<Clock, 'now'>): number =>
  Math.max(leastClosingMs, deadlineMs - clock.now());

/** Tables whose messages are given back at once; those of one are several requests. */
const parallelTables = 4;

const delays: Backoff = { firstWaitMs: 30_000, longestWaitMs: 900_000 };

/**
 * Gives messages of tables that StarRocks asks to spare back for a while that grows with their receive count. Those of one table get
 * the same delay, jittered once, so that they come back together, and may make one larger batch. Those of another table get their own.
 *
 * @in      tableOf: the table of a message, as a key
 * @throws  never: a message that could not be postponed comes back by the queue's own visibility timeout
 */
export async function giveBack(
  records: readonly SQSRecord[],
  outcomes: MessageOutcomes,
  tableOf: (messageId: string) => string,
  withinMs: number,
  deps: GiveBackDeps,
): Promise<void> {
  const throttled = records.filter(({ messageId }) => {
    const outcome = outcomes.get(messageId);
    return outcome !== undefined && outcome.verdict !== 'ack' && isHeldBack(outcome.code);
  });
  const byTable = Map.groupBy(throttled, ({ messageId }) => tableOf(messageId));
  await mapLimited([...byTable.values()], parallelTables, (ofTable) => postponeAll(ofTable, withinMs, deps));
}

async function postponeAll(
  throttled: readonly SQSRecord[],
  withinMs: number,
  { postpone, clock, telemetry }: GiveBackDeps,
): Promise<void> {
  if (postpone === undefined) return;
  const seconds = delaySeconds(Math.max(...throttled.map(receiveCountOf)), clock.random());
  try {
    await inTime(postpone(throttled, seconds), withinMs, clock, () => {
      throw new Error(`SQS took longer than ${withinMs} ms.`);
    });
    telemetry.event('warn', 'postponed', { messages: throttled.length, seconds });
  } catch (error) {
    telemetry.event('warn', 'not postponed', { messages: throttled.length, error: String(error) });
  }
}

const receiveCountOf = ({ attributes }: SQSRecord) => Number(attributes.ApproximateReceiveCount);

/** Doubles with each receive, up to a quarter of an hour; between half and the whole of it. @in chance: in [0, 1) */
export const delaySeconds = (receives: number, chance: number): number =>
  Math.round(waitMs(delays, Math.max(1, receives), chance) / 1000);

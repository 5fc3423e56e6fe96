/**
 * Tells of messages and rows that are rejected, and counts each once, however often its message is delivered:
 *
 *   parked, or its bad rows kept   when its message is acked, and so comes no more
 *   neither                        when its message is delivered first; or later, by the process that had given it back for
 *                                  another reason
 *
 * Where nothing is parked such a message comes again until it is a dead letter, to one process after the other. One that was given
 * back for another reason by a process that lives no more is in the log, and in the dead letters, but not counted.
 */
import type { SQSRecord } from 'aws-lambda';
import type { Failed } from '../delivery/outcomes.ts';
import { columnIn } from '../delivery/rejected.ts';
import { RecentKeys } from '../kit/recent-keys.ts';
import type { Chunk } from '../rows/chunk.ts';
import type { Telemetry } from '../telemetry.ts';
import type { MessageOutcomes } from './message-outcomes.ts';
import type { Arrived } from './plan-lanes.ts';

/** What a process knows of messages that were not parked. */
export class RejectionMemory {
  readonly #told = new RecentKeys();
  readonly #waiting = new RecentKeys();

  /** The message was given back, and may be loaded another time. */
  waits({ messageId }: SQSRecord): void {
    this.#waiting.add(messageId);
  }

  /** @out  whether the message was not told of before, and not counted before */
  meet({ messageId, attributes }: SQSRecord): { readonly isUntold: boolean; readonly isUncounted: boolean } {
    const isUntold = !this.#told.has(messageId);
    this.#told.add(messageId);
    const isFirst = attributes.ApproximateReceiveCount === '1' || this.#waiting.has(messageId);
    return { isUntold, isUncounted: isUntold && isFirst };
  }
}

/**
 * @in  parked: why, by message; outcomes: parked ones are acked; failed: ids of messages that come again
 */
export function reportRejected(
  records: readonly SQSRecord[],
  parked: ReadonlyMap<string, Failed>,
  outcomes: MessageOutcomes,
  failed: ReadonlySet<string>,
  { memory, telemetry }: { readonly memory: RejectionMemory; readonly telemetry: Telemetry },
): void {
  let count = 0;
  const tell = ({ messageId }: SQSRecord, { code, detail }: Failed, isParked?: true) =>
    telemetry.event('error', 'message rejected', { messageId, code, detail, ...(isParked && { isParked }) });
  for (const record of records) {
    const why = parked.get(record.messageId);
    const outcome = outcomes.get(record.messageId);
    if (why) {
      if (failed.has(record.messageId)) continue;
      tell(record, why, true);
      count++;
    } else if (outcome?.verdict === 'reject') {
      const { isUntold, isUncounted } = memory.meet(record);
      if (isUntold) tell(record, outcome);
      if (isUncounted) count++;
    } else if (outcome?.verdict !== 'ack') memory.waits(record);
  }
  if (count > 0) telemetry.count('MessagesRejected', count);
}

/** In one line of the log. */
const columnsNamed = 10;

/** Tells of rows that were found to be none when their message was read. @in  failed: ids of messages that come again */
export function reportBadRows(
  arrived: readonly Arrived<Chunk>[],
  failed: ReadonlySet<string>,
  telemetry: Telemetry,
): void {
  for (const message of arrived) {
    if (!message.ok || message.item.badRows === undefined || failed.has(message.messageId)) continue;
    const { messageId, destination } = message;
    const { badRows } = message.item;
    if (badRows.length === 0) continue;
    const reasons = badRows.map(({ reason }) => reason);
    const columns = [...new Set(reasons.flatMap((reason) => columnIn(reason) ?? []))].slice(0, columnsNamed);
    const found = { rows: reasons.length, code: badRows[0]?.code, ...(columns.length > 0 && { columns }) };
    const table = `${destination.database}.${destination.table}`;
    telemetry.event('warn', 'rows rejected', { messageId, table, ...found });
    telemetry.count('RowsRejected', reasons.length);
  }
}

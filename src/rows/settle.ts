import type { SQSBatchItemFailure, SQSRecord } from 'aws-lambda';
import type { FailureCode } from '../kit/errors.ts';

/** What becomes of one message. Rejected messages are delivered again too, until the queue moves them to its dead letters. */
export type Outcome =
  | { readonly verdict: 'ack' }
  | { readonly verdict: 'retry' | 'reject'; readonly code: FailureCode; readonly detail: string };

export const acked: Outcome = { verdict: 'ack' };

/**
 * Turns outcomes into the answer for the event source. What has no outcome is not proven loaded, so it has failed. In a
 * FIFO queue everything behind a failed message of its group is given back too, or order would break.
 *
 * @in   records in the order of the event; outcomes by message id
 */
export function settle(records: readonly SQSRecord[], outcomes: ReadonlyMap<string, Outcome>): SQSBatchItemFailure[] {
  const brokenGroups = new Set<string>();
  return records
    .filter(({ messageId, attributes }) => {
      const group = attributes.MessageGroupId;
      const isOrdered = attributes.SequenceNumber !== undefined && group !== undefined;
      const failed = outcomes.get(messageId)?.verdict !== 'ack' || (isOrdered && brokenGroups.has(group));
      if (failed && isOrdered) brokenGroups.add(group);
      return failed;
    })
    .map(({ messageId }) => ({ itemIdentifier: messageId }));
}

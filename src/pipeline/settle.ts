import type { SQSBatchItemFailure, SQSRecord } from 'aws-lambda';
import type { Outcome } from '../delivery/outcomes.ts';

/**
 * Turns outcomes into the answer for the event source. What has no outcome is not proven loaded, so it has failed. In a
 * FIFO queue everything behind a failed message of its group is given back too, or order would break.
 *
 * @in   records in the order of the event; outcomes by message id
 */
export function settle(
  records: readonly SQSRecord[],
  outcomes: ReadonlyMap<string, Outcome>,
  isOrdered: boolean,
): SQSBatchItemFailure[] {
  const brokenGroups = new Set<string | undefined>();
  return records
    .filter(({ messageId, attributes: { MessageGroupId: group } }) => {
      const failed = outcomes.get(messageId)?.verdict !== 'ack' || brokenGroups.has(group);
      if (failed && isOrdered) brokenGroups.add(group);
      return failed;
    })
    .map(({ messageId }) => ({ itemIdentifier: messageId }));
}

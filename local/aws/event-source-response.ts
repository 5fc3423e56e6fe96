/** How Lambda reads what a function returned under ReportBatchItemFailures. */
export type Settlement =
  | { readonly kind: 'success' }
  /** These message ids stay in the queue; the others are deleted. */
  | { readonly kind: 'partial'; readonly failed: ReadonlySet<string> }
  /** The response is no answer to this batch: every message stays. */
  | { readonly kind: 'malformed'; readonly reason: string };

const success: Settlement = { kind: 'success' };

/**
 * Reads a function's response. An absent or empty list is success, whatever else the response holds: a misspelt
 * `batchItemFailures` deletes the batch.
 *
 * @in      response: after JSON, so that undefined is null
 * @source  Lambda developer guide, "Implementing partial batch responses": success and failure conditions
 */
export function settle(response: unknown, messageIds: readonly string[]): Settlement {
  if (response === null || response === undefined) return success;
  if (!isRecord(response)) return malformed('the response is no object');
  const failures = response['batchItemFailures'];
  if (failures === null || failures === undefined) return success;
  if (!Array.isArray(failures)) return malformed('batchItemFailures is no list');
  const known = new Set(messageIds);
  const failed = new Set<string>();
  for (const failure of failures) {
    const id: unknown = isRecord(failure) ? failure['itemIdentifier'] : undefined;
    if (typeof id !== 'string' || id === '') return malformed('an entry has no itemIdentifier');
    if (!known.has(id)) return malformed('an itemIdentifier is no message of the batch');
    failed.add(id);
  }
  return failed.size === 0 ? success : { kind: 'partial', failed };
}

function malformed(reason: string): Settlement {
  return { kind: 'malformed', reason };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { bucketPrefixes } from '../../src/kit/bucket-prefixes.ts';
import type { ObjectStore } from '../../src/object-store.ts';

type Sabotage = (objects: ObjectStore) => ObjectStore;

const pretend =
  (prefix: string): Sabotage =>
  (objects) => ({
    ...objects,
    getText: async (key) => (key.startsWith(prefix) ? undefined : objects.getText(key)),
    putText: async (key, text, condition) =>
      key.startsWith(prefix) ? { state: 'stored', etag: '"none"' } : objects.putText(key, text, condition),
  });

/** Parts of the ledger, each taken away: its writes are said to be stored and are not, or its answers are not believed. */
export const sabotages = {
  /** Batches are committed without a decision that others can find. */
  'without the decision': pretend(bucketPrefixes.decisions),
  /** Every worker believes that a chunk is its own. */
  'without the claim': pretend(bucketPrefixes.claims),
  /** Somebody else's batch is taken for void although S3 did not write it. */
  'that believes in a void that was not written': (objects) => ({
    ...objects,
    putText: async (key, text, condition) =>
      key.startsWith(bucketPrefixes.decisions) && text.includes('"void"')
        ? { state: 'stored', etag: '"believed"' }
        : objects.putText(key, text, condition),
  }),
  /** The claims of others, written since, are overwritten. */
  'without If-Match in the claims': (objects) => ({
    ...objects,
    putText: async (key, text, condition) => {
      const isClaim = key.startsWith(bucketPrefixes.claims) && 'ifMatch' in condition;
      const now = isClaim ? await objects.getText(key) : undefined;
      return objects.putText(key, text, now ? { ifMatch: now.etag } : condition);
    },
  }),
  /** Bad rows are said to be kept, and are not. */
  'that acks bad rows before they are kept': (objects) => ({
    ...objects,
    putBody: async (key, body) => (key.startsWith(bucketPrefixes.rejected) ? undefined : objects.putBody(key, body)),
  }),
  /** A taken key is believed to be the worker's own earlier write, whose answer was lost. */
  'without the read-back': (objects) => ({
    ...objects,
    putText: async (key, text, condition) => {
      const result = await objects.putText(key, text, condition);
      return result.state === 'failed' ? { state: 'stored', etag: '"believed"' } : result;
    },
  }),
} as const satisfies Record<string, Sabotage>;

import { stateKey } from '../../../src/follow/state.ts';
import type { ObjectStore } from '../../../src/object-store.ts';

type Sabotage = (objects: ObjectStore) => ObjectStore;

const key = stateKey('shop');

/** Changes what is written of a state. */
const writing =
  (change: (state: Record<string, unknown>) => Record<string, unknown>): Sabotage =>
  (objects) => ({
    ...objects,
    putText: async (at, text, condition) =>
      objects.putText(
        at,
        at === key ? JSON.stringify(change(JSON.parse(text) as Record<string, unknown>)) : text,
        condition,
      ),
  });

/** Parts of the journal, each taken away. */
export const sabotages = {
  /** Somebody else's state, written since, is overwritten. */
  'without If-Match': (objects) => ({
    ...objects,
    putText: async (at, text, condition) => {
      const now = at === key && 'ifMatch' in condition ? await objects.getText(at) : undefined;
      return objects.putText(at, text, now ? { ifMatch: now.etag } : condition);
    },
  }),
  /** What is sent is not written down before. */
  'without the plan': writing(({ plan, ...state }) => state),
  /** The place moves when something is planned, and not when it is sent. */
  'whose place moves before the queue has taken the rows': writing(({ plan, ...state }) =>
    plan ? { ...state, place: (plan as { readonly next: unknown }).next } : state,
  ),
  /** A state that another wrote is believed to be the follower's own. */
  'that believes a write that failed': (objects) => ({
    ...objects,
    putText: async (at, text, condition) => {
      const result = await objects.putText(at, text, condition);
      const found = result.state === 'failed' ? await objects.getText(at) : undefined;
      return found ? { state: 'stored', etag: found.etag } : result;
    },
  }),
} as const satisfies Record<string, Sabotage>;

import type { ReplayTarget } from './target.ts';

/** What a backend says that cannot write. */
const writeFailure = {
  kind: 'fail',
  phase: 'write',
  message:
    'close failed, index:10452 has intolerable failure: inject error writeFailureRate:1.0 [10001] numReplica:1 |',
} as const;

export type Act = (target: ReplayTarget) => Promise<void> | void;

/**
 * What happened outside of the exchanges, or was set before they were recorded: by recording, then by the index of the exchange before which
 * it happened. A real cluster can not be treated so: there a recording ends at its first act.
 */
export const acts: Readonly<Record<string, Readonly<Record<number, Act>>>> = {
  'transaction-timeouts': {
    7: publishingTakes('commit', 6),
    11: ({ advance }) => advance(6_000),
    19: publishingTakes('commit', 6),
    22: publishingTakes('stream_load', 6),
    30: publishingTakes('commit', 26),
    32: ({ advance }) => advance(26_000),
    38: publishingTakes('commit', 3),
    59: ({ advance }) => advance(45_000),
  },
  // Jobs were waited for: two rounds of the scheduler, and one.
  'alter-add-column': {
    68: ({ advance }) => advance(20_000),
    107: ({ advance }) => advance(10_000),
  },
  'get-load-state': {
    10: publishingTakes('commit', 4),
    11: ({ advance }) => advance(4_000),
  },
  'load-error-log': {
    6: ({ standIn }) => void standIn?.faults.add({ on: 'stream_load', at: 'be', do: writeFailure }),
  },
  // label_clean_interval_second was 20 there, and it can not be changed while a frontend runs.
  'limits-and-forgetting': { 50: ({ standIn }) => standIn?.faults.cleanLabels() },
  'no-backend-alive': {
    11: ({ standIn }) => standIn?.faults.killBackend(0, { noticed: false }),
    13: ({ advance }) => advance(21_000),
  },
  'frontend-restart': {
    // The simulated backend ended with the frontend there.
    46: async ({ standIn }) => {
      await standIn?.faults.stopFrontend();
      await standIn?.faults.killBackend(0, { noticed: false });
    },
    49: async ({ standIn }) => {
      await standIn?.faults.startFrontend();
      await standIn?.faults.reviveBackend(0);
    },
  },
};

/** Exchanges that came while another was under way: it was asked before them, though it was answered after them. */
export const askedBefore: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  'transaction-timeouts': { 6: 7 },
  'get-load-state': { 9: 10 },
};

/** The next commit, or plain load, meets slow publishing. */
function publishingTakes(on: 'commit' | 'stream_load', seconds: number): Act {
  return ({ standIn }) => void standIn?.faults.add({ on, do: { kind: 'delay-publish', forMs: seconds * 1000 } });
}

/** Recordings that begin where others had been: these statements of `information-schema`, and for `rec` those of
 * `labels-across-databases` too, come first. */
export const standsOn: Readonly<Record<string, readonly string[]>> = {
  schema: ['show-statements', 'cluster'],
  rec: [
    'privileges',
    'privileges-commit',
    'stream-load-meta',
    'stream-load-redirect',
    'load-error-log',
    'merge-commit',
    'endpoints',
    'transaction-life',
    'transaction-repeats',
    'transaction-refusals',
    'transaction-timeouts',
    'transaction-multi',
    'get-load-state',
    'no-backend-alive',
  ],
};

import type { ReplayTarget } from './target.ts';

export type Act = (target: ReplayTarget) => Promise<void> | void;

/**
 * What happened outside of the exchanges, or was set before they were recorded: by recording, then by the index of the exchange before which
 * it happened. A real cluster can not be treated so: there a recording ends at its first act.
 */
export const acts: Readonly<Record<string, Readonly<Record<number, Act>>>> = {};

/** Recordings that begin where others had been: these statements of `information-schema` and `labels-across-databases` come first. */
export const standsOn: Readonly<Record<string, readonly string[]>> = {
  rec: [
    'show-statements',
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

import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Plan } from '../model.ts';
import type { LoadFailure } from './load-failure.ts';
import { type Counters, noCounters, noTimings, type Timings } from './replies.ts';

/** What a load has come to so far; printed in its answer. */
export interface Progress {
  txnId: number;
  label: string;
  counters: Counters;
  loadBytes: number;
  timings: Timings;
  errorUrl?: string | undefined;
  /** What stands behind errorUrl. */
  trackingLog?: string;
  rejectedRecordPath?: string | undefined;
}

/** An open transaction in the memory of the backend that takes its data. */
export interface LoadContext {
  readonly id: string;
  readonly database: string;
  readonly table: string;
  readonly progress: Progress;
  readonly beganAtMs: number;
  readonly timeoutSeconds?: number | undefined;
  readonly idleTimeoutSeconds?: number | undefined;
  lastActiveMs: number;
  /** A call is being served. */
  busy: boolean;
  /** Settles with the load that is being served. */
  loading?: Promise<void>;
  /** Set once the transaction cannot go on; the context may still be there. */
  failure?: LoadFailure;
  /** Sum of Content-Length over all loads. */
  bodyBytes: number;
  /** Sum of bytes received. */
  receivedBytes: number;
  maxFilterRatio: number;
  /** As parseFormat gives it. */
  format: string;
  fingerprint?: string;
  plan?: Plan;
  readonly bodyFiles: string[];
  /** The last body broke off, and the next one is appended to it: what a backend does with JSON. */
  tailOpen: boolean;
}

/** How a backend knows the part of a transaction over several tables that is of one of them. */
export function channelKey(label: string, table: string): string {
  return `${label}/${table}`;
}

export function newProgress(label: string): Progress {
  return { txnId: -1, label, counters: noCounters(), loadBytes: 0, timings: noTimings() };
}

export function newContext(
  begin: Pick<LoadContext, 'database' | 'table' | 'timeoutSeconds' | 'idleTimeoutSeconds'> & { readonly label: string },
  now: number,
): LoadContext {
  const { label, ...rest } = begin;
  return {
    ...rest,
    id: randomUUID(),
    progress: newProgress(label),
    beganAtMs: now,
    lastActiveMs: now,
    busy: false,
    bodyBytes: 0,
    receivedBytes: 0,
    maxFilterRatio: 0,
    format: 'csv',
    bodyFiles: [],
    tailOpen: false,
  };
}

/** How a backend names a load in its messages. */
export function brief(context: {
  readonly id: string;
  readonly database: string;
  readonly progress: Progress;
}): string {
  const { txnId, label } = context.progress;
  return `id=${context.id}, job_id=-1, txn_id: ${txnId}, label=${label}, db=${context.database}`;
}

export async function removeFiles(files: readonly string[]): Promise<void> {
  await Promise.all(files.map((file) => rm(file, { force: true })));
}

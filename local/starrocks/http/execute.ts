import type { Backend, Cluster } from '../cluster.ts';
import type { Struck } from '../faults.ts';
import type { LoadHeaders, Plan, Staged, TableDefinition } from '../model.ts';
import { logsRejectedRecords } from './headers.ts';
import type { Progress } from './load-context.ts';
import { LoadFailure } from './load-failure.ts';

/** @throws LoadFailure with what the frontend says against headers and expressions */
export async function planned({ storage }: Cluster, table: TableDefinition, headers: LoadHeaders): Promise<Plan> {
  const made = storage.plan(table, headers);
  const refusal = made.ok ? await storage.analyze(made.plan) : made.message;
  if (made.ok && refusal === undefined) return made.plan;
  throw new LoadFailure('ANALYSIS_ERROR', refusal ?? '');
}

export const tooManyFiltered = 'too many filtered rows';

export interface Execution {
  readonly plan: Plan;
  readonly headers: LoadHeaders;
  readonly bodyFiles: readonly string[];
  /** 0 to 1, of the rows that a `where` header does not leave out. */
  readonly maxFilterRatio: number;
}

/**
 * Reads the rows of a load and counts them into `progress`.
 *
 * @throws LoadFailure: the body cannot be read, or too many of its rows are refused
 */
export async function stageRows(
  cluster: Cluster,
  backend: Backend,
  progress: Progress,
  { plan, headers, bodyFiles, maxFilterRatio }: Execution,
): Promise<Staged> {
  const startedMs = cluster.now();
  cluster.loadTasks.progressed(progress, plan.table.name);
  const outcome = await cluster.storage.stage(plan, bodyFiles);
  progress.timings.writeMs = cluster.now() - startedMs;
  const { errors = [] } = outcome.ok ? outcome.staged : outcome;
  if (errors.length > 0) {
    progress.errorUrl = `http://${backend.address}/api/_load_error_log?file=${cluster.errorLog.write(errors)}`;
    progress.trackingLog = `${errors.join('\n')}\n`;
  }
  if (!outcome.ok) {
    throw new LoadFailure(
      headers['format']?.toLowerCase() === 'json' ? 'DATA_QUALITY_ERROR' : 'INTERNAL_ERROR',
      outcome.message,
    );
  }
  const { staged } = outcome;
  const { total, loaded, filtered, unselected } = staged;
  progress.counters = { total, loaded, filtered, unselected };
  if (filtered > 0 && logsRejectedRecords(headers)) {
    progress.rejectedRecordPath = `${backend.address.split(':')[0]}:/rejected_record/${plan.table.database}/${progress.label}`;
  }
  if (filtered / (total - unselected) > maxFilterRatio) {
    await cluster.storage.discard(staged);
    throw new LoadFailure('INTERNAL_ERROR', tooManyFiltered);
  }
  return staged;
}

/**
 * Commits staged rows of a PREPARE transaction, with the faults that can strike there.
 *
 * @throws LoadFailure; PUBLISH_TIMEOUT when the rows are committed and will be visible later
 */
export async function commitRows(cluster: Cluster, progress: Progress, staged: Staged, struck: Struck): Promise<void> {
  const startedMs = cluster.now();
  const unknown = struck.find('commit-unknown');
  try {
    struck.failAt('write');
    if (unknown?.happened === false) throw commitUnknown();
    const times = { takesMs: struck.publishMs(), waitsMs: timeLeft(cluster, progress.txnId) };
    const published = await cluster.leader.commit(progress.txnId, [staged], times);
    if (unknown !== undefined) throw commitUnknown();
    if (published === 'late') throw publishTimeout();
  } catch (error) {
    const state = cluster.labels.byId(progress.txnId)?.state;
    if (state !== 'COMMITTED' && state !== 'VISIBLE') await cluster.storage.discard(staged);
    throw error;
  } finally {
    progress.timings.commitMs = cluster.now() - startedMs;
  }
}

/** A backend waits for rows to be visible as long as the transaction has time, whatever the commit says. */
function timeLeft(cluster: Cluster, id: number): number {
  const transaction = cluster.labels.byId(id);
  return transaction === undefined ? 0 : Math.max(0, transaction.beganAtMs + transaction.timeoutMs - cluster.now());
}

function commitUnknown(): LoadFailure {
  const cause = 'call frontend service failed, reason=THRIFT_EAGAIN (timed out)';
  return new LoadFailure(
    'SERVICE_UNAVAILABLE',
    `Commit transaction fail cause ${cause}, Transaction status unknown, you can retry with same label.`,
  );
}

function publishTimeout(): LoadFailure {
  return new LoadFailure(
    'PUBLISH_TIMEOUT',
    'Publish timeout. The data will be visible after a while, publish version tasks are not finished',
  );
}

/** Turns what a step threw into the failure it is; anything else is a bug and goes on. */
export function asLoadFailure(error: unknown): LoadFailure {
  if (error instanceof LoadFailure) return error;
  throw error;
}

/** A used label as some releases of 3.3 to 3.5 report it. */
export function disguiseLabelClash(failure: LoadFailure, struck: Struck): LoadFailure {
  if (failure.code !== 'LABEL_ALREADY_EXISTS' || struck.find('label-clash-as-fail') === undefined) return failure;
  return new LoadFailure('INTERNAL_ERROR', `cancel stream task for exception: ${failure.message}`);
}

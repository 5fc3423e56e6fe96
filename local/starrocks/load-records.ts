import type { TransactionState } from './http/labels.ts';
import type { LoadTask } from './http/load-tasks.ts';
import type { LoadRecord } from './sql/cluster-view.ts';

/** States as information_schema.loads spells them. */
const states: Readonly<Record<TransactionState, string>> = {
  PREPARE: 'LOADING',
  PREPARED: 'PREPARED',
  COMMITTED: 'COMMITED',
  VISIBLE: 'FINISHED',
  ABORTED: 'CANCELLED',
};

/** Of merge commit's own machine. @source MergeCommitTask.java */
const mergeStates: Readonly<Record<TransactionState, string>> = {
  PREPARE: 'EXECUTING',
  PREPARED: 'COMMITTING',
  COMMITTED: 'COMMITTED',
  VISIBLE: 'FINISHED',
  ABORTED: 'ABORTED',
};

const timeText = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

/** What information_schema.loads shows of a load. @source StreamLoadTask.toThrift, MergeCommitTask.toThrift */
export function taskRecord(task: LoadTask, now: number): LoadRecord {
  const { id, label, database, table, user, merged, transaction, refusal, progress } = task;
  const state = transaction?.state ?? (refusal === undefined ? 'PREPARE' : 'ABORTED');
  const { total = 0, loaded = 0, filtered = 0, unselected = 0 } = progress?.counters ?? {};
  return {
    ID: id,
    JOB_ID: id,
    LABEL: label,
    DB_NAME: database,
    TABLE_NAME: table,
    USER: user,
    WAREHOUSE: merged === undefined ? '' : 'default_warehouse',
    STATE: states[state],
    PROGRESS: merged === undefined ? (state === 'VISIBLE' ? '100%' : '0%') : mergeProgress(task, now),
    TYPE: merged === undefined ? 'STREAM_LOAD' : 'MERGE_COMMIT',
    PRIORITY: 'NORMAL',
    SCAN_ROWS: total,
    SCAN_BYTES: progress?.loadBytes ?? 0,
    FILTERED_ROWS: filtered,
    UNSELECTED_ROWS: unselected,
    SINK_ROWS: loaded,
    RUNTIME_DETAILS: JSON.stringify(merged === undefined ? loadDetails(task) : mergeDetails(task, state)),
    CREATE_TIME: timeText(task.createdAtMs),
    LOAD_START_TIME: timeText(transaction?.beganAtMs),
    LOAD_COMMIT_TIME: timeText(transaction?.committedAtMs),
    LOAD_FINISH_TIME: timeText(transaction?.finishedAtMs),
    PROPERTIES: JSON.stringify(merged ?? { timeout: task.timeoutSeconds }),
    ERROR_MSG: errorMessage(task),
    TRACKING_SQL: progress?.errorUrl === undefined ? null : trackingSql(task),
    REJECTED_RECORD_PATH: progress?.rejectedRecordPath ?? null,
  };
}

/** What information_schema.load_tracking_logs shows: the error logs of loads that had one. */
export function trackingLogs(tasks: readonly LoadTask[]): LoadRecord[] {
  return tasks.flatMap(({ id, label, database, merged, progress }) =>
    progress?.trackingLog === undefined
      ? []
      : {
          ID: id,
          JOB_ID: id,
          LABEL: label,
          DATABASE_NAME: database,
          TRACKING_LOG: progress.trackingLog,
          TYPE: merged === undefined ? 'STREAM_LOAD' : 'MERGE_COMMIT',
        },
  );
}

/** The query that shows the error log of a load. */
export function trackingSql({ id, merged }: LoadTask): string {
  if (merged === undefined) return `select tracking_log from information_schema.load_tracking_logs where job_id=${id}`;
  return `SELECT tracking_log FROM information_schema.load_tracking_logs WHERE JOB_ID=${id}`;
}

function errorMessage({ id, label, merged, transaction, refusal }: LoadTask): string | null {
  if (refusal !== undefined) {
    return `STREAM_LOAD_TASK:${id}, label{${label}}, error_msg{cancel stream task for exception: ${refusal}}`;
  }
  const reason = transaction?.reason ?? '';
  return reason === '' && merged === undefined ? null : reason;
}

/** How long it has taken, or took. */
export function elapsedMs({ createdAtMs, transaction }: LoadTask, now: number): number {
  return (transaction?.finishedAtMs ?? now) - createdAtMs;
}

function mergeProgress(task: LoadTask, now: number): string {
  const intervalMs = Number(task.merged?.['merge_commit_interval_ms']);
  return `Merge Window ${((Math.min(intervalMs, elapsedMs(task, now)) / intervalMs) * 100).toFixed(2)}%`;
}

function loadDetails({ loadId, clientAddress, transaction, progress }: LoadTask): Record<string, unknown> {
  return {
    begin_txn_time_ms: progress?.timings.beginMs ?? 0,
    client_ip: clientAddress,
    load_id: loadId,
    plan_time_ms: progress?.timings.planMs ?? 0,
    receive_data_time_ms: progress?.timings.readMs ?? 0,
    txn_id: transaction?.id ?? -1,
  };
}

function mergeDetails({ loadId, transaction, progress }: LoadTask, state: TransactionState): Record<string, unknown> {
  const committed = state === 'COMMITTED' || state === 'VISIBLE';
  return {
    backends: [transaction?.backend ?? 0],
    ...(committed ? { commit_time_ms: progress?.timings.commitMs ?? 0 } : {}),
    load_id: loadId,
    pending_time_ms: 0,
    ...(committed ? { publish_time_ms: progress?.timings.commitMs ?? 0 } : {}),
    task_state: mergeStates[state],
    txn_id: transaction?.id ?? -1,
  };
}

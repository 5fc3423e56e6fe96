/** Answers, with the property order and indentation of the server that gives them. */
import type { ExistingJobStatus, LoadFailure, StatusCode } from './load-failure.ts';

export interface Counters {
  total: number;
  loaded: number;
  filtered: number;
  unselected: number;
}

/** Milliseconds of the steps of a load. */
export interface Timings {
  loadMs: number;
  beginMs: number;
  planMs: number;
  readMs: number;
  writeMs: number;
  commitMs: number;
}

export interface LoadReport {
  readonly txnId: number;
  readonly label: string;
  readonly counters: Readonly<Counters>;
  readonly loadBytes: number;
  readonly timings: Readonly<Timings>;
  readonly errorUrl?: string | undefined;
  readonly rejectedRecordPath?: string | undefined;
}

export function noCounters(): Counters {
  return { total: 0, loaded: 0, filtered: 0, unselected: 0 };
}

export function noTimings(): Timings {
  return { loadMs: 0, beginMs: 0, planMs: 0, readMs: 0, writeMs: 0, commitMs: 0 };
}

function errorFields(report: LoadReport): Record<string, string> {
  return {
    ...(report.errorUrl === undefined ? {} : { ErrorURL: report.errorUrl }),
    ...(report.rejectedRecordPath === undefined ? {} : { RejectedRecordPath: report.rejectedRecordPath }),
  };
}

function rowFields({ counters }: LoadReport): Record<string, number> {
  return {
    NumberTotalRows: counters.total,
    NumberLoadedRows: counters.loaded,
    NumberFilteredRows: counters.filtered,
    NumberUnselectedRows: counters.unselected,
  };
}

/** Backends indent by four. */
export function backendJson(value: unknown): string {
  return JSON.stringify(value, null, 4);
}

/** Frontends print through Gson, which also escapes what HTML could misread. */
export function frontendJson(value: unknown, indent?: 2): string {
  return JSON.stringify(value, null, indent).replace(
    /[<>&='\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function plainStatus(failure: LoadFailure | undefined): Record<string, string> {
  if (failure === undefined) return { Status: 'Success', Message: 'OK' };
  if (failure.code === 'PUBLISH_TIMEOUT') return { Status: 'Publish Timeout', Message: failure.message };
  if (failure.code !== 'LABEL_ALREADY_EXISTS') return { Status: 'Fail', Message: failure.message };
  return { Status: 'Label Already Exists', ExistingJobStatus: failure.existingJobStatus, Message: failure.message };
}

/** StreamLoadContext::to_json. */
export function plainReply(report: LoadReport, failure?: LoadFailure): string {
  const { timings } = report;
  return backendJson({
    TxnId: report.txnId,
    Label: report.label,
    ...plainStatus(failure),
    ...rowFields(report),
    LoadBytes: report.loadBytes,
    LoadTimeMs: timings.loadMs,
    BeginTxnTimeMs: timings.beginMs,
    StreamLoadPlanTimeMs: timings.planMs,
    ReadDataTimeMs: timings.readMs,
    WriteDataTimeMs: timings.writeMs,
    CommitAndPublishTimeMs: timings.commitMs,
    ...errorFields(report),
  });
}

/** StreamLoadContext::to_merge_commit_json: no row counters, no ErrorURL. */
export function mergeCommitReply(report: LoadReport, requestId: string, failure?: LoadFailure): string {
  const { timings } = report;
  return backendJson({
    TxnId: report.txnId,
    Label: report.label,
    Status: failure === undefined ? 'Success' : 'Fail',
    Message: failure === undefined ? 'OK' : failure.message,
    RequestId: requestId,
    LoadBytes: report.loadBytes,
    LoadTimeMs: timings.loadMs,
    ReadDataTimeMs: timings.readMs,
    PendingTimeMs: 0,
    WaitPlanTimeMs: timings.planMs,
    WriteDataTimeMs: timings.writeMs,
    WaitFinishTimeMs: timings.commitMs,
    LeftMergeTimeMs: 0,
  });
}

/** What a transaction call reports on success, besides Status, Message and Label. */
export type TransactionCall = 'begin' | 'load' | 'prepare' | 'commit' | 'rollback';

function transactionFields(call: TransactionCall, report: LoadReport): Record<string, number> {
  const { timings } = report;
  if (call === 'rollback') return {};
  if (call === 'begin') return { TxnId: report.txnId, BeginTxnTimeMs: timings.beginMs };
  if (call === 'load') {
    return {
      TxnId: report.txnId,
      LoadBytes: report.loadBytes,
      StreamLoadPlanTimeMs: timings.planMs,
      ReceivedDataTimeMs: timings.readMs,
    };
  }
  return {
    TxnId: report.txnId,
    ...rowFields(report),
    LoadBytes: report.loadBytes,
    LoadTimeMs: timings.loadMs,
    StreamLoadPlanTimeMs: timings.planMs,
    ReceivedDataTimeMs: timings.readMs,
    WriteDataTimeMs: timings.writeMs,
    CommitAndPublishTimeMs: timings.commitMs,
  };
}

function failedTransactionFields(failure: LoadFailure, label: string): Record<string, string> {
  const status = { Status: failure.code satisfies StatusCode };
  if (failure.code === 'LABEL_ALREADY_EXISTS') {
    return {
      ...status,
      ExistingJobStatus: failure.existingJobStatus satisfies ExistingJobStatus,
      Message: failure.message,
    };
  }
  if (failure.code === 'TXN_IN_PROCESSING') return { ...status, Label: label, Message: failure.message };
  return { ...status, Message: failure.message };
}

/** StreamLoadContext::to_resp_json. */
export function transactionReply(call: TransactionCall, report: LoadReport, failure?: LoadFailure): string {
  const fields =
    failure === undefined
      ? { Status: 'OK', Message: '', Label: report.label, ...transactionFields(call, report) }
      : failedTransactionFields(failure, report.label);
  return backendJson({ ...fields, ...errorFields(report) });
}

/** TransactionResult.java: what a frontend says itself about loads and transactions. */
export function transactionResult(
  status: 'OK' | 'FAILED' | 'LABEL_ALREADY_EXISTS',
  message: string,
  entries: Readonly<Record<string, string | number>> = {},
): string {
  const count = Object.keys(entries).length;
  const copied = count === 0 ? 16 : hashCapacity(Math.floor(count / 0.75) + 1);
  const all = { ...hashOrdered(entries, 16), Status: status, Message: message };
  return frontendJson(hashOrdered(all, count + 2 > copied * 0.75 ? copied * 2 : copied), 2);
}

const hashCapacity = (least: number): number => 2 ** Math.ceil(Math.log2(least));

/** Properties in the order of a Java HashMap of that many buckets. */
function hashOrdered<T>(entries: Readonly<Record<string, T>>, buckets: number): Record<string, T> {
  const bucket = (key: string) => {
    const hash = [...key].reduce((sum, character) => (Math.imul(sum, 31) + character.charCodeAt(0)) | 0, 0);
    return (hash ^ (hash >>> 16)) & (buckets - 1);
  };
  return Object.fromEntries(Object.entries(entries).sort(([a], [b]) => bucket(a) - bucket(b)));
}

export function frontendReply(
  status: 'OK' | 'FAILED',
  message: string,
  transaction?: { readonly id: number; readonly label: string },
): string {
  const { id, label } = transaction ?? {};
  return transactionResult(status, message, id === undefined || label === undefined ? {} : { TxnId: id, Label: label });
}

/** Of what a frontend says in JSON by itself. */
export const jsonHeaders = { 'content-type': 'application/json; charset=UTF-8' };

/** RestBaseResultV2.java: `code` is a name. */
export function codedReply(status: 'OK' | 'FAILED', code: string, message: string): string {
  return frontendJson({ status, code, msg: message, message });
}

/** RestBaseResult.java. `code` is the ordinal of the status, as text. */
export function restReply(fields: Readonly<Record<string, string>> = {}): string {
  return frontendJson({ ...fields, status: 'OK', code: '0', msg: 'Success', message: 'OK' });
}

export function restFailure(message: string, code = '1'): string {
  return frontendJson({ status: 'FAILED', code, msg: message, message });
}

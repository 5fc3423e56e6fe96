/**
 * How a backend reads load headers before it asks the frontend for a plan. Values come as sent; an empty value is no value.
 * Source: stream_load.cpp, transaction_stream_load.cpp.
 */
import type { IncomingMessage } from 'node:http';
import type { LoadHeaders } from '../model.ts';
import { LoadFailure } from './load-failure.ts';

export interface SizeLimits {
  /** streaming_load_max_mb, in bytes. */
  readonly maxBodyBytes: number;
  /** streaming_load_max_batch_size_mb, in bytes: bodies in JSON. */
  readonly maxJsonBytes: number;
}

const formats = ['csv', 'json', 'gzip', 'bzip2', 'lz4', 'deflate', 'zstd'];

/** Header values are UTF-8 for StarRocks; node:http hands them over as Latin-1. */
export function readHeaders(request: IncomingMessage): LoadHeaders {
  const utf8 = (value: string) => Buffer.from(value, 'latin1').toString('utf8');
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      utf8(Array.isArray(value) ? value.join(',') : (value ?? '')),
    ]),
  );
}

function given(headers: LoadHeaders, name: string): string | undefined {
  const value = headers[name];
  return value === undefined || value === '' ? undefined : value;
}

function invalid(message: string): LoadFailure {
  return new LoadFailure('INVALID_ARGUMENT', message);
}

/** std::stoll: leading digits count, the rest is ignored. */
function integer(headers: LoadHeaders, name: string, malformed: string): number | undefined {
  const value = given(headers, name);
  if (value === undefined) return undefined;
  const digits = /^\s*[+-]?\d+/.exec(value);
  if (digits === null) throw invalid(malformed);
  return Number(digits[0]);
}

function checkBoolean(headers: LoadHeaders, name: string, malformed: string): void {
  const value = given(headers, name);
  if (value !== undefined && !/^(true|false)$/i.test(value)) throw invalid(malformed);
}

/** The format, in lower case. The last five of the list are CSV, compressed. */
export function parseFormat(headers: LoadHeaders): string {
  const value = given(headers, 'format') ?? 'csv';
  const format = value.toLowerCase();
  if (!formats.includes(format)) throw new LoadFailure('INTERNAL_ERROR', `unknown data format, format=${value}`);
  return format;
}

/** @in bytes: Content-Length, for a transaction the sum over its loads; brief: how the backend names the load in messages */
export function checkBodyBytes(bytes: number, limits: SizeLimits, brief: string): void {
  if (bytes <= limits.maxBodyBytes) return;
  throw new LoadFailure(
    'INTERNAL_ERROR',
    `body size ${bytes} exceed limit: ${limits.maxBodyBytes}, ${brief}. You can increase the limit by setting streaming_load_max_mb in be.conf.`,
  );
}

export function checkJsonBytes(headers: LoadHeaders, bytes: number, limits: SizeLimits): void {
  if (headers['ignore_json_size']?.toLowerCase() === 'true' || bytes <= limits.maxJsonBytes) return;
  throw new LoadFailure(
    'INTERNAL_ERROR',
    `The size of this batch exceed the max size [${limits.maxJsonBytes}]  of json type data  data [ ${bytes} ]. Set ignore_json_size to skip the check, although it may lead huge memory consuming.`,
  );
}

/** Seconds; absent when not given. Range is the frontend's business. */
export function parseTimeout(headers: LoadHeaders, name: 'timeout' | 'idle_transaction_timeout'): number | undefined {
  const value = given(headers, name);
  if (value === undefined) return undefined;
  const seconds = /^\s*\+?\d+\s*$/.test(value) ? Number(value) : Number.NaN;
  if (!(seconds <= 0x7fffffff)) throw invalid('Invalid timeout format');
  return seconds;
}

/** strtod: no range check, garbage is 0. */
export function parseMaxFilterRatio(headers: LoadHeaders): number {
  const ratio = Number.parseFloat(headers['max_filter_ratio'] ?? '0');
  return Number.isNaN(ratio) ? 0 : ratio;
}

export function parseMergeCommit(headers: LoadHeaders): boolean {
  const value = given(headers, 'enable_merge_commit');
  if (value === undefined) return false;
  const flag = value.trim().toLowerCase();
  if (flag === 'true' || flag === 'false') return flag === 'true';
  throw invalid(`Invalid parameter enable_merge_commit. The value must be bool type, but is ${value}`);
}

/** batch_write_util.cpp: all that merge commit reads of a load. */
const mergeParameters = [
  'format',
  'columns',
  'where',
  'max_filter_ratio',
  'timeout',
  'partitions',
  'temporary_partitions',
  'negative',
  'strict_mode',
  'timezone',
  'load_mem_limit',
  'exec_mem_limit',
  'partial_update',
  'partial_update_mode',
  'transmission_compression_type',
  'load_dop',
  'merge_condition',
  'log_rejected_record_num',
  'compression',
  'warehouse',
  'enable_merge_commit',
  'merge_commit_async',
  'merge_commit_interval_ms',
  'merge_commit_parallel',
  'column_separator',
  'row_delimiter',
  'trim_space',
  'enclose',
  'escape',
  'jsonpaths',
  'json_root',
  'strip_outer_array',
  'envelope',
];

/** The parameters of a load that is merged, sorted by name. */
export function mergeHeaders(headers: LoadHeaders): Readonly<Record<string, string>> {
  const named = mergeParameters.map((name) => [name, given(headers, name)] as const).sort();
  return Object.fromEntries(named.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** What must be the same for loads to be merged. */
export function mergeKey(database: string, table: string, headers: LoadHeaders): string {
  return JSON.stringify([database, table, mergeHeaders(headers)]);
}

function checkShared(headers: LoadHeaders): void {
  checkBoolean(headers, 'strict_mode', 'Invalid strict mode format. Must be bool type');
  const memory = integer(headers, 'load_mem_limit', 'Invalid load mem limit format');
  if (memory !== undefined && memory < 0) throw invalid('load_mem_limit must be equal or greater than 0');
}

function checkPartitions(headers: LoadHeaders): void {
  if (given(headers, 'partitions') !== undefined && given(headers, 'temporary_partitions') !== undefined) {
    throw invalid('Can not specify both partitions and temporary partitions');
  }
}

function checkCompression(headers: LoadHeaders): void {
  if (given(headers, 'content-encoding') !== undefined && given(headers, 'compression') !== undefined) {
    throw invalid('Only one of http header content-encoding and compression can be set');
  }
}

/** Headers of a plain load, in the order in which a backend looks at them, after it has begun the transaction. */
export function checkPlainHeaders(headers: LoadHeaders): void {
  const skip = integer(headers, 'skip_header', 'Invalid csv load skip_header format');
  if (skip !== undefined && skip < 0) throw invalid('skip_header must be equal or greater than 0');
  checkBoolean(headers, 'trim_space', 'Invalid trim space format. Must be bool type');
  checkPartitions(headers);
  checkShared(headers);
  checkBoolean(headers, 'partial_update', 'Invalid partial update flag format. Must be bool type');
  integer(headers, 'load_dop', 'Invalid load_dop format');
  const rejected = integer(headers, 'log_rejected_record_num', 'Invalid log_rejected_record_num format');
  if (rejected !== undefined && rejected < -1)
    throw invalid('log_rejected_record_num must be equal or greater than -1');
  checkCompression(headers);
}

export function checkTransactionHeaders(headers: LoadHeaders): void {
  checkPartitions(headers);
  checkShared(headers);
  integer(headers, 'load_dop', 'Invalid load_dop format');
  checkCompression(headers);
}

/** Looked at after the plan. */
export function checkExecMemLimit(headers: LoadHeaders): void {
  const limit = integer(headers, 'exec_mem_limit', 'exec_mem_limit must be greater than 0');
  if (limit !== undefined && limit <= 0) throw invalid('exec_mem_limit must be greater than 0');
}

export function logsRejectedRecords(headers: LoadHeaders): boolean {
  return (integer(headers, 'log_rejected_record_num', 'Invalid log_rejected_record_num format') ?? 0) !== 0;
}

const ignoredByTransactions = ['skip_header', 'trim_space', 'enclose', 'escape', 'log_rejected_record_num'];

/** The headers of a transaction's load, without those it does not read; `partial_update` counts only as exactly `true`. */
export function transactionHeaders(headers: LoadHeaders): LoadHeaders {
  const kept = Object.entries(headers).filter(([name]) => !ignoredByTransactions.includes(name));
  return { ...Object.fromEntries(kept), partial_update: headers['partial_update'] === 'true' ? 'true' : 'false' };
}

const compared = [
  'columns',
  'where',
  'column_separator',
  'row_delimiter',
  'partitions',
  'temporary_partitions',
  'timezone',
  'jsonpaths',
  'json_root',
  'merge_condition',
  'partial_update',
  'transmission_compression_type',
];

/** What must be the same in every load of a transaction, as text: headers after parsing, so `TRUE` equals `true`. */
export function loadFingerprint(headers: LoadHeaders): string {
  const flag = (name: string) => String(headers[name]?.toLowerCase() === 'true');
  const mode = headers['partial_update_mode'] ?? '';
  return JSON.stringify([
    parseFormat(headers),
    compared.map((name) => given(headers, name) ?? ''),
    given(headers, 'strict_mode')?.toLowerCase() ?? '',
    flag('strip_outer_array'),
    String(headers['negative'] === 'true'),
    ['row', 'auto', 'column'].includes(mode) ? mode : '',
    integer(headers, 'load_mem_limit', '') ?? '',
    integer(headers, 'load_dop', '') ?? '',
    given(headers, 'content-encoding') ?? given(headers, 'compression') ?? '',
  ]);
}

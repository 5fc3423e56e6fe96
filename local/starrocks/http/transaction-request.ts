/** What a transaction call asks of the frontend: its headers, parameters and body, in the order in which they are judged. */
import type { ReleaseTraits } from '../release.ts';
import { FrontendFailure } from './frontend-failure.ts';
import { type Exchange, readText } from './http.ts';
import type { LoadSource } from './labels.ts';
import { warehouseComplaint } from './warehouses.ts';

export interface TransactionRequest {
  readonly operation: 'begin' | 'load' | 'prepare' | 'commit' | 'rollback';
  readonly database: string;
  readonly table: string;
  readonly label: string;
  readonly timeoutMs: number;
  readonly warehouse: string | undefined;
  /** As the request names it; the label's transaction has it otherwise. */
  readonly source?: LoadSource;
}

/** How long a commit of a PREPARED transaction waits for visibility when it names no timeout, in milliseconds. */
const defaultCommitWaitMs = 20_000;
const bypassWrite = 11;
const multiStatement = 12;

/** @throws FrontendFailure */
export async function readTransactionRequest(exchange: Exchange, release: ReleaseTraits): Promise<TransactionRequest> {
  const { headers, recorded } = exchange;
  const { operation, database, table, label } = recorded.call;
  switch (operation) {
    case 'begin':
    case 'load':
    case 'prepare':
    case 'commit':
    case 'rollback':
      break;
    default:
      throw new FrontendFailure(`Unknown transaction operation: ${exchange.path[2] ?? ''}`);
  }
  if (database.trim() === '') throw new FrontendFailure('No database selected.');
  if (label.trim() === '') throw new FrontendFailure('Empty label.');
  const timeoutMs = (parseInteger(headers['timeout']) ?? defaultCommitWaitMs / 1000) * 1000;
  if (release.preparedTimeout) parseInteger(headers['prepared_timeout']);
  const source = sourceOf(exchange, release);
  checkChannel(exchange, source);
  if (operation !== 'load') await checkBody(exchange, label);
  const { warehouse } = headers;
  const named = source === undefined ? {} : { source };
  return { operation, database, table, label, timeoutMs, warehouse, ...named };
}

/** @throws FrontendFailure */
export function requireWarehouse(name: string | undefined): void {
  const complaint = warehouseComplaint(name);
  if (complaint !== undefined) throw new FrontendFailure(complaint, 'com.starrocks.common.ErrorReportException');
}

/** Long.parseLong. */
function parseInteger(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^[+-]?\d+$/.test(value))
    throw new FrontendFailure(`For input string: "${value}"`, 'java.lang.NumberFormatException');
  return Number(value);
}

function sourceOf({ headers, url }: Exchange, release: ReleaseTraits): LoadSource | undefined {
  const given = url.searchParams.get('source_type') ?? (release.severalTables ? headers['source_type'] : undefined);
  const source = parseSource(given?.trim() ?? '', release);
  const isMulti = release.severalTables && headers['transaction_type']?.toLowerCase() === 'multi';
  return isMulti ? 'MULTI_STATEMENT_STREAMING' : source;
}

function parseSource(given: string, release: ReleaseTraits): LoadSource | undefined {
  if (given === '') return undefined;
  if (!/^[+-]?\d+$/.test(given)) throw new FrontendFailure(`Invalid source type: ${given}`);
  const number = Number(given);
  if (number < 0 || number > (release.severalTables ? multiStatement : bypassWrite)) {
    throw new FrontendFailure(`Unknown source type: ${given}`);
  }
  if (number === multiStatement) return 'MULTI_STATEMENT_STREAMING';
  return number === bypassWrite ? 'BYPASS_WRITE' : 'BACKEND_STREAMING';
}

/** Several channels of one transaction are not part of this stand-in: it says so instead of doing something else. */
function checkChannel({ headers }: Exchange, source: LoadSource | undefined): void {
  const id = parseInteger(headers['channel_id']);
  const count = parseInteger(headers['channel_num']);
  const ddl = 'com.starrocks.common.DdlException';
  if (count !== undefined && id === undefined)
    throw new FrontendFailure('Must provide channel_id when stream load begin.', ddl);
  if (id !== undefined && count === undefined)
    throw new FrontendFailure('Must provide channel_num when stream load begin.', ddl);
  if (id === undefined) return;
  if (source === 'BYPASS_WRITE')
    throw new FrontendFailure(`Param channel_num and channel_id is not expected when source type is ${source}`);
  throw new FrontendFailure('Unsupported operation: this stand-in has no parallel transactions');
}

/** A frontend collects bodies of POST only: asked for the one of a PUT, it fails. */
async function checkBody(exchange: Exchange, label: string): Promise<void> {
  if (exchange.request.method === 'PUT')
    throw new FrontendFailure('Invalid request', 'com.starrocks.common.DdlException');
  const body = (await readText(exchange)).trim();
  if (body !== '' && !isObject(body))
    throw new FrontendFailure(
      `Malformed json tablets, label is ${label}`,
      'com.starrocks.common.StarRocksHttpException',
    );
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

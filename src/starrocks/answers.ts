/**
 * Reads StarRocks' answers. It answers 200 to almost everything: the verdict is in the JSON, in words. This is the one
 * place that knows those words; what it does not know is never `loaded`.
 */

import type { RefusalKind, RowCounts, StarRocksOperation, StarRocksReply } from '../ports.ts';
import { sanitizeMessage } from './redact.ts';

/**
 * loaded: the rows are in, for good · done: the call did what it says, rows are not in yet · running: a transaction under
 * this label is open, or was · unknown: only the label's state can tell · the rest: not loaded, and why.
 */
export type Verdict = 'loaded' | 'done' | 'running' | 'unknown' | RefusalKind;

export interface Answer {
  readonly verdict: Verdict;
  /** The rows can be queried. */
  readonly visible: boolean;
  /** An earlier load under the same label did it. */
  readonly already: boolean;
  /** The status word as it came, or '' */
  readonly status: string;
  readonly existing: string;
  /** Without row data. */
  readonly message: string;
  readonly label?: string;
  readonly txnId?: number;
  readonly counts?: RowCounts;
  readonly errorUrl?: string;
  /** Only get_load_state. */
  readonly labelState?: string;
}

type Rule = readonly [pattern: RegExp, verdict: Verdict];

const SUCCESSES: Readonly<Record<StarRocksOperation, Readonly<Record<string, 'visible' | 'committed' | 'done'>>>> = {
  stream_load: { Success: 'visible', 'Publish Timeout': 'committed' },
  begin: { OK: 'done' },
  load: { OK: 'done' },
  prepare: { OK: 'done' },
  commit: { OK: 'visible' },
  rollback: { OK: 'done' },
  get_load_state: { OK: 'done' },
};

/** The first pattern that matches Message decides. Texts: Stream Load reference §1.3, §2, §4, §6, §7, §9. */
const MESSAGES: readonly Rule[] = [
  // Committed perhaps, or for certain, but said with a status of failure: the label's state tells.
  [/transaction status unknown/i, 'unknown'],
  [/publish timeout|commit timeout|has not been published before timeout/i, 'unknown'],
  [/load timeout, txn status|load status is unknown|failed to get load status/i, 'unknown'],
  // StarRocks 3.3-3.5 say `Fail` here, with no ExistingJobStatus (StarRocks issue 57982).
  [/label \[.*\] has already been used/is, 'running'],
  [/transaction (?:is )?in processing/i, 'running'],

  [/too many filtered rows|all partitions have no load data|primary key size exceeds? (?:the )?limit/i, 'data'],
  [
    /illegal json started with|in json document stream|json document stream|beyond (?:the )?(?:json )?parser limit/i,
    'data',
  ],
  [/value should be array type|iterate json array as object|document that big|beyond the json payload limit/i, 'data'],
  [/failed to parse (?:the )?json|parse json.*(?:fail|error)|invalid utf-?8/i, 'data'],
  [/the size of this batch exceed|body size \d+ exceed limit|csv line length exceed limit/i, 'data'],

  [/access denied|no valid basic authorization|need auth information/i, 'access'],

  [/current running txns on db|txn num per be exceeds limit/i, 'throttled'],
  [/too many versions|too large compaction score/i, 'throttled'],
  [/memory\b.*\bexceed|mem_?limit.*exceed|exceed.*mem_?limit|memory limit/i, 'throttled'],

  [/data size exceeds quota/i, 'configuration'],
  [/no 100-continue header/i, 'configuration'],
  [
    /label format error|no label selected|empty label|no database selected|unknown transaction operation/i,
    'configuration',
  ],
  [
    /unknown database|unknown table|database\[.*\] does not exist|getting analyzing error|unsupported operation/i,
    'configuration',
  ],
  [
    /load table type is not|cannot be inserted because|only olap\/lake table|only be sent to fe nodes/i,
    'configuration',
  ],
  [/duplicate column|mapping column is not in table|has no default value|has no source field/i, 'configuration'],
  [
    /^invalid (?!argument)|: invalid |must be (?:equal|greater)|must be bool|must be set positive|must provide/i,
    'configuration',
  ],
  [/unknown data format|unknown envelope|unsupported compression|only one of http header/i, 'configuration'],
  [/envelope can only|cannot be (?:set|specified) when envelope|partitions and temporary partitions/i, 'configuration'],
  [
    /conditional update only|merge condition column|not in partial update columns|partial update.*primary key/i,
    'configuration',
  ],
  [/load op type|load request not equal last|not equal transaction|request db .* not match/i, 'configuration'],

  [/shutting down|http cuncurrent limit|no backend (?:or compute node )?alive|fe is not master/i, 'transient'],
  [
    /lock timeout|call frontend service failed|rpc (?:failed|error)|load channel|\[E1008\]|reached timeout/i,
    'transient',
  ],
  [
    /transaction not found|txn does not exist|can not find stream load task|can't find (?:the transaction|node id)/i,
    'transient',
  ],
  [/body don't equal with body bytes|cancel|timeout by txn manager|aborted by .*timeout|load is timeout/i, 'transient'],
];

/** When no text is known: the thrift status names of a BE, and the words of plain loads and FEs. */
const STATUSES: Readonly<Record<string, Verdict>> = {
  Fail: 'transient',
  FAILED: 'transient',
  INTERNAL_ERROR: 'transient',
  CANCELLED: 'transient',
  ABORTED: 'transient',
  SERVICE_UNAVAILABLE: 'transient',
  RESOURCE_BUSY: 'throttled',
  SR_EAGAIN: 'throttled',
  MEM_LIMIT_EXCEEDED: 'throttled',
  NOT_AUTHORIZED: 'access',
  ANALYSIS_ERROR: 'configuration',
  INVALID_ARGUMENT: 'configuration',
  DATA_QUALITY_ERROR: 'data',
  TXN_IN_PROCESSING: 'running',
};

/**
 * Says what an answer means.
 *
 * @out    `loaded` only for a status word that means it, with HTTP 200; everything unknown is `unknown` or `transient`
 * @throws never
 * @source Stream Load reference §3 (status words), §9 (texts)
 */
export function readAnswer(operation: StarRocksOperation, reply: StarRocksReply): Answer {
  const fields = parse(reply.text);
  const status = text(fields, 'Status', 'status');
  const message = text(fields, 'Message', 'message', 'msg');
  const existing = text(fields, 'ExistingJobStatus');
  const errorUrl = text(fields, 'ErrorURL');
  const success = reply.status === 200 && Object.hasOwn(SUCCESSES[operation], status) && SUCCESSES[operation][status];
  const already = isLabelUsed(status) && existing === 'FINISHED' && reply.status === 200;
  const counts = rowCounts(fields);
  const txnId = count(fields, 'TxnId');
  const label = text(fields, 'Label');
  const labelState = text(fields, 'state', 'State');
  return {
    verdict: success
      ? success === 'done'
        ? 'done'
        : 'loaded'
      : verdictOf(operation, reply.status, status, message, existing, errorUrl),
    visible: success === 'visible',
    already,
    status,
    existing,
    message: sanitizeMessage(message === '' && success === false ? fallbackMessage(reply, status) : message),
    ...(label === '' ? {} : { label }),
    ...(txnId === undefined || txnId < 0 ? {} : { txnId }),
    ...(counts === undefined ? {} : { counts }),
    ...(errorUrl === '' ? {} : { errorUrl }),
    ...(labelState === '' ? {} : { labelState }),
  };
}

function verdictOf(
  operation: StarRocksOperation,
  httpStatus: number,
  status: string,
  message: string,
  existing: string,
  errorUrl: string,
): Verdict {
  if (httpStatus !== 200) return verdictOfHttp(httpStatus);
  if (isLabelUsed(status)) return operation === 'stream_load' && existing === 'FINISHED' ? 'loaded' : 'running';
  if (status === '') return 'unknown';
  const known = MESSAGES.find(([pattern]) => pattern.test(message))?.[1];
  if (known !== undefined) return known;
  if (errorUrl !== '') return 'data';
  return Object.hasOwn(STATUSES, status) ? (STATUSES[status] ?? 'unknown') : 'unknown';
}

/** Neither FE nor BE uses HTTP statuses for loads, except 401: the others come from what stands in between. */
function verdictOfHttp(httpStatus: number): Verdict {
  if (httpStatus === 401 || httpStatus === 403) return 'access';
  if (httpStatus === 408 || httpStatus === 425) return 'unknown';
  if (httpStatus === 429) return 'throttled';
  if (httpStatus >= 300 && httpStatus < 500) return 'configuration';
  return 'unknown';
}

function isLabelUsed(status: string): boolean {
  return status === 'Label Already Exists' || status === 'LABEL_ALREADY_EXISTS';
}

function fallbackMessage(reply: StarRocksReply, status: string): string {
  return status === '' ? `HTTP ${reply.status} without a status in the body.` : `Status ${status} without a message.`;
}

type Fields = Readonly<Record<string, unknown>>;

function parse(body: string): Fields {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}

function text(fields: Fields, ...names: readonly string[]): string {
  for (const name of names) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  }
  return '';
}

function count(fields: Fields, name: string): number | undefined {
  const value = text(fields, name);
  return /^-?\d+$/.test(value) ? Number(value) : undefined;
}

function rowCounts(fields: Fields): RowCounts | undefined {
  const total = count(fields, 'NumberTotalRows');
  if (total === undefined) return undefined;
  return {
    total,
    loaded: count(fields, 'NumberLoadedRows') ?? 0,
    filtered: count(fields, 'NumberFilteredRows') ?? 0,
    unselected: count(fields, 'NumberUnselectedRows') ?? 0,
  };
}

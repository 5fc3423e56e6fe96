/**
 * Reads StarRocks' answers. It answers 200 to almost everything: the verdict is in the JSON, in words. This is the one
 * place that knows those words, with the table of texts beside it; what it does not know is never `loaded`.
 */

import type { RefusalKind, RowCounts, StarRocksOperation, StarRocksReply } from '../ports.ts';
import { ruleOf, type TextVerdict } from './answer-texts.ts';
import { sanitizeMessage } from './redact.ts';

/** loaded: the rows are in, for good · done: the call did what it says, rows are not in yet · the rest as texts have it. */
export type AnswerVerdict = 'loaded' | 'done' | Exclude<TextVerdict, 'committed'>;

export interface Answer {
  readonly verdict: AnswerVerdict;
  /** The rows can be queried. */
  readonly visible: boolean;
  /** An earlier load under the same label did it. */
  readonly already: boolean;
  /** Of a label in use: what has it; `local` is an open transaction of the backend that was asked, its state not told. */
  readonly existing: 'running' | 'finished' | 'local';
  /** Without row data. */
  readonly message: string;
  /** Whose password was sent. */
  readonly user?: string;
  readonly label?: string;
  readonly txnId?: number;
  readonly counts?: RowCounts;
  readonly errorUrl?: string;
  /** Only get_load_state. */
  readonly labelState?: string;
}

const successes: Readonly<Record<StarRocksOperation, Readonly<Record<string, 'visible' | 'committed' | 'done'>>>> = {
  stream_load: { Success: 'visible', 'Publish Timeout': 'committed' },
  begin: { OK: 'done' },
  load: { OK: 'done' },
  prepare: { OK: 'done' },
  commit: { OK: 'visible' },
  rollback: { OK: 'done' },
  get_load_state: { OK: 'done' },
};

/** When the text is not known: the thrift status names of a BE, and the words of plain loads and FEs. */
const statuses: Readonly<Record<string, AnswerVerdict>> = {
  Fail: 'transient',
  FAILED: 'transient',
  INTERNAL_ERROR: 'transient',
  CANCELLED: 'transient',
  SERVICE_UNAVAILABLE: 'transient',
  RESOURCE_BUSY: 'throttled',
  SR_EAGAIN: 'throttled',
  MEM_LIMIT_EXCEEDED: 'memory',
  NOT_AUTHORIZED: 'access',
  ANALYSIS_ERROR: 'configuration',
  INVALID_ARGUMENT: 'configuration',
  DATA_QUALITY_ERROR: 'data',
};

/** Status words of transactions that say it all, whatever the text is. */
const decisive: Readonly<Record<string, AnswerVerdict>> = {
  TXN_IN_PROCESSING: 'busy',
  TXN_NOT_EXISTS: 'not-exists',
  ABORTED: 'aborted',
};

/**
 * Says what an answer means.
 *
 * @out    `loaded` only for a status word or a text that means it, with HTTP 200; everything unknown is `unknown` or `transient`
 * @throws never
 * @source Stream Load reference §3 (status words), §9 (texts)
 */
export function readAnswer(operation: StarRocksOperation, reply: StarRocksReply): Answer {
  const fields = parse(reply.text);
  const status = text(fields, 'Status', 'status');
  const message = text(fields, 'Message', 'message', 'msg');
  const existing = existingOf(text(fields, 'ExistingJobStatus'));
  const errorUrl = text(fields, 'ErrorURL');
  const success = reply.status === 200 && Object.hasOwn(successes[operation], status) && successes[operation][status];
  const counts = rowCounts(fields);
  const txnId = count(fields, 'TxnId');
  const label = text(fields, 'Label');
  const labelState = text(fields, 'state', 'State');
  const failed = { httpStatus: reply.status, status, message, existing, errorUrl };
  return {
    verdict: success ? (success === 'done' ? 'done' : 'loaded') : verdictOf(operation, failed),
    visible: success === 'visible',
    already: reply.status === 200 && isLabelUsed(status) && existing === 'finished',
    existing,
    message: sanitizeMessage(message === '' && success === false ? fallbackMessage(reply, status) : message),
    ...(reply.user === undefined ? {} : { user: reply.user }),
    ...(label === '' ? {} : { label }),
    ...(txnId === undefined || txnId < 0 ? {} : { txnId }),
    ...(counts === undefined ? {} : { counts }),
    ...(errorUrl === '' ? {} : { errorUrl }),
    ...(labelState === '' ? {} : { labelState }),
  };
}

/** A frontend that was taken for a backend: it wants to be asked before it gets a body, and has loaded nothing. */
export const demandsContinue = (text: string): boolean => text.includes('no 100-continue header');

interface FailedAnswer {
  readonly httpStatus: number;
  readonly status: string;
  readonly message: string;
  readonly existing: Answer['existing'];
  readonly errorUrl: string;
}

function verdictOf(
  operation: StarRocksOperation,
  { httpStatus, status, message, existing, errorUrl }: FailedAnswer,
): AnswerVerdict {
  if (httpStatus !== 200) return verdictOfHttp(httpStatus, status, message);
  if (isLabelUsed(status)) return operation === 'stream_load' && existing === 'finished' ? 'loaded' : 'running';
  if (status === '') return 'unknown';
  if (Object.hasOwn(decisive, status)) return decisive[status] ?? 'unknown';
  const known = ruleOf(message)?.[1];
  if (known === 'committed') return operation === 'commit' ? 'loaded' : 'unknown';
  if (known !== undefined) return known;
  if (errorUrl !== '') return 'data';
  return Object.hasOwn(statuses, status) ? (statuses[status] ?? 'unknown') : 'unknown';
}

const refusals: readonly string[] = [
  'data',
  'configuration',
  'access',
  'privilege',
  'throttled',
  'memory',
  'transient',
] satisfies RefusalKind[];

const isRefusal = (verdict: string): verdict is RefusalKind => refusals.includes(verdict);

/**
 * A frontend says 401, and 500 of what it did not expect, with a text that is read like any other; the rest comes from what
 * stands in between, and tells nothing of the load.
 *
 * @source test/fixtures/recorded/stream-load-redirect.json
 */
function verdictOfHttp(httpStatus: number, status: string, message: string): AnswerVerdict {
  const known = status === 'FAILED' ? ruleOf(message)?.[1] : undefined;
  if (httpStatus === 401 || httpStatus === 403) return known === 'privilege' ? known : 'access';
  if (known !== undefined && isRefusal(known)) return known;
  if (httpStatus === 408 || httpStatus === 425) return 'unknown';
  if (httpStatus === 429) return 'throttled';
  if (httpStatus >= 300 && httpStatus < 500) return 'configuration';
  return 'unknown';
}

function isLabelUsed(status: string): boolean {
  return status === 'Label Already Exists' || status === 'LABEL_ALREADY_EXISTS';
}

function existingOf(word: string): Answer['existing'] {
  if (word === '') return 'local';
  return word === 'FINISHED' ? 'finished' : 'running';
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

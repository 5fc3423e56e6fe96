/**
 * The texts of StarRocks, of every release, and what each means. Only answers.ts reads them.
 *
 * Order matters: texts that quote rows come first and are known by how they begin, since a row may say anything; then those
 * that quote names; then what heals by itself, whatever status it is said with; then what a person must mend.
 */

import type { RefusalKind } from '../ports.ts';

/**
 * committed: decided, and visible later · running: a transaction under this label is open, or was · busy: another call on
 * the transaction is being carried out · finished, aborted, not-exists: what a transaction is by now · unknown: only the
 * label's state can tell · the rest: not loaded, and why.
 */
export type TextVerdict =
  | 'committed'
  | 'running'
  | 'busy'
  | 'finished'
  | 'aborted'
  | 'not-exists'
  | 'unknown'
  | RefusalKind;

/** `shown`: a file of test/fixtures/recorded, or a section of the Stream Load reference. */
export type TextRule = readonly [says: RegExp, means: TextVerdict, shown: string];

const quotingRows: readonly TextRule[] = [
  [/^(?:parse error\. )?failed to (?:iterate|parse) (?:the )?(?:document|json)/i, 'data', 'load-error-log'],
  [/^(?:parse error\. )?illegal json started with/i, 'data', '§7.3'],
  [/^(?:parse error\. )?the value (?:is array|should be object) type in json/i, 'data', '§7.3'],
  [/^(?:parse error\. )?the value (?:under json root )?should be array type/i, 'data', '§7.3'],
  [/\bdebezium (?:json|delete message|message|op type)/i, 'data', '§2'],
  [/^parse json.*(?:fail|error)|^invalid utf-?8/i, 'data', '§7.2'],
];

const quotingNames: readonly TextRule[] = [
  // StarRocks 3.3-3.5 say `Fail` here, with no ExistingJobStatus (StarRocks issue 57982).
  [/label \[[^\]]*\] has already been used/i, 'running', 'transaction-repeats'],
  [/^can ?not abort (?:visible|committed) transaction/i, 'finished', 'transaction-repeats'],
  [/^can ?not commit (?:aborted|cancelled) transaction/i, 'aborted', 'transaction-repeats'],
  [/^transaction with label .* not exists/i, 'not-exists', 'transaction-repeats'],
  [/^transaction with op\[\w+\] and label\[.*\] has no node/i, 'not-exists', 'frontend-restart'],
  [/^no transaction found (?:by|with)/i, 'not-exists', 'transaction-refusals'],
  [/^can't find the transaction with/i, 'not-exists', '§6.1'],
  [/^transaction id=.* hasn't send any data yet/i, 'transient', 'transaction-refusals'],
  [/^current running txns on db .* larger than limit/i, 'throttled', 'limits-and-forgetting'],
  [/^can't find available backends/i, 'transient', 'no-backend-alive'],

  [/^unknown or incorrect time ?zone/i, 'configuration', 'stream-load-redirect'],
  [/^unknown partition|^partition .* (?:does not|not) exist/i, 'configuration', 'stream-load-redirect'],
  [/^unknown column/i, 'configuration', 'stream-load-redirect'],
  [/^(?:unknown database|unknown table|database\[.*\] does not exist)/i, 'configuration', 'stream-load-redirect'],
  [/^getting syntax error/i, 'configuration', 'stream-load-redirect'],
  [/^expr '.*' analyze error/is, 'configuration', 'stream-load-redirect'],
  [/^(?:unknown warehouse|warehouse (?:name|id)?:? ?.* not exist)/i, 'configuration', 'stream-load-redirect'],
  [/^(?:getting analyzing error.*)?label format error/i, 'configuration', 'transaction-refusals'],
  [/^for input string: /i, 'configuration', 'transaction-refusals'],
  [
    /^(?:unknown|unsupported) (?:source type|data format|envelope|compression|transaction operation)/i,
    'configuration',
    'merge-commit',
  ],
  [/^unsupported operation/i, 'configuration', '§6.4'],
  [/^duplicate column/i, 'configuration', 'stream-load-redirect'],
  [/^mapping column is not in table|^column has no default value/i, 'configuration', 'stream-load-redirect'],
  [/^column has no source field/i, 'configuration', '§2'],
  [/^merge condition column|^key column .* not in partial update columns/i, 'configuration', 'stream-load-redirect'],
  [/^load op type/i, 'configuration', '§8'],
  [/^(?:the data of '.*' cannot be inserted because|load table type is not)/i, 'configuration', '§1.3'],
  [/^request (?:db|database|table) .* not (?:equal|match)/i, 'configuration', 'transaction-refusals'],
  [/^invalid (?!argument|base64)/i, 'configuration', 'transaction-refusals'],
];

/** With a status of failure, and yet committed perhaps, or for certain. */
const outcomes: readonly TextRule[] = [
  // Said after the commit was written down, only to a commit. @source GlobalTransactionMgr.commitPreparedTransaction
  [/^publish timeout: \d/i, 'committed', 'transaction-timeouts'],
  [/transaction status unknown/i, 'unknown', '§3.1'],
  [/publish timeout|commit timeout|has not been published before timeout/i, 'unknown', '§3.1'],
  [/load timeout, txn status|load status is unknown|failed to get load status/i, 'unknown', '§4'],
  [/transaction (?:is )?in processing/i, 'busy', '§6.3'],
  [/(?:during|already|is) committing/i, 'busy', '§6.4'],
  [/transaction is aborted|will be aborted/i, 'aborted', '§6.3'],
  [/transaction not found|can't find the transaction/i, 'not-exists', '§9'],
];

const rights: readonly TextRule[] = [
  [/access denied; you need|ask the admin to grant permission/i, 'privilege', 'privileges'],
  [/access denied for user '[^']*'@'[^']*'\./i, 'privilege', '§1.1'],
  [/access denied|need auth information|invalid base64/i, 'access', 'stream-load-redirect'],
  [/no valid basic authorization/i, 'access', '§1.3'],
];

const healing: readonly TextRule[] = [
  [/txn num per be exceeds limit|too many versions|too large compaction score/i, 'throttled', '§9'],
  [/memory\b.*\bexceed|mem_?limit.*exceed|exceed.*mem_?limit|memory limit/i, 'memory', '§9'],

  [/no backend (?:or compute node )?alive|no alive (?:backend|compute node)/i, 'transient', 'no-backend-alive'],
  [/(?:backend|compute node)(?: node)? not found/i, 'transient', 'no-backend-alive'],
  [/lost replicas|backend (?:node )?is down|no queryable replica/i, 'transient', 'StarRocks issue 12034'],
  [/coordinate be is down/i, 'transient', 'no-backend-alive'],
  [/intolerable failure|less th[ae]n quorum/i, 'transient', 'load-error-log'],
  [/shutting down|http cuncurrent limit|fe is not master/i, 'transient', '§9'],
  [/planner use long time/i, 'transient', 'StarRocks option new_planner_optimize_timeout'],
  [/lock timeout|call frontend service failed|rpc (?:failed|error)|load channel/i, 'transient', '§9'],
  [/\[E1008\]|reached timeout/i, 'transient', '§9'],
  [/txn does not exist|can not find stream load task|can't find node id/i, 'transient', '§9'],
  [/^id already exist/i, 'transient', 'labels-across-databases'],
  [/body don't equal with body bytes/i, 'transient', '§1.2'],
];

const lasting: readonly TextRule[] = [
  // Whatever `where` and `partitions` leave out is nothing to load; another batch may hold what they let in.
  [/no partitions have data available for loading/i, 'data', 'transaction-refusals'],
  [/all partitions have no load data|too many filtered rows/i, 'data', '§3.1'],
  [/has filtered data in strict mode/i, 'data', '§7.4'],
  [/primary key size exceeds? (?:the )?limit/i, 'data', '§8'],
  [/(?:json )?parser limit|document that big|beyond the json payload limit/i, 'data', '§7.1'],
  [/the size of this batch exceed|body size \d+ exceed limit|csv line length exceed limit/i, 'data', '§7.1'],

  [/data size exceeds quota/i, 'configuration', '§9'],
  [/no 100-continue header/i, 'configuration', 'stream-load-redirect'],
  [/no label selected|empty label|no database selected/i, 'configuration', 'transaction-refusals'],
  [/must provide|malformed json tablets|^not implemented/i, 'configuration', 'transaction-life'],
  [/only olap\/lake table|only be sent to fe nodes/i, 'configuration', 'transaction-refusals'],
  [
    /conditional update only|only primary key table support|partial update.*primary key/i,
    'configuration',
    'stream-load-redirect',
  ],
  [/load request not equal last/i, 'configuration', 'transaction-refusals'],
  [/only one of http header/i, 'configuration', 'stream-load-redirect'],
  [/must be (?:equal|greater)|must be bool|partitions and temporary partitions|: invalid /i, 'configuration', '§2'],
  [/must be set positive/i, 'configuration', 'merge-commit'],
  [/envelope can only|cannot be (?:set|specified) when envelope/i, 'configuration', '§2'],
  [/getting analyzing error|analyze error|no matching function|cannot be resolved/i, 'configuration', 'cluster'],

  [/cancel|timeout by txn manager|aborted by .*timeout|load is timeout/i, 'transient', '§9'],
];

export const textRules: readonly TextRule[] = [
  ...quotingRows,
  ...quotingNames,
  ...outcomes,
  ...rights,
  ...healing,
  ...lasting,
];

/** Who reports the text, and not what it says: the class of a Java exception, or the step that failed. */
const wrappings =
  /^(?:class [\w.$]+: |fail to execute commit task: |cancel(?: stream task for exception)?: |failed to build stream load info, error: )+/i;

/** The rule that knows the text. */
export function ruleOf(message: string): TextRule | undefined {
  const text = message.trim().replace(wrappings, '');
  return textRules.find(([says]) => says.test(text));
}

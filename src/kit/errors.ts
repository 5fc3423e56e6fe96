import { awsFailures } from './aws-failures.ts';
import { changeFailures } from './change-failures.ts';
import { envelopeFailures } from './envelope-failures.ts';
import { followFailures } from './follow-failures.ts';
import { migrationFailures } from './migration-failures.ts';
import { routeFailures } from './route-failures.ts';
import { sourceFailures } from './source-failures.ts';

/** What becomes of a message when a failure of this kind is met: delivered again, or given up until a person looks. */
export type Verdict = 'retry' | 'reject';

/** What a failure concerns. `invocation` failures are thrown, so that the event source backs off. */
export type Scope = 'message' | 'batch' | 'invocation' | 'start' | 'producer' | 'source';

export interface Failure {
  readonly verdict: Verdict;
  readonly scope: Scope;
  /** What happened, in one sentence. */
  readonly says: string;
  /** What a person does about it. */
  readonly remedy: string;
}

/** Every failure this project reports, told once: messages, metrics and `docs/failures.md` come from here. */
export const failures = {
  OPTIONS_INVALID: {
    verdict: 'reject',
    scope: 'start',
    says: 'The options are not usable.',
    remedy: 'Correct every option named here; docs/options.md lists names, ranges and defaults.',
  },
  MESSAGE_SHAPE_UNKNOWN: {
    verdict: 'reject',
    scope: 'message',
    says: 'The message body is in no shape that this sink knows.',
    remedy:
      'Send JSON rows (one object, an array of objects, or one object per line) or CSV with the attribute format=csv.',
  },
  MESSAGE_NOT_TEXT: {
    verdict: 'reject',
    scope: 'message',
    says: 'The message does not decode to UTF-8 text.',
    remedy: 'Encode rows as UTF-8; compressed bodies are base64 of gzip or zstd, named in the attribute encoding.',
  },
  MESSAGE_TOO_LARGE: {
    verdict: 'reject',
    scope: 'message',
    says: 'The message inflates to more bytes than are allowed.',
    remedy: 'Send smaller messages, or raise sink.max-inflated-bytes.',
  },
  MESSAGE_UNREADABLE: {
    verdict: 'reject',
    scope: 'message',
    says: 'Reading the message failed in a way that nobody foresaw.',
    remedy: 'Look at the event "message unreadable" in the log, which says where it failed, and report it.',
  },
  MEMORY_BUDGET: {
    verdict: 'retry',
    scope: 'message',
    says: 'The invocation has no memory left to hold this message.',
    remedy:
      'Nothing: the message is delivered again, with fewer others. If it is frequent, raise the memory of the function, or send smaller messages.',
  },
  ...envelopeFailures,
  ...changeFailures,
  MESSAGE_ATTRIBUTE_INVALID: {
    verdict: 'reject',
    scope: 'message',
    says: 'A message attribute has a value that this sink does not take.',
    remedy: 'Correct the attribute; docs/architecture.md lists the message format.',
  },
  ROW_NOT_JSON: {
    verdict: 'reject',
    scope: 'message',
    says: 'A row is not a JSON object.',
    remedy: 'Correct the producer; every row is one JSON object.',
  },
  VALUE_UNFIT: {
    verdict: 'reject',
    scope: 'message',
    says: 'A row does not fit its table, and StarRocks would store something else.',
    remedy:
      'Correct the producer or the column that is named; sink.check-rows = pass leaves values to StarRocks as they are.',
  },
  ROW_COUNT_WRONG: {
    verdict: 'reject',
    scope: 'message',
    says: 'The message claims another number of rows than it holds.',
    remedy: 'Correct the attribute rows, or leave it out.',
  },
  ...routeFailures,
  NAME_INVALID: {
    verdict: 'reject',
    scope: 'message',
    says: 'A database, table or column name holds characters that are not allowed in one.',
    remedy: 'Use a name of at most 256 characters without slashes, quotes, control characters or "..".',
  },
  COLUMNS_UNKNOWN: {
    verdict: 'reject',
    scope: 'message',
    says: 'Rows cannot be converted because the columns of the table are not known.',
    remedy: 'Set jdbc-url, sink.properties.columns, or the message attribute columns.',
  },
  POINTER_INVALID: {
    verdict: 'reject',
    scope: 'message',
    says: 'The message is expected to be a pointer to rows in S3, and is not one that this sink follows.',
    remedy:
      'Send rows to the rows queue; only the sink itself sends pointers to the load queue. Pointers to large payloads may name sink.bucket and sink.payload.buckets.',
  },
  ROWS_REFUSED: {
    verdict: 'reject',
    scope: 'message',
    says: 'StarRocks refuses rows of this message for their data.',
    remedy: 'Read the reason beside the code, correct the producer or the table, and redrive the dead-letter queue.',
  },
  ROWS_MISCOUNTED: {
    verdict: 'retry',
    scope: 'batch',
    says: 'StarRocks counted another number of rows than were sent.',
    remedy:
      'Compare table and rows. With exactly-once nothing was committed and the rows are delivered again; with at-least-once the load stands as it is.',
  },
  STARROCKS_CONFIGURATION: {
    verdict: 'retry',
    scope: 'invocation',
    says: 'StarRocks refuses the load whatever its rows are.',
    remedy: 'Correct table, headers or options as the message says; the rows wait in the queue.',
  },
  TABLE_MODEL_UNKNOWN: {
    verdict: 'retry',
    scope: 'invocation',
    says: 'What the table is, StarRocks says in a word that this sink does not know.',
    remedy:
      'Expected is a table of the model PRIMARY KEY, UNIQUE KEY, AGGREGATE KEY or DUPLICATE KEY. Load into one, or report the word found here; the rows wait in the queue.',
  },
  STARROCKS_ACCESS_DENIED: {
    verdict: 'retry',
    scope: 'invocation',
    says: 'StarRocks does not accept the user name or the password.',
    remedy: 'Correct the secret, which is read again within five minutes; the rows wait in the queue.',
  },
  STARROCKS_PRIVILEGE_MISSING: {
    verdict: 'retry',
    scope: 'invocation',
    says: 'The StarRocks user lacks a privilege.',
    remedy: 'Let an administrator run the GRANT that is named here; the rows wait in the queue.',
  },
  STARROCKS_THROTTLED: {
    verdict: 'retry',
    scope: 'batch',
    says: 'StarRocks asks for fewer or larger loads.',
    remedy:
      'Nothing at once: rows wait and batches grow. If it stays, raise sink.buffer-flush.interval-ms or lower the concurrency.',
  },
  STARROCKS_MEMORY_EXCEEDED: {
    verdict: 'retry',
    scope: 'batch',
    says: 'StarRocks has too little memory for this load.',
    remedy:
      'Nothing at once: rows wait and the loads of the table get smaller. If it stays, lower sink.buffer-flush.max-bytes, or give the backends more memory.',
  },
  STARROCKS_TRANSIENT: {
    verdict: 'retry',
    scope: 'batch',
    says: 'The load failed for a reason that passes.',
    remedy: 'Nothing: the rows are loaded again. If it stays, look at the StarRocks log under the label.',
  },
  STARROCKS_UNREACHABLE: {
    verdict: 'retry',
    scope: 'invocation',
    says: 'No StarRocks frontend could be reached.',
    remedy: 'Check load-url, the security groups, and that the frontends are up.',
  },
  BACKEND_UNREACHABLE: {
    verdict: 'retry',
    scope: 'invocation',
    says: 'The frontend redirected the load to a backend address that cannot be reached from here.',
    remedy:
      'Make the address reachable (SHOW BACKENDS lists it), or rewrite it with sink.redirect.map = internal:port=reachable:port.',
  },
  REDIRECT_REFUSED: {
    verdict: 'retry',
    scope: 'invocation',
    says: 'The frontend redirected the load to a host that may not receive the password.',
    remedy: 'Add the host to sink.redirect.hosts if it belongs to your cluster.',
  },
  ANSWER_LOST: {
    verdict: 'retry',
    scope: 'batch',
    says: 'The load was sent, and its answer was lost.',
    remedy: 'Nothing: the state of the label is asked, and the same label is used again.',
  },
  OUTCOME_UNKNOWN: {
    verdict: 'retry',
    scope: 'batch',
    says: 'It could not be learnt in time whether the load happened.',
    remedy: 'Nothing: the rows are delivered again and the label is asked first.',
  },
  BATCH_BUSY: {
    verdict: 'retry',
    scope: 'batch',
    says: 'Another worker is loading these rows, or did not finish.',
    remedy: 'Nothing: the message is delivered again, and by then the other has ended or is helped to its end.',
  },
  UNDECIDED: {
    verdict: 'retry',
    scope: 'message',
    says: 'A load was decided, and StarRocks has forgotten whether it was committed.',
    remedy:
      'Look for the rows in the table, then say what you found: starrocks-sink redrive --assume loaded, or not-loaded; docs/operations.md, undecided batches, says how.',
  },
  SEGMENT_UNREADABLE: {
    verdict: 'retry',
    scope: 'batch',
    says: 'Rows that stand in S3 could not be read as they were written.',
    remedy:
      'Nothing while S3 is disturbed. Otherwise look whether the object named here still exists, and whether somebody changed it.',
  },
  LEDGER_UNAVAILABLE: {
    verdict: 'retry',
    scope: 'invocation',
    says: 'S3 did not settle in time who may load these rows.',
    remedy:
      'Nothing while S3 is disturbed: the rows wait in the queue. Otherwise check sink.bucket and the role of the function.',
  },
  CHUNK_CHANGED: {
    verdict: 'reject',
    scope: 'message',
    says: 'Other rows were loaded under the same chunk id.',
    remedy:
      'Look whether the producer gives a chunk id to two different sets of rows; send these rows again under an id of their own.',
  },
  DEADLINE_NEAR: {
    verdict: 'retry',
    scope: 'batch',
    says: 'The invocation has too little time left to begin this load.',
    remedy: 'Nothing: the rows are delivered again. If it is frequent, raise the function timeout.',
  },
  VALUE_NOT_ENCODABLE: {
    verdict: 'reject',
    scope: 'message',
    says: 'A value cannot be written as JSON or CSV without changing it.',
    remedy: 'Correct the value; for CSV set enclose, choose other delimiters, or use JSON.',
  },
  PRODUCER_CLOSED: {
    verdict: 'reject',
    scope: 'producer',
    says: 'The producer is closed.',
    remedy: 'Make another with createProducer; close it after the last row.',
  },
  ROW_TOO_LARGE: {
    verdict: 'reject',
    scope: 'producer',
    says: 'A row does not fit into an SQS message, and no bucket for large payloads is given.',
    remedy: 'Give createProducer a bucket, or split the row.',
  },
  SEND_FAILED: {
    verdict: 'retry',
    scope: 'producer',
    says: 'SQS did not take some messages, also when they were sent again.',
    remedy: 'Look at the reason that SQS gave; the rows named here were not enqueued.',
  },
  ...followFailures,
  ...awsFailures,
  ...migrationFailures,
  ...sourceFailures,
} as const satisfies Record<string, Failure>;

export type FailureCode = keyof typeof failures;

/**
 * The one error of this project. The message says what was found and what to do; it never holds row data or credentials.
 *
 * @in  detail: what exactly was found and what was expected, in a sentence
 */
export class SinkError extends Error {
  readonly code: FailureCode;
  /** What exactly was found, without the general sentence and the remedy. */
  readonly detail: string;

  constructor(code: FailureCode, detail: string, options?: ErrorOptions) {
    const { says, remedy } = failures[code];
    super(`${code}: ${says} ${detail} ${remedy}`, options);
    this.name = 'SinkError';
    this.code = code;
    this.detail = detail;
  }
}

import { compressions } from '../kit/compressions.ts';
import { changeOptions } from './change-options.ts';
import { envelopeOptions } from './envelope-options.ts';
import { rowOptions } from './row-options.ts';
import type { OptionSpec, OptionValue } from './spec.ts';

/**
 * Every option of the sink, told once. Types, validation, environment variables, CDK props and docs/options.md are
 * derived from this table. Names, defaults and ranges are those of flink-connector-starrocks wherever it has the option.
 */

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

export const optionTable = {
  'load-url': {
    kind: 'urls',
    required: true,
    source: 'flink',
    doc: 'HTTP addresses of the StarRocks frontends, `fe1:8030;fe2:8030`; `https://fe:8443` for TLS. A frontend that fails is set aside and the next is tried.',
  },
  'jdbc-url': {
    kind: 'text',
    pattern: /^jdbc:mysql:\/\/[^/\s]+/,
    expects: 'jdbc:mysql://fe:9030[,fe2:9030]',
    source: 'flink',
    doc: 'Query addresses of the frontends, `jdbc:mysql://fe1:9030,fe2:9030`. Used only to read the columns of a table. Without it no schema is read: JSON rows become CSV only if columns are named, and column names are not sent for JSON rows, so that StarRocks matches keys to columns by itself.',
  },
  'database-name': { kind: 'text', source: 'flink', doc: 'Database of messages that name none.' },
  'table-name': { kind: 'text', source: 'flink', doc: 'Table of messages that name none.' },
  username: {
    kind: 'text',
    source: 'flink',
    doc: 'StarRocks user; needs INSERT on the tables. In AWS it may come from the secret.',
  },
  password: {
    kind: 'text',
    secret: true,
    source: 'flink',
    doc: 'Password of the user; may be empty. In AWS leave it out: it comes from the secret that `sink.secret-id` names.',
  },
  'sink.secret-id': {
    kind: 'text',
    source: 'sink',
    doc: 'Name or ARN of a Secrets Manager secret that holds `{"username": "…", "password": "…"}`. Read once, cached, and read again when StarRocks refuses it.',
  },
  'sink.tables.allow': {
    kind: 'list',
    default: [],
    source: 'sink',
    doc: 'Which tables a message may name, as `database.table` patterns with `*`, e.g. `sales.*`. Empty: only the default table, and those of `routes`.',
  },
  'sink.routes': {
    kind: 'text',
    source: 'sink',
    doc: 'Path of a JSON file with the list of `routes`: which rows fill which table, and with which options. The CDK construct puts it beside the functions; in sink.json the list itself stands, docs/routes.md.',
  },
  'sink.semantic': {
    kind: 'choice',
    choices: ['at-least-once', 'exactly-once'],
    default: 'at-least-once',
    source: 'flink',
    perTable: true,
    doc: 'What is promised when messages are delivered again. docs/delivery.md says what each means for each table model.',
  },
  'sink.buffer-flush.max-bytes': {
    kind: 'integer',
    unit: 'bytes',
    min: 64 * MiB,
    max: 10 * GiB,
    default: 90 * MiB,
    source: 'flink',
    perTable: true,
    doc: 'Largest body of one load; while StarRocks asks for fewer loads of a table, up to 16 times that.',
  },
  'sink.buffer-flush.max-rows': {
    kind: 'integer',
    unit: 'rows',
    min: 64_000,
    max: 5_000_000,
    default: 500_000,
    source: 'flink',
    perTable: true,
    doc: 'Most rows in one load.',
  },
  'sink.buffer-flush.interval-ms': {
    kind: 'integer',
    unit: 'ms',
    min: 1000,
    max: 3_600_000,
    default: 300_000,
    source: 'flink',
    doc: 'How long rows wait for company: the batching window of the queues. Up to 300,000 by the event source, beyond that by a schedule.',
  },
  'sink.max-retries': {
    kind: 'integer',
    unit: 'times',
    min: 0,
    max: 10,
    default: 1,
    source: 'flink',
    doc: 'How often one invocation sends a load again, under the same label. After that the queue delivers the rows again.',
  },
  'sink.connect.timeout-ms': {
    kind: 'integer',
    unit: 'ms',
    min: 100,
    max: 60_000,
    default: 1000,
    source: 'flink',
    doc: 'How long to wait for a TCP connection to a frontend or backend.',
  },
  'sink.socket.timeout-ms': {
    kind: 'integer',
    unit: 'ms',
    min: -1,
    max: 900_000,
    default: -1,
    source: 'flink',
    doc: 'How long a connection may be silent while an answer is awaited; -1 or 0: as long as the invocation lasts.',
  },
  'sink.wait-for-continue.timeout-ms': {
    kind: 'integer',
    unit: 'ms',
    min: 3000,
    max: 600_000,
    default: 30_000,
    source: 'flink',
    doc: 'How long to wait for the redirect of a frontend.',
  },
  'sink.label-prefix': {
    kind: 'text',
    pattern: /^[-_A-Za-z0-9]{1,40}$/,
    expects: 'at most 40 letters, digits, - or _',
    source: 'flink',
    doc: 'Begins every label, so that loads of this sink are known in `information_schema.loads`. Unique among all that load into a database.',
  },
  'sink.ignore.update-before': {
    kind: 'boolean',
    default: true,
    source: 'flink',
    perTable: true,
    doc: 'Change events: drop the image before an update. false: the row before is deleted first, which is needed when the key here is another than in the source; a changed key of the source is a delete and an upsert either way.',
  },
  'sink.sanitize-error-log': {
    kind: 'boolean',
    default: false,
    source: 'flink',
    doc: 'Removes row data from the error log of StarRocks before it is reported.',
  },
  'sink.publish-timeout.ms': {
    kind: 'integer',
    unit: 'ms',
    min: -1,
    max: 900_000,
    default: -1,
    source: 'flink',
    doc: 'exactly-once: how long a commit waits until rows are visible; -1: what StarRocks does by itself. Rows that are committed and not yet visible count as loaded.',
  },
  'sink.redirect.hosts': {
    kind: 'list',
    default: [],
    source: 'sink',
    doc: 'Hosts, or `*.domain` patterns, that a frontend may redirect to, besides those of `load-url` and, when `load-url` is a private address, any private address. The password is sent to no other.',
  },
  'sink.redirect.map': {
    kind: 'map',
    default: {},
    source: 'sink',
    doc: 'Rewrites backend addresses that cannot be reached from here, `10.0.0.5:8040=be1.example.com:8040,…`. A target may be `https://host:port`, for backends behind TLS.',
  },
  'sink.tls.ca': {
    kind: 'text',
    source: 'sink',
    doc: 'PEM text, or the path of a PEM file, of the authority that signed the certificates of StarRocks.',
  },
  'sink.max-inflated-bytes': {
    kind: 'integer',
    unit: 'bytes',
    min: MiB,
    max: 512 * MiB,
    default: 64 * MiB,
    source: 'sink',
    doc: 'Most bytes that one compressed message may inflate to.',
  },
  'sink.bucket': {
    kind: 'text',
    source: 'sink',
    doc: 'S3 bucket for rejected rows, segments, the ledger, and large payloads. The CDK construct makes one.',
  },
  'sink.load-queue-url': {
    kind: 'text',
    pattern: /^https?:\/\/\S+$/,
    expects: 'the URL of an SQS queue',
    source: 'sink',
    doc: 'Queue of the load function: it gets a pointer to each segment. The CDK construct makes one. Without it every batch is loaded by the invocation that received it.',
  },
  'sink.stage-above-bytes': {
    kind: 'integer',
    unit: 'bytes',
    min: 0,
    max: 64 * MiB,
    default: 4 * MiB,
    source: 'sink',
    doc: 'A batch that is larger becomes a segment in the bucket, and is loaded together with others; 0: every batch.',
  },
  'sink.segment.compression': {
    kind: 'choice',
    choices: ['none', ...compressions],
    default: 'none',
    source: 'sink',
    doc: 'How segments are kept in the bucket. They are sent to StarRocks as they were.',
  },
  'sink.ledger.retention-days': {
    kind: 'integer',
    unit: 'days',
    min: 1,
    max: 365,
    default: 30,
    source: 'sink',
    doc: 'How long a chunk is recognised when it comes again (exactly-once). Longer than the queue and its dead letters can hold a message.',
  },
  'sink.payload.buckets': {
    kind: 'list',
    default: [],
    source: 'sink',
    doc: 'Buckets, besides `sink.bucket`, that a large-payload pointer of the SQS Extended Client may name. Pointers elsewhere are rejected.',
  },
  ...envelopeOptions,
  ...changeOptions,
  ...rowOptions,
  'sink.deadline-reserve-ms': {
    kind: 'integer',
    unit: 'ms',
    min: 1000,
    max: 120_000,
    default: 5000,
    source: 'sink',
    doc: 'How long before the end of an invocation nothing more is waited for.',
  },
} as const satisfies Record<string, OptionSpec>;

export type OptionName = keyof typeof optionTable;

/** Options after validation: every default is filled in, so nothing later says `?? default`. */
export type SinkOptions = { readonly [N in OptionName]: OptionValue<(typeof optionTable)[N]> } & {
  /** `sink.properties.*`: Stream Load headers, names lower-case. */
  readonly properties: Readonly<Record<string, string>>;
};

import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import mysql, { type RowDataPacket } from 'mysql2/promise';
import { createHandler as createIngest } from '../../functions/ingest/handler.ts';
import { createHandler as createLoad } from '../../functions/load/handler.ts';
import { createHandler as createSweep } from '../../functions/sweep/handler.ts';
import { createLocalResources, type LocalResources } from '../../local/aws/queues.ts';
import { type AwsOptions, type LocalAws, startAws } from '../../local/aws/server.ts';
import { addressesOf, type Stack, type StackOptions, startStack } from '../../local/stack.ts';
import type { Release } from '../../local/starrocks/release.ts';
import { type StarRocksServer, startStarRocks } from '../../local/starrocks/server.ts';
import type { Call } from '../../local/starrocks/spy.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { variablesFromOptions } from '../../src/options/sources.ts';
import { createProducer, type SendOptions } from '../../src/producer/producer.ts';
import { lambdaContext, sqsRecord } from '../builders.ts';

interface Parts {
  readonly aws: LocalAws;
  readonly starrocks: StarRocksServer;
  readonly resources: LocalResources;
}

const models = {
  duplicate: '(id BIGINT NOT NULL, v INT) DUPLICATE KEY(id)',
  unique: '(id BIGINT NOT NULL, v INT) UNIQUE KEY(id)',
  aggregate: '(id BIGINT NOT NULL, v INT SUM) AGGREGATE KEY(id)',
  primary: '(id BIGINT NOT NULL, v INT) PRIMARY KEY(id)',
} as const;

/** Queues, bucket and StarRocks, and what a test asks of them. Every table is in the database d: (id BIGINT, v INT). */
async function openBase(parts: Parts) {
  const { aws, starrocks, resources } = parts;
  const [s3, sqs] = [new S3Client(aws.clientConfig), new SQSClient(aws.clientConfig)];
  // A pool of one connects again when a frontend was stopped.
  const sql = mysql.createPool({ host: '127.0.0.1', port: starrocks.queryPort, user: 'root', connectionLimit: 1 });
  await sql.query('CREATE DATABASE d');
  let tables = 0;
  const listKeys = async (prefix = ''): Promise<string[]> => {
    const list = new ListObjectsV2Command({ Bucket: resources.bucket, Prefix: prefix });
    const { Contents = [] } = await s3.send(list);
    return Contents.map(({ Key = '', ETag = '' }) => `${Key} ${ETag}`);
  };
  return {
    ...parts,
    ...{ s3, sqs, sql },
    async createTable(model: keyof typeof models = 'duplicate'): Promise<string> {
      const name = `t${++tables}x`;
      await sql.query(`CREATE TABLE d.${name} ${models[model]} DISTRIBUTED BY HASH(id)`);
      return name;
    },
    /** Rows as they stand in the table, `id` or `id=v`, in the order in which they were loaded. */
    async rows(table: string): Promise<string[]> {
      const [rows] = await sql.query<RowDataPacket[]>(`SELECT id, v FROM d.${table}`);
      return rows.map(({ id, v }) => (v === null ? String(id) : `${id}=${v}`));
    },
    /** Calls of one operation for one table that backends (commits of what is prepared: frontends) got. */
    calls: (table: string, operation: Call['operation']) =>
      starrocks.spy.calls.filter(
        (call) =>
          call.operation === operation &&
          call.at === (operation === 'commit' ? 'fe' : 'be') &&
          call.label.includes(`-${table}-`),
      ),
    /** Keys in the bucket, each with the digest of its content. */
    keys: listKeys,
    /** Resolves when the rows of a table have been published. */
    visible: async (table: string): Promise<void> =>
      until(async () => starrocks.transactions().some((each) => each.table === table && each.state === 'VISIBLE')),
    /** Resolves when so many chunks of a table are claimed. */
    claimed: async (table: string, chunks: number): Promise<void> =>
      until(async () => (await listKeys(`claims/d.${table}/`)).length === chunks),
    async close() {
      await sql.end();
      s3.destroy();
      sqs.destroy();
    },
  };
}

/** Makes one function run by hand: each call is an invocation, with the real handler and real connections. */
export async function openWorkers(
  setup: { readonly aws?: AwsOptions; readonly options?: object; readonly release?: Release } = {},
) {
  const [aws, starrocks] = await Promise.all([
    startAws(setup.aws),
    startStarRocks(setup.release ? { release: setup.release } : {}),
  ]);
  const resources = await createLocalResources(aws.endpoint);
  const base = await openBase({ aws, starrocks, resources });
  return {
    ...base,
    worker: (kind: WorkerKind = {}) => createWorker(base, { ...kind, options: { ...setup.options, ...kind.options } }),
    /** Takes every pointer out of the load queue. */
    async pointers(): Promise<SQSRecord[]> {
      const taken: SQSRecord[] = [];
      for (;;) {
        const receive = { QueueUrl: resources.loadQueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 3600 };
        const { Messages = [] } = await base.sqs.send(new ReceiveMessageCommand(receive));
        if (Messages.length === 0) return taken;
        taken.push(...Messages.map(({ MessageId = '', Body = '' }) => sqsRecord({ messageId: MessageId, body: Body })));
      }
    },
    async close() {
      await base.close();
      await Promise.all([starrocks.close(), aws.close()]);
    },
  };
}

export interface WorkerKind {
  readonly options?: object;
  /** How much later than now it is for this worker. */
  readonly aheadMs?: number;
  /** What Lambda says is left of the invocation. */
  readonly remainingMs?: number;
}

/** Its answer: the ids of the messages that must come again; all of them when it failed. */
export type Invoke = (records: readonly SQSRecord[]) => Promise<readonly string[]>;

function createWorker({ aws, starrocks, resources }: Parts, kind: WorkerKind) {
  const { remainingMs = 60_000 } = kind;
  let { aheadMs = 0 } = kind;
  const codes: unknown[] = [];
  const metrics: string[] = [];
  const events: { readonly message: string; readonly [field: string]: unknown }[] = [];
  const counts: Record<string, number> = {};
  const surroundings = {
    environment: variablesFromOptions({
      ...addressesOf(starrocks, resources),
      ...{ username: 'root', password: '', 'database-name': 'd', 'sink.tables.allow': 'd.*' },
      ...{ 'sink.semantic': 'exactly-once', 'sink.deadline-reserve-ms': 1000 },
      ...kind.options,
    }),
    observer: {
      telemetry: {
        event: (...[, message, fields]: [string, string, Readonly<Record<string, unknown>>]) => {
          codes.push(fields['code']);
          events.push({ message, ...fields });
        },
        count: (metric: string, value: number) => {
          metrics.push(metric);
          counts[metric] = (counts[metric] ?? 0) + value;
        },
      },
      middlewares: [],
    },
    aws: aws.clientConfig,
    clock: { ...systemClock, now: () => Date.now() + aheadMs },
  };
  const [ingest, load] = [createIngest(surroundings), createLoad(surroundings)];
  const sweep = createSweep(surroundings);
  const by =
    (handler: typeof ingest): Invoke =>
    async (records) => {
      const answer = await Promise.resolve(handler({ Records: [...records] }, lambdaContext(remainingMs))).catch(
        (error: { code?: unknown }) => void codes.push(error.code),
      );
      if (answer === undefined) return records.map(({ messageId }) => messageId);
      return 'batchItemFailures' in answer ? answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) : [];
    };
  return {
    /** Codes of what went wrong. */
    codes,
    /** What was counted. */
    metrics,
    /** The same, with how much; and what was logged. */
    ...{ counts, events },
    environment: surroundings.environment,
    /** Lets time go by for this worker. */
    wait(ms: number): void {
      aheadMs += ms;
    },
    ingest: by(ingest),
    load: by(load),
    drain: async () => void (await load({ drain: true }, lambdaContext(remainingMs))),
    sweep: async () => void (await sweep({}, lambdaContext(remainingMs))),
  };
}

/** The whole sink, with producers in front of it. */
export async function openStack(setup: Partial<StackOptions> = {}) {
  const stack: Stack = await startStack({
    telemetry: { event: () => undefined, count: () => undefined },
    // Nothing waits for a timeout, and nothing that is at work is delivered once more.
    ...{ visibilityTimeoutSeconds: 600, redeliversAtOnce: true },
    windowMs: 50,
    maxReceiveCount: 1000,
    ...setup,
    options: { 'sink.semantic': 'exactly-once', 'sink.tables.allow': 'd.*', ...setup.options },
  });
  const base = await openBase(stack);
  return {
    ...base,
    options: stack.options,
    drain: stack.drain,
    sweep: stack.sweep,
    idle: stack.idle,
    /** Sends rows as one message. */
    async send(
      table: string,
      rows: readonly object[],
      options: SendOptions & { readonly group?: string | undefined } = {},
    ) {
      const { group, ...sending } = options;
      const producer = createProducer({
        ...{ queueUrl: base.resources.rowsQueueUrl, database: 'd', groupId: group },
        client: new SQSClient({ ...base.aws.clientConfig, maxAttempts: 1 }),
      });
      await producer.send(table, rows, sending);
      await producer.close();
    },
    async close() {
      await base.close();
      await stack.close();
    },
  };
}

/** Ids `from` to `to`, as rows. */
export const rowsOf = (from: number, to: number): { id: number }[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ id: from + index }));

/** A message with rows for a table, as the rows queue delivers it. */
export const message = (messageId: string, table: string, rows: readonly object[], chunk = messageId): SQSRecord =>
  sqsRecord({ messageId, body: rows.map((row) => JSON.stringify(row)).join('\n'), attributes: { table, chunk } });

export const sorted = (rows: readonly string[]): string[] => rows.toSorted((a, b) => Number(a) - Number(b));

/** Looks again, after everything else that is ready to run, until it is so. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}

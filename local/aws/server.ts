/**
 * SQS and S3 in this process: fauxqs, with what it lacks and the sink relies on. Every request passes, in this order:
 *
 *   count ─▶ refuse what is not emulated ─▶ scripted faults ─▶ metrics (CloudWatch) ─▶ long poll (SQS) ─▶ digests, conditions (S3)
 *         ─▶ lists, deletes, reads that fauxqs answers wrongly (S3) ─▶ fauxqs ─▶ faults, names of errors, bytes
 *
 * Hooks on the way back are synchronous: fauxqs' handlers send without returning the reply, and Fastify sends once more when
 * nothing has left by the time they return.
 */

import type { AddressInfo } from 'node:net';
import { buildApp } from 'fauxqs';
import { type ApiRequest, actionOf, isInspection, isSqs, type SqsInput } from './api-request.ts';
import { checkDigests } from './body-digests.ts';
import { type LocalClientConfig, localClientConfig } from './client-config.ts';
import { refuseCopy, refuseWrite } from './conditional-writes.ts';
import { answerDeletes } from './delete-objects.ts';
import { errorAnswer } from './error-answers.ts';
import { playFaults } from './fault-hooks.ts';
import { createFaults, type Faults } from './faults.ts';
import { createStores, keepIn, nameQueuesAnew, type S3Store, type SqsStore } from './fauxqs-stores.ts';
import { answerLists } from './list-objects.ts';
import { createMetrics, type LocalMetrics, type MetricDataInput } from './metrics.ts';
import { answerReads } from './object-reads.ts';
import { answerTags } from './object-tags.ts';
import { nameErrors } from './query-error.ts';
import { createLongPoll, shapeQueues } from './queue-behaviour.ts';
import { seededRandom } from './seeded-random.ts';

export interface AwsOptions {
  /** 0, the default: any free port. */
  readonly port?: number;
  /** Fixes disorder and duplicates for a given sequence of requests; 1 unless told. */
  readonly seed?: number;
  /** How many messages of a standard queue a younger one may overtake at a time; 0, the default, keeps the order. */
  readonly disorder?: number;
  /** The share [0, 1] of messages on standard queues that are delivered twice; 0 unless told. */
  readonly duplicates?: number;
  /** A folder that keeps queues and objects; without it, nothing is kept. */
  readonly dataDir?: string | undefined;
  /** Is told of each request when it is answered. */
  readonly onAnswer?: ((answered: AnsweredRequest) => void) | undefined;
}

export interface AnsweredRequest {
  /** The access key that signed it: by these, functions of the local stack are told apart. */
  readonly caller: string;
  /** As AWS names it: `PutObject`, `SendMessageBatch`, … */
  readonly action: string;
  /** An S3 path, `/bucket/key`, or the URL of a queue. */
  readonly target: string;
  readonly status: number;
}

/** What was asked of the endpoint, as AWS bills it. Callers may reset it. */
interface Traffic {
  /** Requests by action, e.g. `PutObject`, `ReceiveMessage`; refused and failed ones included. */
  readonly requests: Map<string, number>;
  /** Bytes of request and response bodies as sent. */
  readonly bytes: { in: number; out: number };
}

export interface LocalAws extends Traffic {
  readonly endpoint: string;
  readonly port: number;
  /** For `new SQSClient()` and `new S3Client()`. */
  readonly clientConfig: LocalClientConfig;
  readonly faults: Faults;
  /** What functions count; GetMetricData tells it. */
  readonly metrics: LocalMetrics;
  close(): Promise<void>;
}

type App = ReturnType<typeof buildApp>;

/** S3 takes 5 GiB in one PutObject; fauxqs keeps bodies in memory. */
const maxBodyBytes = 1024 ** 3;

/** How often the age of queues is noted. */
const queueLookMs = 10_000;

/** Starts the endpoint on 127.0.0.1. */
export async function startAws(options: AwsOptions = {}): Promise<LocalAws> {
  const { port = 0, seed = 1, disorder = 0, duplicates = 0 } = options;
  const stores = await createStores();
  shapeQueues(stores.sqsStore, { disorder, duplicates, random: seededRandom(seed) });
  const kept = options.dataDir === undefined ? undefined : await keepIn(options.dataDir, stores);
  const traffic: Traffic = { requests: new Map(), bytes: { in: 0, out: 0 } };
  const faults = createFaults();
  const closing = new AbortController();
  const metrics = createMetrics(stores.sqsStore, Date.now);
  const looking = setInterval(() => metrics.lookAtQueues(), queueLookMs).unref();

  const app = buildApp({ logger: false, stores });
  acceptBodies(app);
  countRequests(app, traffic);
  refuseWhatIsNotEmulated(app);
  playFaults(app, faults);
  tellMetrics(app, metrics);
  pollLong(app, stores.sqsStore, closing.signal);
  await checkDigests(app);
  checkConditions(app, stores.s3Store);
  answerLists(app, stores.s3Store);
  answerDeletes(app, stores.s3Store);
  answerTags(app, stores.s3Store);
  await answerReads(app, stores.s3Store);
  nameErrors(app);
  countBytes(app, traffic);
  tellAnswers(app, options.onAnswer);

  await app.listen({ host: '127.0.0.1', port });
  const bound = (app.server.address() as AddressInfo).port;
  const endpoint = `http://127.0.0.1:${bound}`;
  nameQueuesAnew(stores.sqsStore, endpoint);
  return {
    endpoint,
    port: bound,
    clientConfig: localClientConfig(endpoint),
    ...traffic,
    ...{ faults, metrics },
    async close() {
      clearInterval(looking);
      closing.abort();
      const closed = app.close();
      // What a fault lets hang would hold it open.
      app.server.closeAllConnections();
      await closed;
      kept?.close();
    },
  };
}

/**
 * fauxqs parses bodies up to 11 MiB, and offers no option: the same parsers again, with another limit. What is put into S3 is bytes,
 * whatever it says it is; and where it says nothing, and is empty, Fastify would not parse it, and fauxqs finds no body.
 */
function acceptBodies(app: App): void {
  app.removeAllContentTypeParsers();
  const parse =
    (isOne: (request: ApiRequest) => boolean, read: (text: string) => unknown) =>
    async (request: ApiRequest, body: Buffer) =>
      isOne(request) ? read(body.toString()) : body;
  const limits = { parseAs: 'buffer', bodyLimit: maxBodyBytes } as const;
  app.addContentTypeParser('application/x-amz-json-1.0', limits, parse(isSqs, JSON.parse));
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    limits,
    parse(
      ({ url }) => url === '/',
      (text) => Object.fromEntries(new URLSearchParams(text)),
    ),
  );
  app.addContentTypeParser('*', limits, async (_request: unknown, body: Buffer) => body);
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.method === 'PUT') request.headers['content-type'] ??= 'binary/octet-stream';
    done();
  });
}

function countRequests(app: App, { requests }: Traffic): void {
  app.addHook('preHandler', (request, _reply, done) => {
    const action = actionOf(request) ?? 'unknown';
    if (!isInspection(request)) requests.set(action, (requests.get(action) ?? 0) + 1);
    done();
  });
}

/** fauxqs takes unknown sub-resources for PutObject or CreateBucket, and ignores conditions inside DeleteObjects. */
function refuseWhatIsNotEmulated(app: App): void {
  app.addHook('preHandler', async (request, reply) => {
    const action = actionOf(request);
    const conditionalDelete = action === 'DeleteObjects' && String(request.body).includes('<ETag>');
    if (isInspection(request) || (action !== undefined && !conditionalDelete)) return;
    const message = `Not emulated: ${request.method} ${request.url}`;
    return reply.send(errorAnswer(request, reply, { status: 501, code: 'NotImplemented', message }));
  });
}

/** CloudWatch speaks AWS JSON, as SQS does. */
function tellMetrics(app: App, metrics: LocalMetrics): void {
  app.addHook('preHandler', async (request, reply) => {
    if (request.headers['x-amz-target'] !== 'GraniteServiceVersion20100801.GetMetricData') return;
    const answer = metrics.answer(request.body as MetricDataInput);
    const message = 'Not emulated: expected queries of Sum or Maximum of one metric, by whole minutes.';
    const refusal = { status: 400, code: 'InvalidParameterValueException', message };
    reply.header('content-type', 'application/x-amz-json-1.0');
    return reply.send(answer === undefined ? errorAnswer(request, reply, refusal) : JSON.stringify(answer));
  });
}

/** Waits in front of fauxqs, and asks it for attributes only when the client does: without names SQS returns none. */
function pollLong(app: App, store: SqsStore, closing: AbortSignal): void {
  const waitForMessages = createLongPoll();
  app.addHook('preHandler', async (request, reply) => {
    if (actionOf(request) !== 'ReceiveMessage') return;
    const { QueueUrl = '', WaitTimeSeconds, MessageAttributeNames } = request.body as SqsInput;
    if ((MessageAttributeNames ?? []).length === 0)
      Object.assign(request.body as object, { MessageAttributeNames: ['-'] });
    const queue = store.getQueue(QueueUrl);
    const waitSeconds = WaitTimeSeconds ?? Number(queue?.attributes['ReceiveMessageWaitTimeSeconds'] ?? 0);
    if (queue === undefined || !(waitSeconds > 0 && waitSeconds <= 20)) return;
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    await waitForMessages(queue, waitSeconds * 1000, AbortSignal.any([gone.signal, closing]));
    if (gone.signal.aborted) return reply.hijack();
    Object.assign(request.body as object, { WaitTimeSeconds: 0 });
  });
}

/**
 * Conditional writes. Atomic because this hook comes last and, like the handlers of fauxqs, is synchronous: nothing runs
 * between the check and the write.
 */
function checkConditions(app: App, store: S3Store): void {
  app.addHook('preHandler', (request, reply, done) => {
    const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = request.headers;
    const action = actionOf(request) ?? '';
    if (isSqs(request) || isInspection(request)) return done();
    const { bucket = '', '*': key = '' } = request.params as { bucket?: string; '*'?: string };
    const isConditional = ifMatch !== undefined || ifNoneMatch !== undefined;
    const refusal =
      (action === 'CopyObject' ? refuseCopy(request.headers, `/${bucket}/${key}`) : undefined) ??
      (isConditional ? refuseWrite(action, { ifMatch, ifNoneMatch }, etagOf(store, bucket, key)) : undefined);
    if (refusal === undefined) return done();
    reply.send(errorAnswer(request, reply, refusal));
  });
}

function etagOf(store: S3Store, bucket: string, key: string): string | undefined {
  try {
    return store.headObject(bucket, key).etag;
  } catch {
    return undefined; // no such key, or no such bucket, which fauxqs reports itself
  }
}

function countBytes(app: App, { bytes }: Traffic): void {
  app.addHook('onSend', (request, _reply, payload, done) => {
    bytes.in += Number(request.headers['content-length'] ?? 0);
    if (typeof payload === 'string' || Buffer.isBuffer(payload)) bytes.out += Buffer.byteLength(payload);
    done(null, payload);
  });
}

function tellAnswers(app: App, tell: AwsOptions['onAnswer']): void {
  if (tell === undefined) return;
  app.addHook('onResponse', (request, { statusCode: status }, done) => {
    const [, caller = ''] = /Credential=([^/]+)/.exec(request.headers.authorization ?? '') ?? [];
    const action = actionOf(request);
    const target = isSqs(request) ? ((request.body as SqsInput).QueueUrl ?? '') : request.url.replace(/\?.*/, '');
    if (action !== undefined && !isInspection(request)) tell({ caller, action, target, status });
    done();
  });
}

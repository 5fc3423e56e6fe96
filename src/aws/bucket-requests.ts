import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { SinkError } from '../kit/errors.ts';
import { once } from '../kit/once.ts';

type Method = 'GET' | 'PUT' | 'DELETE';

/** A request about one object, whose body is small. */
export interface BucketRequest {
  readonly method: Method;
  readonly key: string;
  /** Names in lower case. */
  readonly headers?: Headers;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface BucketAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Headers;
  readonly body: Readable;
}

export type AnswerHead = Omit<BucketAnswer, 'body'>;

/** @throws Error: no answer came; SinkError OPTIONS_INVALID: requests to this kind of bucket are signed in a way of their own */
export type AskBucket = (request: BucketRequest, limit: Limit) => Promise<BucketAnswer>;

export type Limit = { readonly abortSignal: AbortSignal };
type Headers = Readonly<Record<string, string>>;
type Config = S3Client['config'];
type HttpRequest = Parameters<Config['requestHandler']['handle']>[0];

/** A request as the SDK makes it, but for its key, its body and its signature. */
interface Model {
  readonly request: HttpRequest;
  /** What its path has before the key. */
  readonly path: string;
  /** Headers that tell which invocation asks. */
  readonly trace: () => Promise<Headers>;
  readonly correctsClock: boolean;
  readonly signer: Awaited<ReturnType<Config['signer']>>;
  readonly signing: { readonly signingRegion: string; readonly signingService: string };
}

/** A key that stands in a path as it is. */
const modelKey = 'key';
/** The types of commands differ by their answers only, which do not come here. */
const commands: Readonly<Record<Method, (bucket: string) => PutObjectCommand>> = {
  GET: (Bucket) => new GetObjectCommand({ Bucket, Key: modelKey }) as PutObjectCommand,
  PUT: (Bucket) => new PutObjectCommand({ Bucket, Key: modelKey, Body: '' }),
  DELETE: (Bucket) => new DeleteObjectCommand({ Bucket, Key: modelKey }) as PutObjectCommand,
};

const checksum = 'x-amz-checksum-crc32';
/** The SDK's step that tells which invocation asks: by it AWS stops functions that call themselves. It sets these headers. */
const tracing = 'recursionDetectionMiddleware';
const tracingHeaders = new Set(['x-amzn-trace-id', 'traceparent', 'tracestate', 'baggage']);

/**
 * Asks a bucket as the SDK does, for a third of the CPU time: most of its steps come to the same for each request. So it makes one
 * of each kind, which is not sent, and the others are made after that. Credentials, signature, connections and their limits are
 * the SDK's. Nothing is repeated, and an answer of any status is a result.
 *
 * @out  asks for one invocation
 */
export function bucketRequests(client: S3Client, bucket: string): () => AskBucket {
  const find = (method: Method) => once(() => findModel(client, method, bucket));
  const models = { GET: find('GET'), PUT: find('PUT'), DELETE: find('DELETE') };
  return () => {
    let trace: Promise<Headers> | undefined;
    return async (asked, limit) => {
      const model = await models[asked.method]();
      trace ??= model.trace();
      return send(client.config, model, requestAfter(model, asked, await trace), limit);
    };
  };
}

async function send(config: Config, model: Model, request: HttpRequest, limit: Limit): Promise<BucketAnswer> {
  const signingDate = new Date(Date.now() + config.systemClockOffset);
  const signed = await model.signer.sign(request, { ...model.signing, signingDate });
  const { response } = await config.requestHandler.handle(signed as HttpRequest, limit);
  if (model.correctsClock) correctClock(config, response.headers);
  return { status: response.statusCode, headers: response.headers, body: response.body };
}

async function findModel(client: S3Client, method: Method, bucket: string): Promise<Model> {
  const command = commands[method](bucket);
  let found: { readonly request: HttpRequest; readonly scheme: Scheme | undefined } | undefined;
  command.middlewareStack.add(
    (_send, context) =>
      async ({ request }) => {
        found = { request: request as HttpRequest, scheme: context.authSchemes?.[0] };
        return { response: undefined, output: { $metadata: {} } };
      },
    // Behind the last step that builds it, before those that sign and repeat it.
    { step: 'build', priority: 'low', name: 'keepUnsent' },
  );
  await client.send(command);
  const { request, scheme } = found ?? {};
  if (request === undefined || scheme?.name !== 'sigv4') {
    const what = `requests to ${bucket} are signed as ${scheme?.name}`;
    throw new SinkError('OPTIONS_INVALID', `sink.bucket: ${what}, expected a general purpose bucket.`);
  }
  const headers = Object.entries(request.headers).filter(([name]) => !tracingHeaders.has(name.toLowerCase()));
  return {
    request: { ...request, headers: Object.fromEntries(headers) },
    path: request.path.slice(0, -modelKey.length),
    trace: tracer(client, command),
    correctsClock: !(await client.config.disableClockSkewCorrection()),
    signer: await client.config.signer(scheme),
    signing: { signingRegion: scheme.signingRegion, signingService: scheme.signingName },
  };
}

type Scheme = NonNullable<Parameters<Config['signer']>[0]>;

function requestAfter({ request, path }: Model, asked: BucketRequest, trace: Headers): HttpRequest {
  const { key, headers, query, body } = asked;
  const made: HttpRequest = {
    ...request,
    path: path + encodeKey(key),
    query: { ...request.query, ...query },
    headers: { ...request.headers, ...trace, ...headers },
  };
  if (!body) return made;
  // A text leaves in one piece with the headers.
  made.body = body;
  made.headers['content-length'] = String(Buffer.byteLength(body));
  if (checksum in made.headers) made.headers[checksum] = written(crc32(body));
  return made;
}

/** As the SDK writes a key in a path: all but letters, digits and `-_.~` by their bytes. */
const encodeKey = (key: string) =>
  key
    .split('/')
    .map((part) =>
      encodeURIComponent(part).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`),
    )
    .join('/');

/**
 * Passes the bytes of an object on, and holds them against the checksum that the answer tells of all of them.
 *
 * @throws Error, at the end: they came in other than S3 keeps them
 */
export async function* checked(answer: AnswerHead, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let sum = 0;
  for await (const piece of bytes) {
    if (checksum in answer.headers) sum = crc32(piece, sum);
    yield piece;
  }
  expectSum(answer, sum);
}

/** As `checked`, of an object that is there at once. @throws Error */
export const expectChecksum = (answer: AnswerHead, bytes: Uint8Array): void => expectSum(answer, crc32(bytes));

/** What is told of a part says nothing of its bytes, and a sum of sums ends in `-` and their number. */
function expectSum({ status, headers }: AnswerHead, sum: number): void {
  const told = headers[checksum];
  if (status !== 200 || told === undefined || told.includes('-') || told === written(sum)) return;
  throw new Error(`S3 gave an object with the CRC-32 ${told}, and what arrived has ${written(sum)}.`);
}

/** A CRC-32 as S3 writes it: four bytes, in base64. */
function written(sum: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(sum);
  return bytes.toString('base64');
}

/** The SDK signs by the clock that the last answer told; one out of a cache tells none. */
function correctClock(config: Config, { date = '', age }: Headers): void {
  const toldMs = Date.parse(date);
  if (age === undefined && !Number.isNaN(toldMs)) config.systemClockOffset = toldMs - Date.now();
}

/** The step by itself, which writes into the headers of a request. */
function tracer(client: S3Client, command: PutObjectCommand): () => Promise<Headers> {
  const steps = client.middlewareStack.concat(command.middlewareStack);
  for (const step of steps.identify()) {
    const [name = ''] = step.split(' ');
    if (name !== tracing) steps.remove(name);
  }
  const run = steps.resolve(async () => ({ response: undefined, output: { $metadata: {} } }), {});
  return async () => {
    const request = { method: '', protocol: '', hostname: '', path: '', query: {}, headers: {} };
    await run({ input: command.input, request } as Parameters<typeof run>[0]);
    return request.headers;
  };
}

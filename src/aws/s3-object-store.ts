import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  type S3ClientConfig,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import {
  type ObjectStore,
  ObjectSuperseded,
  type OpenedObject,
  type PutResult,
  type VersionedObjects,
} from '../object-store.ts';
import type { Body } from '../ports.ts';
import {
  type AskBucket,
  type BucketAnswer,
  type BucketRequest,
  bucketRequests,
  checked,
  expectChecksum,
  type Limit,
} from './bucket-requests.ts';
import { isFinal, named } from './failures.ts';
import {
  type AwsLimits,
  awsLimits,
  bounded,
  bytesOf,
  clientConfig,
  most,
  type TimeLeft,
  type Until,
  unlessSilent,
  within,
} from './limits.ts';
import { s3Error } from './s3-errors.ts';
import { Sha256 } from './sha256.ts';

/** Above this a body is sent in parts, each in memory while it is sent. */
const multipartAboveBytes = 32 * 1024 ** 2;
/** Up to here a body takes no longer than any other request. */
const smallBytes = 1024 ** 2;
const partBytes = 8 * 1024 ** 2;
/** For all parts of a body: no invocation lasts longer. @source AWS Lambda quotas: 900 s */
const longestUploadMs = 900_000;

/**
 * A bucket as the sink uses it. What the ledger reads and writes is sent once: it repeats itself, and must know of every answer
 * that was lost. Everything else the SDK repeats, unless S3 refuses it.
 *
 * @throws SinkError from every call: BUCKET_MISSING, AWS_ACCESS_DENIED, AWS_REFUSED: another try would end the same way
 */
export function s3ObjectStore(
  bucket: string,
  config: S3ClientConfig = {},
  limits = awsLimits,
): Until<ObjectStore & VersionedObjects> {
  // A body that asks first whether it may come has a connection of its own in the SDK, and a handshake each time.
  const own = { sha256: Sha256, expectContinueHeader: false };
  const repeating = new S3Client({ ...own, ...clientConfig(config, limits) });
  const requests = bucketRequests(repeating, bucket);
  return bounded((timeLeft) => storeOf(bucket, { once: requests(), repeating, limits, timeLeft }));
}

interface Access {
  readonly once: AskBucket;
  readonly repeating: S3Client;
  readonly limits: AwsLimits;
  readonly timeLeft: TimeLeft;
}

function storeOf(bucket: string, access: Access): ObjectStore & VersionedObjects {
  const { repeating, limits, timeLeft } = access;
  const at = (key: string) => ({ Bucket: bucket, Key: key });
  const asking = async <T>(action: string, key: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw named(error, action, `${bucket}/${key}`);
    }
  };
  return {
    getText: (key) =>
      asking('s3:GetObject', key, async () => {
        try {
          const { text, etag } = await askOnce({ method: 'GET', key }, access);
          return { text, etag };
        } catch (error) {
          if (error instanceof S3ServiceException && error.name === 'NoSuchKey') return undefined;
          throw error;
        }
      }),
    putText: (key, text, condition) =>
      asking('s3:PutObject', key, async () => {
        const headers = 'ifAbsent' in condition ? { 'if-none-match': '*' } : { 'if-match': condition.ifMatch };
        try {
          const { etag } = await askOnce({ method: 'PUT', key, headers, body: text }, access);
          return { state: 'stored', etag };
        } catch (error) {
          const result = conditionResult(error);
          if (result === undefined) throw error;
          return result;
        }
      }),
    putBody: (key, body) => asking('s3:PutObject', key, () => putBody(at(key), body, access)),
    async *open(key, start = 0) {
      const range = start > 0 ? { Range: `bytes=${start}-` } : {};
      const get = () => openObject({ ...at(key), ...range }, access);
      yield* (await asking('s3:GetObject', key, get)).bytes;
    },
    openVersion(key, { versionId, etag }) {
      const asked = { ...(versionId ? { VersionId: versionId } : {}), ...(etag ? { IfMatch: quoted(etag) } : {}) };
      return asking('s3:GetObject', key, async () => {
        try {
          return await openObject({ ...at(key), ...asked }, access);
        } catch (error) {
          const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
          if (status === 412) throw new ObjectSuperseded(`${key} has another ETag.`, { cause: error });
          // A store like S3 that keeps no versions has one to give.
          if (status === 501 && versionId !== undefined) return this.openVersion(key, { etag });
          throw error;
        }
      });
    },
    list: (prefix, most) =>
      asking('s3:ListBucket', prefix, async () => {
        const keys: string[] = [];
        for (let ContinuationToken: string | undefined; ; ) {
          const page = {
            ...{ Bucket: bucket, Prefix: prefix, ContinuationToken },
            MaxKeys: Math.min(1000, most - keys.length),
          };
          const { Contents = [], NextContinuationToken } = await repeating.send(
            new ListObjectsV2Command(page),
            within(limits.callMs, timeLeft),
          );
          keys.push(...Contents.flatMap(({ Key }) => Key ?? []));
          ContinuationToken = NextContinuationToken;
          if (ContinuationToken === undefined || keys.length >= most) return keys;
        }
      }),
    tag: (key, tag) =>
      asking('s3:PutObjectTagging', key, async () => {
        const Tagging = { TagSet: [{ Key: tag.key, Value: tag.value }] };
        await repeating.send(new PutObjectTaggingCommand({ ...at(key), Tagging }), within(limits.callMs, timeLeft));
      }),
    delete: (key) =>
      asking('s3:DeleteObject', key, async () => {
        const limit = within(limits.callMs, timeLeft);
        await onceOrRepeated(
          () => askOnce({ method: 'DELETE', key }, access, limit),
          () => repeating.send(new DeleteObjectCommand(at(key)), limit),
        );
      }),
  };
}

/** Asks once by ourselves; what failed, and may pass, the SDK repeats. */
async function onceOrRepeated<A, B>(ask: () => Promise<A>, repeat: () => Promise<B>): Promise<A | B> {
  try {
    return await ask();
  } catch (error) {
    if (isFinal(error)) throw error;
    return await repeat();
  }
}

/** @throws S3ServiceException: S3 answers that it did not do it; Error: no answer, or none that is whole */
async function askOnce(request: BucketRequest, access: Access, limit = within(access.limits.callMs, access.timeLeft)) {
  const { body, ...answer } = await succeeded(request, access, limit);
  const bytes = await bytesOf(body, silenceMs(access));
  // The answer to a write tells the checksum of what was written.
  if (request.method === 'GET') expectChecksum(answer, bytes);
  return { text: bytes.toString(), etag: answer.headers['etag'] ?? '' };
}

async function succeeded(request: BucketRequest, access: Access, limit: Limit): Promise<BucketAnswer> {
  const answer = await access.once(request, limit);
  if (answer.status < 300) return answer;
  throw s3Error(answer, (await bytesOf(answer.body, silenceMs(access))).toString());
}

const silenceMs = ({ limits, timeLeft }: Access) => most(limits.silenceMs, timeLeft);

type ReadInput = Pick<GetObjectCommandInput, 'Bucket' | 'Range' | 'VersionId' | 'IfMatch'> & { readonly Key: string };

/** The limit is that of the answer: the bytes behind it may take as long as they keep coming. */
async function openObject(input: ReadInput, access: Access): Promise<OpenedObject> {
  const { repeating, limits, timeLeft } = access;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), most(limits.callMs, timeLeft));
  const limit = { abortSignal: late.signal };
  try {
    return await onceOrRepeated(
      async () => {
        const { body, ...answer } = await succeeded(readRequest(input), access, limit);
        const { 'x-amz-version-id': versionId, etag, 'last-modified': modified = '' } = answer.headers;
        const modifiedMs = Date.parse(modified);
        const bytes = checked(answer, unlessSilent(body, limits.silenceMs, timeLeft));
        return { versionId, etag, modifiedMs: Number.isNaN(modifiedMs) ? undefined : modifiedMs, bytes };
      },
      async () => {
        const { Body, VersionId, ETag, LastModified } = await repeating.send(new GetObjectCommand(input), limit);
        const bytes = unlessSilent(Body as Readable, limits.silenceMs, timeLeft);
        return { versionId: VersionId, etag: ETag, modifiedMs: LastModified?.getTime(), bytes };
      },
    );
  } finally {
    clearTimeout(timer);
  }
}

const readRequest = ({ Key: key, Range, VersionId, IfMatch }: ReadInput): BucketRequest => ({
  ...{ method: 'GET', key },
  headers: { ...(Range ? { range: Range } : {}), ...(IfMatch ? { 'if-match': IfMatch } : {}) },
  query: VersionId ? { versionId: VersionId } : {},
});

async function putBody(to: { Bucket: string; Key: string }, body: Body, access: Access) {
  const { repeating, limits, timeLeft } = access;
  if (body.bytes > multipartAboveBytes) {
    const client = abortable(repeating, { ...within(longestUploadMs, timeLeft), requestTimeout: limits.bodyCallMs });
    const params = { ...to, Body: Readable.from(body.open()) };
    await new Upload({ client, params, partSize: partBytes, queueSize: 2 }).done();
    return;
  }
  const Body = Buffer.concat(await Array.fromAsync(body.open()));
  const callMs = body.bytes > smallBytes ? limits.bodyCallMs : limits.callMs;
  await repeating.send(new PutObjectCommand({ ...to, Body }), { ...within(callMs, timeLeft), requestTimeout: callMs });
}

/** The uploader aborts itself, and not the requests that it has under way. */
function abortable(client: S3Client, options: ReturnType<typeof within> & { readonly requestTimeout: number }) {
  const send = (command: Parameters<S3Client['send']>[0]) => client.send(command, options);
  return Object.assign(Object.create(client) as S3Client, { send });
}

/** 412 (and 404 with If-Match): the condition failed. 409: another write is under way. @source S3 conditional writes */
function conditionResult(error: unknown): PutResult | undefined {
  if (!(error instanceof S3ServiceException)) return undefined;
  const status = error.$metadata.httpStatusCode;
  if (status === 412 || error.name === 'NoSuchKey') return { state: 'failed' };
  return status === 409 ? { state: 'conflict' } : undefined;
}

/** Notices write ETags bare, headers in quotes. */
const quoted = (etag: string) => (etag.startsWith('"') ? etag : `"${etag}"`);

import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { type ObjectStore, ObjectSuperseded, type PutResult, type VersionedObjects } from '../object-store.ts';

/** Above this a body is sent in parts, each in memory while it is sent. */
const multipartAboveBytes = 32 * 1024 ** 2;
const partBytes = 8 * 1024 ** 2;

/** A bucket as the sink uses it. The SDK's own retries are off: the ledger repeats, and must know of every answer lost. */
export function s3ObjectStore(bucket: string, config: S3ClientConfig = {}): ObjectStore & VersionedObjects {
  const client = new S3Client({ ...config, maxAttempts: 1 });
  const at = (key: string) => ({ Bucket: bucket, Key: key });
  return {
    async getText(key) {
      try {
        const { Body, ETag } = await client.send(new GetObjectCommand(at(key)));
        return { text: (await Body?.transformToString()) ?? '', etag: ETag ?? '' };
      } catch (error) {
        if (error instanceof S3ServiceException && error.name === 'NoSuchKey') return undefined;
        throw error;
      }
    },
    async putText(key, text, condition) {
      const expected = 'ifAbsent' in condition ? { IfNoneMatch: '*' } : { IfMatch: condition.ifMatch };
      try {
        const { ETag } = await client.send(new PutObjectCommand({ ...at(key), ...expected, Body: text }));
        return { state: 'stored', etag: ETag ?? '' };
      } catch (error) {
        const result = conditionResult(error);
        if (result === undefined) throw error;
        return result;
      }
    },
    async putBody(key, body) {
      if (body.bytes <= multipartAboveBytes) {
        const Body = Buffer.concat(await Array.fromAsync(body.open()));
        await client.send(new PutObjectCommand({ ...at(key), Body }));
        return;
      }
      const params = { ...at(key), Body: Readable.from(body.open()) };
      await new Upload({ client, params, partSize: partBytes, queueSize: 2 }).done();
    },
    async *open(key, start = 0) {
      const range = start > 0 ? { Range: `bytes=${start}-` } : {};
      const { Body } = await client.send(new GetObjectCommand({ ...at(key), ...range }));
      yield* Body as Readable;
    },
    async openVersion(key, { versionId, etag }) {
      const asked = { ...(versionId ? { VersionId: versionId } : {}), ...(etag ? { IfMatch: quoted(etag) } : {}) };
      try {
        const { Body, VersionId, ETag } = await client.send(new GetObjectCommand({ ...at(key), ...asked }));
        return { versionId: VersionId, etag: ETag, bytes: Body as Readable };
      } catch (error) {
        const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
        if (status === 412) throw new ObjectSuperseded(`${key} has another ETag.`, { cause: error });
        // A store like S3 that keeps no versions has one to give.
        if (status === 501 && versionId !== undefined) return this.openVersion(key, { etag });
        throw error;
      }
    },
    async list(prefix, most) {
      const keys: string[] = [];
      for (let ContinuationToken: string | undefined; ; ) {
        const page = { Bucket: bucket, Prefix: prefix, ContinuationToken, MaxKeys: Math.min(1000, most - keys.length) };
        const { Contents = [], NextContinuationToken } = await client.send(new ListObjectsV2Command(page));
        keys.push(...Contents.flatMap(({ Key }) => Key ?? []));
        ContinuationToken = NextContinuationToken;
        if (ContinuationToken === undefined || keys.length >= most) return keys;
      }
    },
    async delete(key) {
      await client.send(new DeleteObjectCommand(at(key)));
    },
  };
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

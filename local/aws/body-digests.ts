import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { buildApp } from 'fauxqs';
import { type ApiRequest, actionOf } from './api-request.ts';
import { errorAnswer, type Refusal } from './error-answers.ts';

/** Digests that a client may send with a body, in base64, each as a header or, behind a body in chunks, as a trailer. */
const digests: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  'content-md5': (body) => createHash('md5').update(body).digest(),
  'x-amz-checksum-crc32': (body) => {
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(body));
    return sum;
  },
  'x-amz-checksum-sha1': (body) => createHash('sha1').update(body).digest(),
  'x-amz-checksum-sha256': (body) => createHash('sha256').update(body).digest(),
};

const withDigest: ReadonlySet<string> = new Set(['PutObject', 'UploadPart', 'DeleteObjects']);

/** Refuses a body that is not what its client meant to send, as S3 does; fauxqs keeps any digest as it came. */
export async function checkDigests(app: ReturnType<typeof buildApp>): Promise<void> {
  const chunked = new URL('./s3/chunkedEncoding.js', import.meta.resolve('fauxqs')).href;
  const { decodeAwsChunked } = (await import(chunked)) as { readonly decodeAwsChunked: Decode };
  app.addHook('preHandler', (request, reply, done) => {
    if (!withDigest.has(actionOf(request) ?? '')) return done();
    const refusal = refuseDigest(request, decodeAwsChunked);
    if (refusal === undefined) return done();
    reply.send(errorAnswer(request, reply, refusal));
  });
}

type Decode = (body: Buffer) => { readonly body: Buffer; readonly trailers: Readonly<Record<string, string>> };

/** @source  S3 API reference, PutObject: BadDigest; S3 user guide, "Checking object integrity" */
function refuseDigest({ headers, body: sent }: ApiRequest, decode: Decode): Refusal | undefined {
  const bytes = Buffer.isBuffer(sent) ? sent : Buffer.from(String(sent ?? ''));
  const isChunked = String(headers['content-encoding'] ?? '').includes('aws-chunked');
  const { body, trailers } = isChunked ? decode(bytes) : { body: bytes, trailers: {} };
  const said = { ...headers, ...trailers };
  const wrong = Object.entries(digests).find(
    ([name, digest]) => said[name] !== undefined && said[name] !== digest(body).toString('base64'),
  );
  if (wrong === undefined) return undefined;
  const [name] = wrong;
  return {
    ...{ status: 400, code: 'BadDigest' },
    message: `The ${name.replace('x-amz-checksum-', '')} you specified did not match what we received.`,
  };
}

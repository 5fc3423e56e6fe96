import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { bucketRequests } from '../../src/aws/bucket-requests.ts';
import { s3Error } from '../../src/aws/s3-errors.ts';
import { s3ObjectStore } from '../../src/aws/s3-object-store.ts';
import { type Answer, aws, stored, wire, xml } from './s3-wire.ts';

const text = '{"state":"commit","name":"Zoë"}';
const etag = '"0123456789abcdef0123456789abcdef"';

describe('an answer of S3 to the ledger', () => {
  const headers = { 'x-amz-request-id': 'R1', 'x-amz-id-2': 'H1' };
  const refusals: readonly Answer[] = [
    {
      status: 301,
      headers,
      body: xml('PermanentRedirect', 'The bucket must be addressed using the specified endpoint.'),
    },
    { status: 307, headers, body: xml('TemporaryRedirect', 'Please re-send this request.') },
    {
      status: 400,
      headers,
      body: xml('AuthorizationHeaderMalformed', 'expecting &#39;eu-west-1&#39; &amp; not &quot;x&quot;'),
    },
    { status: 403, headers, body: xml('AccessDenied', 'Access Denied') },
    { status: 403, headers },
    { status: 404, headers, body: xml('NoSuchBucket', 'The specified bucket does not exist') },
    { status: 404, headers, body: xml('NoSuchKey', 'The specified key does not exist.') },
    { status: 404, headers },
    { status: 409, headers, body: xml('ConditionalRequestConflict', 'A conflicting operation occurred.') },
    { status: 412, headers, body: xml('PreconditionFailed', 'At least one of the pre-conditions did not hold') },
    { status: 412, headers },
    { status: 500, headers, body: xml('InternalError', 'We encountered an internal error.') },
    { status: 503, headers, body: xml('SlowDown', 'Please reduce your request rate.') },
    { status: 503, headers },
  ];

  it.each(refusals)('$status $body is an error as the SDK tells it', async (answer) => {
    const [theirs, own] = [wire(answer), wire(answer)];
    const client = new S3Client({ ...aws, requestHandler: theirs.requestHandler, maxAttempts: 1 });
    const told = (error: { name: string; message: string; $fault: string; $metadata: object }) => {
      const { name, message, $fault, $metadata } = error;
      return { name, message, $fault, $metadata };
    };
    const bare = await client.send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: text })).catch((error) => error);
    const ask = bucketRequests(new S3Client({ ...aws, requestHandler: own.requestHandler }), 'b')();
    const { body, ...rest } = await ask(
      { method: 'PUT', key: 'k', body: text },
      { abortSignal: new AbortController().signal },
    );
    const ours = s3Error(rest, (await Array.fromAsync(body)).join(''));
    expect(told(ours)).toMatchObject({ ...told(bare), $metadata: { httpStatusCode: answer.status } });
  });

  it.each([
    ['of what came is whole', 'AAAAAA==', ''],
    ['of its parts says nothing of the whole', 'EgXkCA==-2', 'whatever'],
  ])('is taken when its checksum %s', async (_, checksum, body) => {
    const { requestHandler } = wire({ ...stored, headers: { etag, 'x-amz-checksum-crc32': checksum }, body });
    expect(await s3ObjectStore('b', { ...aws, requestHandler }).getText('k')).toEqual({ text: body, etag });
  });

  it('is taken of a write, which tells the checksum of what was written', async () => {
    const { requestHandler } = wire({ ...stored, headers: { etag, 'x-amz-checksum-crc32': 'EgXkCA==' } });
    const written = await s3ObjectStore('b', { ...aws, requestHandler }).putText('k', text, { ifAbsent: true });
    expect(written).toEqual({ state: 'stored', etag });
  });

  it('is an error when what came is not what S3 keeps', async () => {
    const { requestHandler } = wire({ ...stored, headers: { 'x-amz-checksum-crc32': 'AAAAAA==' }, body: text });
    const read = s3ObjectStore('b', { ...aws, requestHandler }).getText('k');
    await expect(read).rejects.toThrow('S3 gave an object with the CRC-32 AAAAAA==, and what arrived has EgXkCA==.');
  });

  it('opens an object with its version, ETag and time', async () => {
    const head = { 'x-amz-version-id': 'v1', etag, 'last-modified': 'Fri, 02 Jan 2026 00:00:00 GMT' };
    const { requestHandler } = wire({ ...stored, headers: head, body: text });
    const { bytes, ...opened } = await s3ObjectStore('b', { ...aws, requestHandler }).openVersion('k', {});
    expect(opened).toEqual({ versionId: 'v1', etag, modifiedMs: Date.UTC(2026, 0, 2) });
    expect(Buffer.concat(await Array.fromAsync(bytes)).toString()).toBe(text);
  });

  it.each([
    ['all of an object', 200, undefined, 'AAAAAA==', 'what arrived has EgXkCA=='],
    ['all of an object', 200, undefined, 'EgXkCA==', undefined],
    ['the rest of an object, whose checksum is of all', 206, 5, 'AAAAAA==', undefined],
  ])('holds the bytes of %s against what is told: %i', async (_, status, start, checksum, problem) => {
    const { requestHandler } = wire({ status, headers: { 'x-amz-checksum-crc32': checksum }, body: text });
    const read = Array.fromAsync(s3ObjectStore('b', { ...aws, requestHandler }).open('k', start));
    if (problem === undefined) expect(Buffer.concat(await read).toString()).toBe(text);
    else await expect(read).rejects.toThrow(problem);
  });
});

import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LocalAws, startAws } from '../../local/aws/server.ts';

const Bucket = 'bucket';
let aws: LocalAws;
let s3: S3Client;
let keys = 0;
let Key = '';

beforeAll(async () => {
  aws = await startAws();
  s3 = new S3Client({ ...aws.clientConfig, maxAttempts: 1 });
  await s3.send(new CreateBucketCommand({ Bucket }));
});

beforeEach(() => {
  aws.faults.clear();
  keys += 1;
  Key = `claims/key ${keys}`;
});

afterAll(async () => {
  s3.destroy();
  await aws.close();
});

type Condition = { IfMatch?: string; IfNoneMatch?: string };
const put = (Body: string | Uint8Array, condition: Condition = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body, ...condition }));
const read = async () => (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString();
/** Name and HTTP status of the failure, or 'done'. */
const failureOf = (sent: Promise<unknown>) =>
  sent.then(
    () => 'done',
    (error) => `${error.name} ${error.$metadata?.httpStatusCode}`,
  );

async function uploadParts(text: string) {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: text }));
  return { Bucket, Key, UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } };
}

describe('conditional writes', () => {
  it('lets exactly one of 20 concurrent writers create a key', async () => {
    const bodies = Array.from({ length: 20 }, (_, writer) => `writer ${writer}`);
    const results = await Promise.all(bodies.map((body) => failureOf(put(body, { IfNoneMatch: '*' }))));
    expect(results.filter((result) => result === 'done')).toHaveLength(1);
    expect(results.filter((result) => result === 'PreconditionFailed 412')).toHaveLength(19);
    expect(await read()).toBe(bodies[results.indexOf('done')]);
  });

  it('loses no update of writers that compare and swap', async () => {
    await put('0');
    const increment = async () => {
      for (;;) {
        const { ETag, Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
        const next = String(Number(await Body!.transformToString()) + 1);
        const result = await failureOf(put(next, { IfMatch: ETag! }));
        if (result === 'done') return;
        expect(result).toBe('PreconditionFailed 412');
      }
    };
    await Promise.all(Array.from({ length: 12 }, increment));
    expect(await read()).toBe('12');
  });

  it('answers If-Match on an absent key with NoSuchKey', async () => {
    expect(await failureOf(put('x', { IfMatch: '"00000000000000000000000000000000"' }))).toBe('NoSuchKey 404');
  });

  it('answers an ETag in If-None-Match with NotImplemented', async () => {
    const { ETag } = await put('x');
    expect(await failureOf(put('y', { IfNoneMatch: ETag! }))).toBe('NotImplemented 501');
  });

  it('gives the ETag of what is stored, with and without quotes', async () => {
    const { ETag } = await put('first');
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key }))).ETag).toBe(ETag);
    const second = await put('second', { IfMatch: ETag! });
    expect(second.ETag).not.toBe(ETag);
    expect(await failureOf(put('third', { IfMatch: second.ETag!.replaceAll('"', '') }))).toBe('done');
  });

  it('completes only one of two multipart uploads that must create the key', async () => {
    const [one, two] = [await uploadParts('one'), await uploadParts('two')];
    const complete = (upload: typeof one) =>
      failureOf(s3.send(new CompleteMultipartUploadCommand({ ...upload, IfNoneMatch: '*' })));
    expect((await Promise.all([complete(one), complete(two)])).sort()).toEqual(['PreconditionFailed 412', 'done']);
  });

  it('completes a multipart upload only over the object that was named', async () => {
    const { ETag } = await put('before');
    await put('changed meanwhile');
    const upload = await uploadParts('after');
    const complete = (IfMatch: string) =>
      failureOf(s3.send(new CompleteMultipartUploadCommand({ ...upload, IfMatch })));
    expect(await complete(ETag!)).toBe('PreconditionFailed 412');
    expect(await read()).toBe('changed meanwhile');
    expect(await complete((await s3.send(new HeadObjectCommand({ Bucket, Key }))).ETag!)).toBe('done');
    expect(await read()).toBe('after');
  });

  it('deletes only the object that was named', async () => {
    const { ETag } = await put('before');
    await put('after');
    expect(await failureOf(s3.send(new DeleteObjectCommand({ Bucket, Key, IfMatch: ETag! })))).toBe(
      'PreconditionFailed 412',
    );
    expect(await read()).toBe('after');
  });
});

describe('tags', () => {
  const tag = (TagSet: { Key: string; Value: string }[], key = Key) =>
    s3.send(new PutObjectTaggingCommand({ Bucket, Key: key, Tagging: { TagSet } }));
  const tags = async () => (await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet;

  it('are those put last, and leave the object as it is; one that is written again has none', async () => {
    await put('body');
    expect(await tags()).toEqual([]);
    await tag([{ Key: 'a', Value: '1' }]);
    await tag([
      { Key: 'state', Value: 'loaded' },
      { Key: '<&>', Value: 'é "' },
    ]);
    expect(await tags()).toEqual([
      { Key: 'state', Value: 'loaded' },
      { Key: '<&>', Value: 'é "' },
    ]);
    expect(await read()).toBe('body');
    await put('again');
    expect(await tags()).toEqual([]);
  });

  it('are refused where there is no object, and when two have one key', async () => {
    expect(await failureOf(tag([{ Key: 'a', Value: '1' }], 'nothing'))).toBe('NoSuchKey 404');
    await put('body');
    const twice = [
      { Key: 'a', Value: '1' },
      { Key: 'a', Value: '2' },
    ];
    expect(await failureOf(tag(twice))).toBe('InvalidTag 400');
  });
});

describe('what is not emulated', () => {
  it('is refused, and changes nothing', async () => {
    await put('body');
    const failures = await Promise.all([
      failureOf(s3.send(new GetObjectAclCommand({ Bucket, Key }))),
      failureOf(s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} }))),
      failureOf(s3.send(new ListPartsCommand({ Bucket, Key, UploadId: 'x' }))),
      failureOf(s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key, ETag: '"0"' }] } }))),
    ]);
    expect(new Set(failures)).toEqual(new Set(['NotImplemented 501']));
    expect(await read()).toBe('body');
  });
});

describe('large objects', () => {
  it('takes 64 MiB in one PutObject', async () => {
    const body = Buffer.alloc(64 * 1024 * 1024, 'starrocks ');
    await put(body);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(body.equals(await Body!.transformToByteArray())).toBe(true);
  });
});

describe('scripted faults', () => {
  it('answers with status and code instead of writing', async () => {
    aws.faults.add({ action: 'PutObject', status: 409, code: 'ConditionalRequestConflict' });
    expect(await failureOf(put('x', { IfNoneMatch: '*' }))).toBe('ConditionalRequestConflict 409');
    expect(await failureOf(put('x', { IfNoneMatch: '*' }))).toBe('done');
  });

  it('loses the answer of a write that happened', async () => {
    aws.faults.add({ action: 'PutObject', after: true });
    expect(await failureOf(put('x', { IfNoneMatch: '*' }))).not.toBe('done');
    expect(await read()).toBe('x');
  });

  it('replaces the answer of a write that happened', async () => {
    aws.faults.add({ action: 'PutObject', after: true, status: 500 });
    expect(await failureOf(put('x'))).toBe('InternalError 500');
    expect(await read()).toBe('x');
  });

  it('cuts the connection of a write that did not happen', async () => {
    aws.faults.add({ action: 'PutObject' });
    expect(await failureOf(put('x'))).not.toBe('done');
    expect(await failureOf(s3.send(new HeadObjectCommand({ Bucket, Key })))).toBe('NotFound 404');
  });

  it('meets only the keys it names, as often as it says', async () => {
    aws.faults.add({ action: 'PutObject', where: /decisions/, status: 503, code: 'SlowDown', times: 2 });
    expect(await failureOf(put('x'))).toBe('done');
    Key = `decisions/${keys}`;
    expect([await failureOf(put('x')), await failureOf(put('x')), await failureOf(put('x'))]).toEqual([
      'SlowDown 503',
      'SlowDown 503',
      'done',
    ]);
    expect(aws.faults.waiting).toBe(0);
  });

  it('counts requests by action, and bytes', async () => {
    aws.requests.clear();
    aws.bytes.in = 0;
    aws.bytes.out = 0;
    await put(Buffer.alloc(1000));
    await read();
    await failureOf(put('x', { IfNoneMatch: '*' }));
    expect(Object.fromEntries(aws.requests)).toEqual({ PutObject: 2, GetObject: 1 });
    expect(aws.bytes.in).toBeGreaterThanOrEqual(1001);
    expect(aws.bytes.in).toBeLessThan(1500);
    expect(aws.bytes.out).toBeGreaterThanOrEqual(1000);
  });
});

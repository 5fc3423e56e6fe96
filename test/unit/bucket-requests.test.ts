import { createHash, createHmac } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { s3ObjectStore } from '../../src/aws/s3-object-store.ts';
import { bodyOf } from '../../src/rows/body.ts';
import { aws, credentials, type Sent, stored, wire, xml } from './s3-wire.ts';

const text = '{"state":"commit","name":"Zoë"}';
const etag = '"0123456789abcdef0123456789abcdef"';
const requests = {
  'a write of what is absent': {
    bare: (client: S3Client, at: At) => client.send(new PutObjectCommand({ ...at, Body: text, IfNoneMatch: '*' })),
    ours: (store: Store, { Key }: At) => store.putText(Key, text, { ifAbsent: true }),
  },
  'a write of what is unchanged': {
    bare: (client: S3Client, at: At) => client.send(new PutObjectCommand({ ...at, Body: text, IfMatch: etag })),
    ours: (store: Store, { Key }: At) => store.putText(Key, text, { ifMatch: etag }),
  },
  'a read': {
    bare: (client: S3Client, at: At) => client.send(new GetObjectCommand(at)),
    ours: (store: Store, { Key }: At) => store.getText(Key),
  },
  'a read from the middle': {
    bare: (client: S3Client, at: At) => client.send(new GetObjectCommand({ ...at, Range: 'bytes=5-' })),
    ours: (store: Store, { Key }: At) => Array.fromAsync(store.open(Key, 5)),
  },
  'a read of a version': {
    bare: (client: S3Client, at: At) => client.send(new GetObjectCommand({ ...at, VersionId: 'v +/1' })),
    ours: (store: Store, { Key }: At) => store.openVersion(Key, { versionId: 'v +/1' }),
  },
  'a read of what has an ETag': {
    bare: (client: S3Client, at: At) => client.send(new GetObjectCommand({ ...at, IfMatch: etag })),
    ours: (store: Store, { Key }: At) => store.openVersion(Key, { etag }),
  },
  'a deletion': {
    bare: (client: S3Client, at: At) => client.send(new DeleteObjectCommand(at)),
    ours: (store: Store, { Key }: At) => store.delete(Key),
  },
};
type At = { readonly Bucket: string; readonly Key: string };
type Store = ReturnType<typeof s3ObjectStore>;

/** One request as the SDK alone sends it, and as the store does after one of another key. */
async function bothWays(config: S3ClientConfig, at: At, { bare, ours }: (typeof requests)['a read']) {
  const [theirs, own] = [wire(), wire()];
  await bare(new S3Client({ ...config, requestHandler: theirs.requestHandler }), at);
  const store = s3ObjectStore(at.Bucket, { ...config, requestHandler: own.requestHandler });
  await ours(store, { ...at, Key: 'before' });
  await ours(store, at);
  return [theirs.sent[0]!, own.sent[1]!] as const;
}

/** Of headers those that are not another for each call; the SDK names its features in the agent. */
function lasting({ headers, body, ...request }: Sent) {
  const own = ['amz-sdk-invocation-id', 'amz-sdk-request', 'authorization', 'x-amz-date', 'user-agent'];
  const kept = Object.entries(headers).filter(([name]) => !own.includes(name));
  return {
    ...{ method: request.method, protocol: request.protocol, hostname: request.hostname, port: request.port },
    ...{ path: request.path, query: request.query, headers: Object.fromEntries(kept), body: body?.toString() ?? '' },
  };
}

/** @source  IAM user guide, "Create a signed AWS API request"; S3 signs the path as it stands */
function signatureOf({ method, path, query, headers, body = '' }: Sent, secret: string): string {
  const [, scope = '', signed = ''] =
    /Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+)/.exec(headers['authorization'] ?? '') ?? [];
  const sha = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');
  const canonical = [
    ...[method, path, canonicalQuery(query)],
    ...[...signed.split(';').map((name) => `${name}:${headers[name]}`), '', signed, sha(body)],
  ].join('\n');
  const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return hmac(key, `AWS4-HMAC-SHA256\n${headers['x-amz-date']}\n${scope}\n${sha(canonical)}`).toString('hex');
}
/** Sorted by name, as URLSearchParams writes it but for spaces. */
function canonicalQuery(query: Sent['query']): string {
  const sorted = new URLSearchParams({ ...query });
  sorted.sort();
  return sorted.toString().replaceAll('+', '%20');
}
const scopeOf = ({ headers }: Sent) => /Credential=([^,]+)/.exec(headers['authorization'] ?? '')?.[1];

describe('a request of the ledger', () => {
  const bucket = 'sink-bucket';
  const configs: readonly (readonly [string, S3ClientConfig, string?])[] = [
    ['AWS', aws],
    ['China', { ...aws, region: 'cn-north-1' }],
    ['a bucket with dots', aws, 'sink.example.com'],
    ['paths with the bucket', { ...aws, forcePathStyle: true }],
    ['an endpoint of its own', { ...aws, endpoint: 'http://127.0.0.1:4566', forcePathStyle: true }],
    ['an endpoint with a path', { ...aws, endpoint: 'https://store.example/s3' }],
    ['FIPS', { ...aws, region: 'us-east-1', useFipsEndpoint: true }],
    ['dual stack', { ...aws, useDualstackEndpoint: true }],
    ['an access point', aws, 'arn:aws:s3:eu-west-1:111122223333:accesspoint/sink'],
    ['a session', { ...aws, credentials: { ...credentials, sessionToken: 'token' } }],
    [
      'checksums only where they must be',
      { ...aws, requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' },
    ],
    ['an agent with a name', { ...aws, customUserAgent: 'app/1' }],
  ];

  it.each(
    configs.flatMap(([where, config, Bucket = bucket]) =>
      Object.entries(requests).map(([what, ways]) => ({ what, where, config, Bucket, ways })),
    ),
  )('is that of the SDK: $what, $where', async ({ config, Bucket, ways }) => {
    const at = { Bucket, Key: "claims/db.tb/a b+c'(1)!*é" };
    const [theirs, own] = await bothWays(config, at, ways as (typeof requests)['a read']);
    expect(lasting(own)).toEqual(lasting(theirs));
    expect(own.headers['user-agent']).toContain('aws-sdk-js/');
    expect(scopeOf(own)).toBe(scopeOf(theirs));
    for (const request of [theirs, own]) {
      expect(request.headers['authorization']).toContain(`Signature=${signatureOf(request, 'secret')}`);
    }
  });

  it('has the path of the SDK, whatever the key is', async () => {
    const [theirs, own] = [wire(), wire()];
    const client = new S3Client({ ...aws, requestHandler: theirs.requestHandler });
    const store = s3ObjectStore(bucket, { ...aws, requestHandler: own.requestHandler });
    const keys = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc
        .array(fc.constantFrom('a', '/', '.', '..', '%2F', '?', '#', ' '), { minLength: 1 })
        .map((marks) => marks.join('')),
    );
    await fc.assert(
      fc.asyncProperty(keys, async (Key) => {
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
        await store.delete(Key);
        expect(own.sent.at(-1)?.path).toBe(theirs.sent.at(-1)?.path);
      }),
    );
  });

  it('is signed by credentials as they are now', async () => {
    const { sent, requestHandler } = wire();
    let made = 0;
    const refreshed = async () => ({
      accessKeyId: `AKID${++made}`,
      secretAccessKey: `s${made}`,
      expiration: new Date(0),
    });
    const store = s3ObjectStore(bucket, { ...aws, credentials: refreshed, requestHandler });
    await store.getText('a');
    await store.getText('b');
    const [first, second] = sent.map((request) => scopeOf(request)?.split('/')[0]);
    expect(first).toMatch(/^AKID\d+$/);
    expect(second).toMatch(/^AKID\d+$/);
    expect(second).not.toBe(first);
  });

  it('is signed by the clock of AWS, once an answer has told it', async () => {
    const date = 'Fri, 01 Jan 2100 00:00:00 GMT';
    const skewed = { status: 403, headers: { date }, body: xml('RequestTimeTooSkewed', 'Too far.') };
    const { sent, requestHandler } = wire(skewed, stored);
    const store = s3ObjectStore(bucket, { ...aws, requestHandler });
    const failure = await store.putText('a', text, { ifAbsent: true }).catch((error) => error);
    // By its own name, so that the ledger tries again; a refusal would have a code.
    expect(failure).toMatchObject({ name: 'RequestTimeTooSkewed' });
    expect(failure.code).toBeUndefined();
    await store.putText('a', text, { ifAbsent: true });
    expect(sent[0]?.headers['x-amz-date']).not.toMatch(/^2100/);
    expect(sent[1]?.headers['x-amz-date']).toMatch(/^21000101T00/);
  });

  it.each([
    ['where that is not wanted', { disableClockSkewCorrection: true }, {}],
    ['when it comes out of a cache', {}, { age: '60' }],
  ])('is signed by its own clock %s', async (_, config, headers) => {
    const { sent, requestHandler } = wire({
      ...stored,
      headers: { date: 'Fri, 01 Jan 2100 00:00:00 GMT', ...headers },
    });
    const store = s3ObjectStore(bucket, { ...aws, ...config, requestHandler });
    await store.getText('a');
    await store.getText('b');
    expect(sent[1]?.headers['x-amz-date']).not.toMatch(/^2100/);
  });

  it('is refused for a bucket that is signed for in another way', async () => {
    const { requestHandler } = wire();
    const everywhere = 'arn:aws:s3::111122223333:accesspoint/abc.mrap';
    const asked = s3ObjectStore(everywhere, { ...aws, requestHandler }).getText('a');
    await expect(asked).rejects.toMatchObject({ code: 'OPTIONS_INVALID', detail: expect.stringContaining('sigv4a') });
  });

  describe('on Lambda', () => {
    afterEach(() => vi.unstubAllEnvs());

    it('tells which invocation it belongs to', async () => {
      const { sent, requestHandler } = wire();
      const store = s3ObjectStore(bucket, { ...aws, requestHandler });
      vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'ingest');
      for (const trace of ['Root=1', 'Root=2', '']) {
        vi.stubEnv('_X_AMZN_TRACE_ID', trace);
        const run = store.until(() => 1000);
        await run.getText('a');
        await run.putText('b', text, { ifAbsent: true });
      }
      expect(sent.map(({ headers }) => headers['X-Amzn-Trace-Id'])).toEqual([
        ...['Root=1', 'Root=1', 'Root=2', 'Root=2'],
        ...[undefined, undefined],
      ]);
    });
  });
});

describe('a segment', () => {
  it('is sent without asking first, which would take a connection of its own', async () => {
    const { sent, requestHandler } = wire();
    const bytes = Buffer.alloc(3 * 1024 ** 2, ' ');
    await s3ObjectStore('b', { ...aws, requestHandler }).putBody('k', bodyOf(bytes));
    expect(sent).toHaveLength(1);
    expect(Object.keys(sent[0]?.headers ?? {})).not.toContain('Expect');
  });
});

/** What clients other than the SDK for JavaScript send, byte by byte: boto3 1.x, and with it the AWS CLI. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalResources } from '../../local/aws/queues.ts';
import { type LocalAws, startAws } from '../../local/aws/server.ts';

let aws: LocalAws;
let bucket: string;
let queueUrl: string;
beforeAll(async () => {
  aws = await startAws();
  const resources = await createLocalResources(aws.endpoint);
  [bucket, queueUrl] = [resources.bucket, resources.rowsQueueUrl];
});
afterAll(() => aws.close());

const signature = 'AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0';

interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

async function send(method: string, path: string, { headers = {}, body = '' }: Sent = {}) {
  const sent = request(`${aws.endpoint}${path}`, {
    method,
    headers: { Authorization: signature, 'Content-Length': String(Buffer.byteLength(body)), ...headers },
  });
  sent.end(body);
  const [answer] = await once(sent, 'response');
  return { status: answer.statusCode as number, headers: answer.headers, text: await text(answer) };
}

const ask = (action: string, input: object) =>
  send('POST', '/', {
    headers: { 'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': `AmazonSQS.${action}` },
    body: JSON.stringify({ QueueUrl: queueUrl, ...input }),
  });

describe('SQS', () => {
  it('takes what lies beyond U+FFFF, and tells the digest of it as it was sent', async () => {
    const body = '{"name":"😀 \u{1f9ff}"}';
    const sent = await ask('SendMessage', { MessageBody: body });
    expect([sent.status, JSON.parse(sent.text).MD5OfMessageBody]).toEqual([
      200,
      createHash('md5').update(body).digest('hex'),
    ]);
    const received = await ask('ReceiveMessage', { MaxNumberOfMessages: 1 });
    expect(JSON.parse(received.text).Messages).toMatchObject([{ Body: body }]);
  });

  it.each([
    ['NUL', '\0'],
    ['a noncharacter', '\uffff'],
  ])('refuses %s, as AWS does', async (_, character) => {
    expect((await ask('SendMessage', { MessageBody: `a${character}` })).text).toContain('InvalidMessageContents');
  });
});

describe('S3', () => {
  it('takes an empty object that says no content type', async () => {
    // As put_object(Body=b'') does.
    expect((await send('PUT', `/${bucket}/empty`, { headers: { Expect: '100-continue' } })).status).toBe(200);
    const read = await send('GET', `/${bucket}/empty`);
    expect([read.status, read.text, read.headers['content-type']]).toEqual([200, '', 'binary/octet-stream']);
  });

  it.each(['application/json', 'application/x-www-form-urlencoded', 'application/x-amz-json-1.0', 'text/csv'])(
    'keeps bytes as they are, and calls them %s when it is told so',
    async (type) => {
      const body = '{"a":1}\nb=2&c';
      expect((await send('PUT', `/${bucket}/typed`, { headers: { 'Content-Type': type }, body })).status).toBe(200);
      const read = await send('GET', `/${bucket}/typed`);
      expect([read.text, read.headers['content-type']]).toEqual([body, type]);
    },
  );

  it.each([
    ['ListObjectsV2', 'list-type=2&prefix=odd%2F&encoding-type=url'],
    ['ListObjects', 'prefix=odd%2F&encoding-type=url'],
  ])('%s writes names percent-encoded when it is asked to', async (_, query) => {
    const name = `odd/a b+c (é) & <x>%😀.json`;
    await send('PUT', `/${bucket}/${encodeURIComponent(name).replaceAll('%2F', '/')}`, { body: 'x' });
    const { status, text: xml } = await send('GET', `/${bucket}?${query}`);
    expect(status).toBe(200);
    expect(xml).toContain('<Key>odd/a+b%2Bc+%28%C3%A9%29+%26+%3Cx%3E%25%F0%9F%98%80.json</Key>');
    expect(xml).toContain('<Prefix>odd/</Prefix>');
    expect(xml).toContain('<EncodingType>url</EncodingType>');
    const folders = await send(
      'GET',
      `/${bucket}?${query.replace('prefix=odd%2F', 'prefix=odd%2Fa%20b&delimiter=%2B')}`,
    );
    expect(folders.text).toContain('<Prefix>odd/a+b%2B</Prefix>');
    expect(folders.text).toContain('<Delimiter>%2B</Delimiter>');
    const plain = await send('GET', `/${bucket}?${query.replace('&encoding-type=url', '')}`);
    expect(plain.text).toContain('<Key>odd/a b+c (é) &amp; &lt;x&gt;%😀.json</Key>');
  });
});

interface Recorded extends Sent {
  readonly case: string;
  readonly method: string;
  readonly path: string;
}

/** What boto3 was seen to send, in its order, to a bucket named `bucket` that holds nothing. */
const recorded: readonly Recorded[] = JSON.parse(
  readFileSync(new URL('../fixtures/clients/boto3-1.44.8.json', import.meta.url), 'utf8'),
);

const expected: Readonly<Record<string, object>> = {
  put_object: { status: 200 },
  'put_object, ContentMD5 of another body': { status: 400, text: expect.stringContaining('<Code>BadDigest<') },
  'put_object, ChecksumSHA256 of another body': { status: 400, text: expect.stringContaining('<Code>BadDigest<') },
  'put_object, ChecksumCRC32 of another body': { status: 400, text: expect.stringContaining('<Code>BadDigest<') },
  'get_object, ChecksumMode': {
    ...{ status: 200, text: '0123456789' },
    headers: expect.objectContaining({ 'x-amz-checksum-crc32': 'poTHxg==' }),
  },
  'head_object, IfNoneMatch of what is there': { status: 304, text: '' },
  'head_object, IfMatch of another object': { status: 412, text: '' },
  'head_object, Range': {
    ...{ status: 206, text: '' },
    headers: expect.objectContaining({ 'content-length': '3', 'content-range': 'bytes 2-4/10' }),
  },
  'head_object, PartNumber': { status: 200, headers: expect.objectContaining({ 'content-length': '10' }) },
  'head_object of a missing key, IfNoneMatch': { status: 404, text: '' },
  'copy_object onto itself': { status: 400, text: expect.stringContaining('<Code>InvalidRequest<') },
  'copy_object onto itself, other metadata': { status: 200 },
  get_bucket_location: { status: 200, text: expect.stringContaining('<LocationConstraint ') },
  'put_object, a line feed in the key': { status: 200 },
  'put_object, an entity in the key': { status: 200 },
  'put_object, what the entity stands for': { status: 200 },
  'delete_objects, a line feed and an entity in the keys': {
    status: 200,
    text: expect.stringMatching(/<Key>odd\/new&#xA;line<\/Key>.*<Key>odd\/&amp;lt;<\/Key>/),
  },
  'list_objects_v2, FetchOwner': {
    status: 200,
    text: expect.stringMatching(/<KeyCount>1<\/KeyCount>.*<Key>odd\/%3C<\/Key>.*<Owner>/),
  },
  'generate_presigned_url, signature of its default': { status: 200, text: '0123456789' },
  'generate_presigned_url, signature 4': {
    ...{ status: 200, text: '0123456789' },
    headers: expect.objectContaining({ 'content-type': 'text/x', 'content-disposition': 'attachment; filename=a' }),
  },
  'generate_presigned_url, PUT': { status: 200 },
  generate_presigned_post: { status: 204 },
  'receive_message, too many': {
    status: 400,
    headers: expect.objectContaining({ 'x-amzn-query-error': 'InvalidParameterValue;Sender' }),
  },
  'receive_message, no such queue': {
    status: 400,
    headers: expect.objectContaining({ 'x-amzn-query-error': 'AWS.SimpleQueueService.NonExistentQueue;Sender' }),
  },
  'send_message_batch, empty': {
    status: 400,
    headers: expect.objectContaining({ 'x-amzn-query-error': 'AWS.SimpleQueueService.EmptyBatchRequest;Sender' }),
  },
};

describe('boto3', () => {
  beforeAll(() => send('PUT', '/bucket'));

  it.each(recorded)(
    'is answered as AWS answers it: $case',
    async ({ case: name, method, path, headers = {}, body }) => {
      const sent = { headers, ...(body && { body: body.replace('127.0.0.1:4566', new URL(aws.endpoint).host) }) };
      expect(await send(method, path, sent)).toMatchObject(expected[name] ?? { status: 'not expected' });
    },
  );

  it('finds what it has put by presigned addresses', async () => {
    expect([(await send('GET', '/bucket/presigned')).text, (await send('GET', '/bucket/posted')).text]).toEqual([
      'put',
      'posted',
    ]);
  });
});

it('lists every key once, in the order of its bytes, however small the pages', async () => {
  const names = ['B', 'a', 'Z/1', 'Z/2', 'b/1', 'b/2', 'c', 'é', '\uffee', '😀'];
  for (const name of names) await send('PUT', `/${bucket}/case/${encodeURIComponent(name).replaceAll('%2F', '/')}`);
  const list = async (query: string) => {
    const found: string[] = [];
    for (let token = ''; ; ) {
      const { text: xml } = await send('GET', `/${bucket}?list-type=2&prefix=case/&max-keys=1${query}${token}`);
      found.push(
        ...[...xml.matchAll(/<(?:Key|Contents><Key|CommonPrefixes><Prefix)>([^<]+)/g)].map(([, key = '']) => key),
      );
      const [, next] = /<NextContinuationToken>([^<]+)/.exec(xml) ?? [];
      if (next === undefined) return found.map((key) => key.replace('case/', ''));
      token = `&continuation-token=${encodeURIComponent(next)}`;
    }
  };
  expect(await list('')).toEqual(['B', 'Z/1', 'Z/2', 'a', 'b/1', 'b/2', 'c', 'é', '\uffee', '😀']);
  expect(await list('&delimiter=/')).toEqual(['B', 'Z/', 'a', 'b/', 'c', 'é', '\uffee', '😀']);
});

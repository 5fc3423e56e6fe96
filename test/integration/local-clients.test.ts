/** What clients other than the SDK for JavaScript send, byte by byte: boto3 1.x, and with it the AWS CLI. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
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

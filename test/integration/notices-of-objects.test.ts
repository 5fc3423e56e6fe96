import { zstdCompressSync } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FittingWorld, openFitting } from './fitting-world.ts';

const recordOf = (key: string, more: object = {}) => ({
  ...{ eventVersion: '2.1', eventSource: 'aws:s3', eventName: 'ObjectCreated:Put' },
  ...{ eventTime: '2024-03-05T12:00:00.000Z', s3: { bucket: { name: 'drops' }, object: { key, size: 9 } } },
  ...more,
});
const notice = (...records: readonly object[]) => ({ Records: records });
const inSqs = (body: object, messageId: string) => ({
  ...{ messageId, receiptHandle: 'r', body: JSON.stringify(body), attributes: {}, messageAttributes: {} },
  ...{ md5OfBody: 'm', eventSource: 'aws:sqs', eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:in' },
});
const inSns = (body: object) => ({
  ...{ Type: 'Notification', MessageId: 'm', TopicArn: 'arn:aws:sns:us-east-1:123456789012:in' },
  ...{ Message: JSON.stringify(body), Timestamp: '2024-03-05T12:00:00.000Z' },
});
const byEventBridge = (type: string, key: string) => ({
  ...{ version: '0', id: 'e1', 'detail-type': type, source: 'aws.s3', time: '2024-03-05T12:00:00Z', resources: [] },
  detail: { bucket: { name: 'drops' }, object: { key, size: 9 } },
});
const lines = (...values: readonly object[]) => values.map((value) => JSON.stringify(value)).join('\n');

/** What a message says of `a.json` (id 1), `b é+.json` (2), `c.tsv` (3), `d` (4, zstd), and what arrives. */
const cases: readonly [what: string, body: string, ids: readonly number[]][] = [
  ['a key with a space, a plus and a letter of its own', lines(notice(recordOf('b+%C3%A9%2B.json'))), [2]],
  ['a key as EventBridge has it, in SNS', lines(inSns(byEventBridge('Object Created', 'b é+.json'))), [2]],
  ['tabs between fields, as the name says', lines(notice(recordOf('c.tsv'))), [3]],
  ['bytes that are compressed, whatever the name says', lines(notice(recordOf('d'))), [4]],
  [
    'records of all kinds',
    lines(notice(recordOf('a.json'), recordOf('x', { eventName: 'ObjectRemoved:Delete' }))),
    [1],
  ],
  ['one record', lines(recordOf('a.json')), [1]],
  ['records in an array', JSON.stringify([recordOf('a.json'), recordOf('c.tsv')]), [1, 3]],
  ['several notices', lines(notice(recordOf('a.json')), notice(recordOf('c.tsv'))), [1, 3]],
  [
    'notices that came through another queue',
    lines(notice(inSqs(notice(recordOf('a.json')), 'm1'), inSqs(notice(recordOf('d')), 'm2'))),
    [1, 4],
  ],
  [
    'a write that is told of several times: a copy, a post, an upload in parts',
    lines(
      notice(
        ...['Copy', 'Post', 'CompleteMultipartUpload'].map((by) =>
          recordOf('a.json', { eventName: `ObjectCreated:${by}` }),
        ),
      ),
    ),
    [1],
  ],
  [
    'a store that speaks as S3 does',
    lines({ ...notice(recordOf('a.json', { eventSource: 'minio:s3', eventName: 's3:ObjectCreated:Put' })), Key: 'k' }),
    [1],
  ],
  ['a restore', lines(notice(recordOf('a.json', { eventName: 'ObjectRestore:Completed' }))), []],
  ['a restore, by EventBridge', lines(byEventBridge('Object Restore Completed', 'a.json')), []],
  [
    'the test event',
    lines({ Service: 'Amazon S3', Event: 's3:TestEvent', Time: 't', Bucket: 'drops', RequestId: 'r', HostId: 'h' }),
    [],
  ],
];

describe('a message that tells of objects of S3', () => {
  let world: FittingWorld;
  beforeAll(async () => {
    world = await openFitting({});
    const objects = {
      'a.json': '{"id":1}',
      'b é+.json': '[{"id":2}]',
      'c.tsv': 'id\tname\n3\tc\n',
      d: zstdCompressSync('{"id":4}'),
    };
    for (const [Key, Body] of Object.entries(objects))
      await world.s3.send(new PutObjectCommand({ Bucket: 'drops', Key, Body }));
  });
  afterAll(() => world.close());

  it.each(cases.map((each, at) => [`t${at}`, ...each] as const))('into %s, by %s', async (table, _, body, ids) => {
    await world.sql(`CREATE TABLE d.${table} (id int, name varchar(9)) DUPLICATE KEY(id)`);
    await world.deliver(body, { table });
    expect((await world.sql(`SELECT id FROM d.${table} ORDER BY id`)).flat()).toEqual(ids);
    expect(await world.rejected()).toEqual([]);
  });
});

import type { SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { unwrap as takeOff } from '../../src/messages/envelopes/unwrap.ts';
import { decodeAnywhere } from '../../src/messages/payload.ts';
import type { Payloads } from '../../src/messages/payload-pointer.ts';
import { csvLayout, sqsRecord } from '../builders.ts';
import { fakeBucket } from '../fake-bucket.ts';

const unwrap = (record: SQSRecord) => takeOff(record, { maxInflatedBytes: 100_000 });
const carrying = (envelope: object | string, attributes = {}) =>
  sqsRecord({ body: typeof envelope === 'string' ? envelope : JSON.stringify(envelope), attributes });
const unwrapped = (record: SQSRecord) => {
  const inner = unwrap(record);
  if (inner === undefined || 'code' in inner) throw new Error(inner?.detail ?? 'no envelope');
  return inner;
};
const bodyOf = (record: SQSRecord) => unwrapped(record).record.body;
const chunkOf = (record: SQSRecord) => unwrapped(record).record.messageAttributes['chunk']?.stringValue;

const notification = (message: string, attributes = {}) => ({
  Type: 'Notification',
  MessageId: 'n1',
  TopicArn: 'arn:aws:sns:eu-central-1:123456789012:rows',
  Message: message,
  Timestamp: '2026-01-01T00:00:00.000Z',
  MessageAttributes: attributes,
});
const event = (detail: object, more = {}) => ({
  ...{ version: '0', id: 'e1', 'detail-type': 'order', source: 'shop', account: '123456789012', resources: [], detail },
  ...more,
});
const created = (key: string, more = {}) => ({
  Records: [
    {
      ...{ eventVersion: '2.1', eventSource: 'aws:s3', eventName: 'ObjectCreated:Put' },
      s3: { bucket: { name: 'uploads' }, object: { key, size: 20, eTag: 'abc', sequencer: '1' } },
      ...more,
    },
  ],
});
const recordOfS3 = (more: object) => ({ Records: [{ ...created('a').Records[0], ...more }] });
const kinesis = (data: string) => ({
  ...{ kinesisSchemaVersion: '1.0', partitionKey: '1', sequenceNumber: '1', data },
  ...{ eventSource: 'aws:kinesis', eventID: 'shardId-000000000000:1' },
});
const change = (eventName: string, dynamodb: object) => ({
  ...{ eventID: 'd1', eventName, eventVersion: '1.1', eventSource: 'aws:dynamodb', awsRegion: 'eu-central-1' },
  dynamodb,
});

describe('unwrap', () => {
  it('takes the message of SNS, and its attributes for the message attributes', () => {
    const { record } = unwrapped(carrying(notification('{"id":1}', { table: { Type: 'String', Value: 'orders' } })));
    expect(record.body).toBe('{"id":1}');
    expect(record.messageAttributes['table']).toEqual({ stringValue: 'orders', dataType: 'String' });
  });

  it('takes the detail of EventBridge, with every digit', () => {
    const text = JSON.stringify(event({ id: 'BIG' })).replace('"BIG"', '18446744073709551615');
    expect(bodyOf(carrying(text))).toBe('{"id":18446744073709551615}');
  });

  it('takes the detail of an event without account, as emulators send it', () => {
    expect(bodyOf(carrying(event({ id: 1 }, { account: undefined })))).toBe('{"id":1}');
  });

  it('lets the attributes of the message itself win over those of the message of SNS', () => {
    const inside = { table: { Type: 'String', Value: 'inner' }, database: { Type: 'String', Value: 'shop' } };
    const { messageAttributes } = unwrapped(carrying(notification('{}', inside), { table: 'outer' })).record;
    expect([messageAttributes['table'], messageAttributes['database']]).toMatchObject([
      { stringValue: 'outer' },
      { stringValue: 'shop' },
    ]);
  });

  it.each([
    ['a row', { id: 1, Type: 'Notification' }],
    ['a row that names a topic', { id: 1, TopicArn: 'arn', Type: 'Order' }],
    ['a row that names S3', { id: 1, eventSource: 'aws:s3' }],
    ['a row with a detail type', { id: 1, 'detail-type': 'x' }],
    ['a notification without topic', { ...notification('{}'), TopicArn: undefined }],
  ])('leaves %s as it is', (_, body) => {
    expect(unwrap(carrying(body))).toBeUndefined();
  });

  it.each<[string, object, string, string]>([
    ['an event without id', event({ id: 1 }, { id: undefined }), 'ENVELOPE_INVALID', 'EventBridge'],
    ['an event whose detail is no object', event([] as object), 'ENVELOPE_INVALID', 'EventBridge'],
    ['an object without a bucket', recordOfS3({ s3: { object: { key: 'a' } } }), 'ENVELOPE_INVALID', 'S3'],
    ['a notice without event name', recordOfS3({ eventName: undefined }), 'ENVELOPE_INVALID', 'S3'],
    ['a key that does not decode', created('in/%E0%A4%A.csv'), 'POINTER_INVALID', 'in/%E0%A4%A.csv'],
    ['records of two services', { Records: [...created('a').Records, { eventSource: 'x' }] }, 'ENVELOPE_INVALID', 'S3'],
    [
      'a request to confirm a subscription',
      { ...notification('You have chosen'), Type: 'SubscriptionConfirmation', SubscribeURL: 'https://sns' },
      'SNS_UNCONFIRMED',
      'confirm the subscription: visit its SubscribeURL',
    ],
    [
      'a notice that a subscription was removed',
      { ...notification('You have chosen'), Type: 'UnsubscribeConfirmation', SubscribeURL: 'https://sns' },
      'SNS_UNSUBSCRIBED',
      'SubscribeURL',
    ],
    ['a notification without text', { ...notification(''), Message: { id: 1 } }, 'ENVELOPE_INVALID', 'SNS'],
    ['a change without new image', change('MODIFY', { Keys: { id: { N: '1' } } }), 'DYNAMODB_NO_IMAGE', 'new images'],
    ['an image of no shape', change('INSERT', { NewImage: { id: null } }), 'ENVELOPE_INVALID', 'TypeError'],
    ['data that are no base64', kinesis('{}'), 'ENVELOPE_INVALID', 'Kinesis'],
    [
      'data that are not UTF-8',
      kinesis(Buffer.from('Caf\xe9', 'latin1').toString('base64')),
      'MESSAGE_NOT_TEXT',
      'UTF-8',
    ],
  ])('never takes %s for a row', (_, body, code, detail) => {
    expect(unwrap(carrying(body))).toEqual({ code, detail: expect.stringContaining(detail) });
    const bySns = carrying(notification(JSON.stringify(body)));
    if (!('TopicArn' in body)) expect(unwrap(bySns)).toMatchObject({ code });
  });

  it('never takes an event for a row because it is nested too deeply', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const text = JSON.stringify(event({ a: 'DEEP' })).replace('"DEEP"', deep);
    expect(unwrap(carrying(text))).toMatchObject({ code: 'ENVELOPE_INVALID' });
    expect(unwrap(carrying(`{"x":"aws:s3","a":${deep}}`))).toBeUndefined();
  });

  it.each([
    ['no object', null],
    ['a number', { table: 7 }],
    ['no type', { table: { Value: 'orders' } }],
    ['bytes', { table: { Type: 'Binary', Value: 'eA==' } }],
  ])('rejects a message of SNS whose attribute is %s, and takes one of no interest here', async (_, attributes) => {
    const rules = { maxInflatedBytes: 1000, defaultFormat: undefined, csv: csvLayout };
    const rejected = await decodeAnywhere(
      carrying({ ...notification('{"id":1}'), MessageAttributes: attributes }),
      rules,
      undefined,
    );
    expect(rejected.ok).toBe(false);
    const other = notification('{"id":1}', { traceparent: (attributes as { table?: unknown })?.table ?? null });
    expect(await decodeAnywhere(carrying(other), rules, undefined)).toMatchObject({ ok: true, chunks: [{ rows: 1 }] });
  });

  it('leaves what the producer library sent as it is, whatever its rows look like', () => {
    expect(unwrap(carrying(event({ id: 1 }), { chunk: 'c1' }))).toBeUndefined();
  });

  it('is one also when its message is sent again, and keeps the identity that its service gave it', () => {
    const [first, again] = [{}, { 'starrocks-sink-resent': '1767225600000-m0' }].map((attributes) =>
      carrying(event({ id: 1 }), attributes),
    );
    expect(bodyOf(again as SQSRecord)).toBe('{"id":1}');
    expect(chunkOf(again as SQSRecord)).toBe(chunkOf(first as SQSRecord));
  });

  it('makes a row of a new image of DynamoDB, and a delete of a removal', () => {
    const image = {
      ...{ id: { N: '1.10' }, name: { S: 'a' }, ok: { BOOL: true }, none: { NULL: true } },
      tags: { L: [{ S: 'x' }, { M: { deep: { N: '12345678901234567890' } } }] },
    };
    expect(bodyOf(carrying(change('MODIFY', { NewImage: image })))).toBe(
      '{"id":1.10,"name":"a","ok":true,"none":null,"tags":["x",{"deep":12345678901234567890}]}',
    );
    expect(bodyOf(carrying(change('REMOVE', { Keys: { id: { N: '1' } } })))).toBe('{"id":1,"__op":1}');
  });

  it('decodes the data of Kinesis', () => {
    const data = Buffer.from('{"id":"ü"}').toString('base64');
    const envelope = {
      kinesisSchemaVersion: '1.0',
      sequenceNumber: '7',
      data,
      eventSource: 'aws:kinesis',
      eventID: 'k1',
    };
    expect(bodyOf(carrying(envelope))).toBe('{"id":"ü"}');
  });

  it('gives the same event the same identity, however often it is delivered, and others another', () => {
    const again = (id: string, messageId: string) =>
      chunkOf(sqsRecord({ messageId, body: JSON.stringify(event({ a: 1 }, { id })) }));
    expect(again('e1', 'm1')).toBe(again('e1', 'm2'));
    expect(again('e1', 'm1')).not.toBe(again('e2', 'm1'));
  });
});

describe('an object that S3 tells of', () => {
  const rules = { maxInflatedBytes: 1_000_000, defaultFormat: undefined, csv: csvLayout };
  const uploads = fakeBucket();
  uploads.bodies.set('in/a b.ndjson', Buffer.from('{"id":1}\n{"id":2}\n'));
  uploads.bodies.set('a.csv', Buffer.from('1\tx\n'));
  const payloads: Payloads = { buckets: ['uploads', 'sink'], own: 'sink', bucket: () => uploads.store };

  it.each([
    ['S3 itself', created('in/a+b.ndjson')],
    ['SNS', notification(JSON.stringify(created('in/a+b.ndjson')))],
    [
      'EventBridge',
      event(
        { bucket: { name: 'uploads' }, object: { key: 'in/a b.ndjson', size: 20, etag: 'abc' } },
        { source: 'aws.s3', 'detail-type': 'Object Created' },
      ),
    ],
  ])('is loaded when the notice comes by %s', async (_, body) => {
    expect(await decodeAnywhere(carrying(body), rules, payloads)).toMatchObject({
      ok: true,
      chunks: [{ rows: 2, layout: 'lines', text: '{"id":1}\n{"id":2}' }],
    });
  });

  it('is CSV when its name says so', async () => {
    expect(await decodeAnywhere(carrying(created('a.csv')), rules, payloads)).toMatchObject({
      chunks: [{ layout: 'csv', rows: 1 }],
    });
  });

  it.each(['elsewhere', 'sink'])('is refused in the bucket %s', async (name) => {
    const s3 = { bucket: { name }, object: { key: 'claims/a', size: 1, eTag: 'x' } };
    expect(await decodeAnywhere(carrying(created('', { s3 })), rules, payloads)).toMatchObject({
      ok: false,
      rejection: { code: 'POINTER_INVALID' },
    });
  });

  it('is none in the test event of S3, which is acked', async () => {
    const test = { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'uploads' };
    expect(await decodeAnywhere(carrying(test), rules, payloads)).toMatchObject({ ok: true, chunks: [{ rows: 0 }] });
  });
});

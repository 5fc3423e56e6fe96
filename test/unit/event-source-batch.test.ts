import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutBatch, eventText, maxEventBytes, sizeRecord, toRecord } from '../../local/aws/event-source-batch.ts';

const queueArn = 'arn:aws:sqs:eu-west-1:000000000000:rows';

function recordOf(messageId: string, body: string) {
  return sizeRecord(
    toRecord({ MessageId: messageId, ReceiptHandle: `handle-${messageId}`, Body: body, MD5OfBody: 'md5' }, queueArn),
  );
}

const pendingRecords = fc
  .array(fc.string({ unit: 'binary', maxLength: 400 }), { maxLength: 40 })
  .map((bodies) => bodies.map((body, index) => recordOf(String(index), body)));

const limits = fc.record({ batchSize: fc.integer({ min: 1, max: 50 }), maxBytes: fc.integer({ min: 1, max: 12_000 }) });

const eventBytes = (batch: Parameters<typeof eventText>[0]) => Buffer.byteLength(eventText(batch));

describe('cutBatch', () => {
  it('keeps every record once, in order', () => {
    fc.assert(
      fc.property(pendingRecords, limits, (pending, limit) => {
        const { batch, rest } = cutBatch(pending, limit);
        expect([...batch, ...rest]).toEqual(pending);
      }),
    );
  });

  it('stays within batch size and bytes, unless one record alone is too large', () => {
    fc.assert(
      fc.property(pendingRecords, limits, (pending, limit) => {
        const { batch } = cutBatch(pending, limit);
        expect(batch.length).toBeLessThanOrEqual(limit.batchSize);
        if (batch.length > 1) expect(eventBytes(batch)).toBeLessThanOrEqual(limit.maxBytes);
        if (pending.length > 0) expect(batch.length).toBeGreaterThan(0);
      }),
    );
  });

  it('takes as many records as fit', () => {
    fc.assert(
      fc.property(pendingRecords, limits, (pending, limit) => {
        const { batch, rest } = cutBatch(pending, limit);
        if (rest.length === 0 || batch.length === limit.batchSize) return;
        expect(eventBytes([...batch, rest[0]!])).toBeGreaterThan(limit.maxBytes);
      }),
    );
  });

  it('is full exactly when another record could not join', () => {
    fc.assert(
      fc.property(pendingRecords, limits, (pending, limit) => {
        const { batch, rest, full } = cutBatch(pending, limit);
        expect(full).toBe(rest.length > 0 || batch.length === limit.batchSize);
      }),
    );
  });

  it('counts the envelope and the escapes of a record', () => {
    const quotes = recordOf('1', '"'.repeat(1_000_000));
    expect(quotes.bytes).toBeGreaterThan(2_000_000);
    const { batch } = cutBatch([quotes, quotes, quotes, quotes], { batchSize: 10, maxBytes: maxEventBytes });
    expect(batch).toHaveLength(3);
  });
});

describe('toRecord', () => {
  it('writes a record as Lambda does', () => {
    const message = {
      MessageId: 'id',
      ReceiptHandle: 'handle',
      Body: '{"a":1}',
      MD5OfBody: 'md5 of body',
      MD5OfMessageAttributes: 'md5 of attributes',
      Attributes: { ApproximateReceiveCount: '1', SentTimestamp: '1700000000000' },
      MessageAttributes: {
        table: { DataType: 'String', StringValue: 'orders' },
        digest: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2, 255]) },
      },
    };
    expect(toRecord(message, queueArn)).toEqual({
      messageId: 'id',
      receiptHandle: 'handle',
      body: '{"a":1}',
      attributes: { ApproximateReceiveCount: '1', SentTimestamp: '1700000000000' },
      messageAttributes: {
        table: { dataType: 'String', stringValue: 'orders', stringListValues: [], binaryListValues: [] },
        digest: { dataType: 'Binary', binaryValue: 'AQL/', stringListValues: [], binaryListValues: [] },
      },
      md5OfBody: 'md5 of body',
      md5OfMessageAttributes: 'md5 of attributes',
      eventSource: 'aws:sqs',
      eventSourceARN: queueArn,
      awsRegion: 'eu-west-1',
    });
  });
});

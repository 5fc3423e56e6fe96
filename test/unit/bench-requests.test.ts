import { describe, expect, it } from 'vitest';
import { priceOf, requestsBetween, requestsOfQueue, scaleRequests, sumRequests } from '../../bench/requests.ts';

const kib = 1024;

describe('priceOf', () => {
  it('prices a thousand writes, a thousand reads, and a million requests to a queue', () => {
    expect(priceOf({ PutObject: 1000 })).toBeCloseTo(0.005, 9);
    expect(priceOf({ UploadPart: 500, CreateMultipartUpload: 250, CompleteMultipartUpload: 250 })).toBeCloseTo(
      0.005,
      9,
    );
    expect(priceOf({ GetObject: 1000 })).toBeCloseTo(0.0004, 9);
    expect(
      priceOf({ SendMessage: 4e5, SendMessageBatch: 1e5, ReceiveMessage: 3e5, DeleteMessageBatch: 2e5 }),
    ).toBeCloseTo(0.4, 9);
    expect(priceOf({ PutObject: 1000, GetObject: 1000, DeleteObject: 1000 })).toBeCloseTo(0.0054, 9);
  });

  it('refuses an action that it has no price for', () => {
    expect(() => priceOf({ PutObject: 1, CopyObject: 1 })).toThrow('CopyObject');
  });
});

describe('requestsOfQueue', () => {
  it('counts each 64 KiB of packed messages, sent and received, and a delete for ten', () => {
    expect(requestsOfQueue(100, 256 * kib)).toEqual({
      SendMessageBatch: 400,
      ReceiveMessage: 400,
      DeleteMessageBatch: 10,
    });
  });

  it('counts ten small messages as one request', () => {
    expect(requestsOfQueue(100, 200)).toEqual({ SendMessageBatch: 10, ReceiveMessage: 10, DeleteMessageBatch: 10 });
  });

  it('counts a begun 64 KiB of a request as a whole one', () => {
    // Ten messages of 10 KiB are 100 KiB.
    expect(requestsOfQueue(20, 10 * kib)).toMatchObject({ SendMessageBatch: 4, ReceiveMessage: 4 });
    // Three messages of 300 KiB fit into a request: 900 KiB.
    expect(requestsOfQueue(3, 300 * kib)).toMatchObject({ SendMessageBatch: 15 });
  });
});

describe('counts of requests', () => {
  it('are told apart by what was asked before', () => {
    const [before, after] = [
      { PutObject: 5, CreateQueue: 4 },
      { PutObject: 7, CreateQueue: 4, GetObject: 1 },
    ];
    expect(requestsBetween(before, after)).toEqual({ PutObject: 2, GetObject: 1 });
  });

  it('are added up and scaled by action', () => {
    expect(scaleRequests(sumRequests({ PutObject: 1, GetObject: 2 }, { PutObject: 2 }), 10)).toEqual({
      PutObject: 30,
      GetObject: 20,
    });
  });
});

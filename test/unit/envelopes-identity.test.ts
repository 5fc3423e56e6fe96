import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stampedId, timeOfId } from '../../src/kit/time-ordered-id.ts';
import { timeOfEpoch, timeOfText } from '../../src/messages/envelopes/event-time.ts';
import { unwrap } from '../../src/messages/envelopes/unwrap.ts';
import { sqsRecord } from '../builders.ts';

const atMs = Date.UTC(2026, 0, 1, 0, 0, 0, 250);
const at = new Date(atMs).toISOString();

const events: readonly (readonly [name: string, event: object])[] = [
  ['SNS', { Type: 'Notification', MessageId: 'n1', TopicArn: 'arn:aws:sns:t', Message: '{}', Timestamp: at }],
  ['EventBridge', { version: '0', id: 'e1', 'detail-type': 'order', source: 'shop', time: at, detail: { id: 1 } }],
  [
    'Kinesis',
    {
      ...{ kinesisSchemaVersion: '1.0', sequenceNumber: '1', data: 'e30=', eventSource: 'aws:kinesis' },
      approximateArrivalTimestamp: atMs / 1000,
    },
  ],
  [
    'DynamoDB',
    {
      ...{ eventID: 'd1', eventName: 'REMOVE', eventSource: 'aws:dynamodb' },
      dynamodb: { ApproximateCreationDateTime: atMs, Keys: { id: { N: '1' } } },
    },
  ],
];

function chunkOf(messageId: string, event: object): string {
  const unwrapped = unwrap(sqsRecord({ messageId, body: JSON.stringify(event) }), { maxInflatedBytes: 1000 });
  if (unwrapped === undefined || 'code' in unwrapped) throw new Error('no envelope');
  return unwrapped.record.messageAttributes['chunk']?.stringValue ?? '';
}

describe('the identity of an event', () => {
  it.each(events)('of %s says when it happened, and is the same at every delivery', (_, event) => {
    const id = chunkOf('m1', event);
    expect(timeOfId(id)).toBe(atMs);
    expect(chunkOf('m2', event)).toBe(id);
  });

  it.each(events)('of %s has no time where the event has none that can be read', (_, event) => {
    const text = JSON.stringify(event).replaceAll(at, 'at noon').replaceAll(String(atMs), '-1');
    expect(timeOfId(chunkOf('m1', JSON.parse(text.replaceAll(String(atMs / 1000), 'null'))))).toBeUndefined();
  });

  it('is in milliseconds whatever the service counts in', () => {
    expect([atMs / 1000, atMs, atMs * 1000].map(timeOfEpoch)).toEqual([atMs, atMs, atMs]);
    expect([0, -1, 1e17, 'x', {}, null, undefined].map(timeOfEpoch)).toEqual(Array(7).fill(undefined));
  });

  it('has a time of 13 digits, or none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.integer(), fc.constant(undefined)), (timeMs) => {
        const id = stampedId('abc', timeMs);
        expect(id === 'abc' || timeOfId(id) === timeMs).toBe(true);
      }),
    );
  });

  it('takes no moment whose time zone is not said', () => {
    expect(timeOfText('2026-01-01T00:00:00')).toBeUndefined();
    expect(timeOfText('2026-01-01T02:00:00+02:00')).toBe(Date.UTC(2026, 0, 1));
  });
});

/**
 * Envelopes of AWS services around rows, recognised by their keys without being told:
 *
 *   SNS (not raw) → Message       EventBridge → detail              S3 notification → the objects
 *   EventBridge Pipes: DynamoDB stream → image, or delete           Kinesis → data
 *
 * Numbers keep their digits on the way. What has the marks of an envelope carries rows, or none, or is rejected; it is never a
 * row itself.
 */
import type { SQSRecord } from 'aws-lambda';
import type { Rejection } from '../../rows/chunk.ts';
import { keepDigits } from '../../rows/json-values.ts';
import { unwrapDynamoDb } from './dynamodb.ts';
import { isObject, type Json, type Unwrap, type Unwrapped, unfit, withChunkId } from './envelope.ts';
import { unwrapEventBridge } from './event-bridge.ts';
import { unwrapKinesis } from './kinesis.ts';
import { unwrapS3Notification } from './s3-notification.ts';
import { unwrapSns } from './sns.ts';

const envelopes: readonly (readonly [service: string, unwrap: Unwrap])[] = [
  ['SNS', unwrapSns],
  ['EventBridge', unwrapEventBridge],
  ['S3', unwrapS3Notification],
  ['DynamoDB', unwrapDynamoDb],
  ['Kinesis', unwrapKinesis],
];

/** Envelopes tell what they are at their beginning. */
const markers = /"(?:TopicArn|detail-type|aws:s3|s3:TestEvent|aws:dynamodb|kinesisSchemaVersion)"/;
const markedWithin = 4096;

/** An event of S3 goes to EventBridge, or to a topic, and a topic's message into the queue: no envelope holds more. */
const mostLayers = 3;

/** @out undefined: the message has no envelope, as nearly all have none */
export function unwrap(record: SQSRecord): Unwrapped | Rejection | undefined {
  let unwrapped: Unwrapped | undefined;
  for (let layer = 0; layer < mostLayers; layer++) {
    const inner = unwrapOnce(unwrapped?.record ?? record);
    if (inner === undefined) break;
    if ('code' in inner || inner.objects) return inner;
    unwrapped = inner;
  }
  if (unwrapped?.identity === undefined) return unwrapped;
  return { record: withChunkId(unwrapped.record, unwrapped.identity) };
}

function unwrapOnce(record: SQSRecord): Unwrapped | Rejection | undefined {
  // A chunk id is given by the producer library, which writes no envelopes.
  if (record.messageAttributes['chunk'] !== undefined) return undefined;
  if (!markers.test(record.body.slice(0, markedWithin))) return undefined;
  const envelope = parse(record.body);
  if (envelope === undefined) return undefined;
  for (const [service, known] of envelopes) {
    try {
      // The marks are looked for first: a reviver goes down the call stack, which a row may be too deep for.
      if (known(envelope, record)) return known(JSON.parse(record.body, keepDigits), record);
    } catch (error) {
      return unfit(service, `it has not the shape of one (${error instanceof Error ? error.name : 'an error'})`);
    }
  }
  return undefined;
}

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Envelopes of AWS services around rows, recognised by their keys without being told, one file each. What has the marks of one
 * carries rows, or none, or is rejected; it is never a row itself. Numbers keep their digits on the way.
 */
import type { SQSRecord } from 'aws-lambda';
import type { Rejection } from '../../rows/chunk.ts';
import { keepDigits } from '../../rows/json-values.ts';
import { apiGateway } from './api-gateway.ts';
import { bodiesIn } from './bodies.ts';
import { cloudWatchLogs } from './cloudwatch-logs.ts';
import { dynamoDb } from './dynamodb.ts';
import {
  type Body,
  type Envelope,
  type Identity,
  isObject,
  type Json,
  type RowsObject,
  type Unwrapped,
  type UnwrapRules,
  unfit,
  withChunkId,
} from './envelope.ts';
import { eventBridge } from './event-bridge.ts';
import { firehose } from './firehose.ts';
import { kafka } from './kafka.ts';
import { kinesis } from './kinesis.ts';
import { lambdaDestination } from './lambda-destination.ts';
import { lambdaEvent } from './lambda-event.ts';
import { mq } from './mq.ts';
import { s3Notification } from './s3-notification.ts';
import { sns } from './sns.ts';
import { sqs } from './sqs.ts';

const envelopes: readonly Envelope[] = [
  ...[sns, eventBridge, s3Notification, sqs, dynamoDb, kinesis, kafka, mq],
  ...[cloudWatchLogs, lambdaDestination, apiGateway, firehose, lambdaEvent],
];

/** A text without any of these has no envelope: it need not be parsed to know that. */
const markers =
  /"(?:TopicArn|detail-type|s3:TestEvent|(?:aws|minio|ceph):[a-z0-9]+|SelfManagedKafka|logGroup|awslogs|functionArn|isBase64Encoded|records)"/;

/** An envelope that holds neither arrays nor objects has one of these keys. */
const tellingKeys = [
  ...['TopicArn', 'detail-type', 'Event', 'eventSource', 'EventSource', 'logGroup', 'awslogs', 'requestContext'],
  ...['isBase64Encoded', 'records', 'Records'],
];

/**
 * @in   keys: of an object that holds neither arrays nor objects
 * @out  false: it is none, whatever its values are
 */
export const mayBeEnvelope = (keys: ReadonlySet<string>): boolean => tellingKeys.some((key) => keys.has(key));

/** An event of S3 goes to EventBridge, to a topic, through a stream: nothing sensible has more envelopes around it. */
const mostLayers = 5;

/** @out undefined: the message has no envelope, as nearly all have none */
export function unwrap(record: SQSRecord, rules: UnwrapRules): Unwrapped | Rejection | undefined {
  const unwrapped = unwrapAll(record, rules, 0);
  if (unwrapped === undefined || 'code' in unwrapped || unwrapped.objects) return unwrapped;
  const { identity } = unwrapped;
  return identity ? { ...unwrapped, record: withChunkId(unwrapped.record, identity) } : unwrapped;
}

function unwrapAll(record: SQSRecord, rules: UnwrapRules, layer: number): Unwrapped | Rejection | undefined {
  const outer = unwrapOnce(record, rules);
  if (outer === undefined || 'code' in outer || outer.objects) return outer;
  if (layer === mostLayers) return unfit('several services', `there are more than ${mostLayers} around each other`);
  const { record: held, bodies = [{ text: held.body }] } = outer;
  const [body = { text: '' }] = bodies;
  if (bodies.length !== 1) return unwrapSeveral(outer, bodies, rules, layer + 1);
  const single = { ...held, body: body.text };
  const inner = unwrapAll(single, rules, layer + 1) ?? { record: single };
  if ('code' in inner) return inner;
  const fields = { ...outer.fields, ...body.fields, ...inner.fields };
  if (inner.objects) return { ...inner, fields };
  return withIdentity({ ...inner, fields }, inner.identity ?? outer.identity);
}

function unwrapSeveral(
  { record, identity, ...outer }: Unwrapped,
  bodies: readonly Body[],
  rules: UnwrapRules,
  layer: number,
): Unwrapped | Rejection {
  const found: Body[] = [];
  const objects: RowsObject[] = [];
  for (const body of bodies) {
    const inner = unwrapAll({ ...record, body: body.text }, rules, layer) ?? { record, bodies: [body] };
    if ('code' in inner) return inner;
    if (inner.record.messageAttributes !== record.messageAttributes)
      return unfit('several services', 'records that name a table come each in a message of its own');
    if (inner.objects) {
      objects.push(...inner.objects);
      continue;
    }
    const fields = { ...outer.fields, ...body.fields, ...inner.fields };
    for (const { text, fields: own } of inner.bodies ?? [{ text: inner.record.body }])
      found.push({ text, fields: { ...fields, ...own } });
  }
  if (objects.length === 0) return withIdentity({ record, bodies: found }, identity);
  if (found.length === 0) return { record, objects };
  return unfit('several services', 'records that name objects come without rows beside them');
}

const withIdentity = ({ record, bodies, fields }: Unwrapped, identity: Identity | undefined): Unwrapped => ({
  record,
  ...(bodies ? { bodies } : {}),
  ...(fields ? { fields } : {}),
  ...(identity ? { identity } : {}),
});

function unwrapOnce(record: SQSRecord, rules: UnwrapRules): Unwrapped | Rejection | undefined {
  // A chunk id is given by the producer library, which writes no envelopes.
  if (record.messageAttributes['chunk'] !== undefined || !markers.test(record.body)) return undefined;
  const text = record.body.trim();
  const envelope = parse(text);
  if (envelope !== undefined) return takeOff(text, envelope, record, rules);
  const bodies = bodiesIn(text, isEnvelope);
  return bodies && { record, bodies: bodies.map((each) => ({ text: each })) };
}

/** A text has the marks of an envelope. */
export function isEnvelope(text: string): boolean {
  const value = markers.test(text) ? parse(text) : undefined;
  return value !== undefined && envelopes.some((kind) => hasMarks(kind, value));
}

/** What has the marks, and not the shape, is one all the same. */
function hasMarks(kind: Envelope, value: Json): boolean {
  try {
    return kind.isOne(value);
  } catch {
    return true;
  }
}

function takeOff(text: string, envelope: Json, record: SQSRecord, rules: UnwrapRules) {
  const kind = envelopes.find((each) => hasMarks(each, envelope));
  if (kind === undefined) return undefined;
  const { name, service } = kind;
  if (rules.envelopes?.includes(name) === false) {
    const detail = `An envelope of ${service}: sink.envelopes does not name ${name}.`;
    return { code: 'ENVELOPE_NOT_TAKEN', detail } as const;
  }
  try {
    // The marks are looked for first: a reviver goes down the call stack, which a row may be too deep for.
    return kind.unwrap(JSON.parse(text, keepDigits), record, rules);
  } catch (error) {
    return unfit(service, `it has not the shape of one (${error instanceof Error ? error.name : 'an error'})`);
  }
}

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

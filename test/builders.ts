import { hash } from 'node:crypto';
import type { Context, SQSRecord } from 'aws-lambda';
import type { Body, Destination } from '../src/ports.ts';
import { joinChunks } from '../src/rows/body.ts';
import type { Chunk } from '../src/rows/chunk.ts';

export interface RecordParts {
  readonly messageId?: string;
  readonly body?: string;
  /** Message attributes, all of type String. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Makes the record one of a FIFO queue. */
  readonly group?: string;
  readonly receiveCount?: number;
}

/** An SQS message as Lambda hands it over. */
export function sqsRecord({
  messageId = 'm1',
  body = '{"id":1}',
  attributes = {},
  group,
  receiveCount = 1,
}: RecordParts = {}): SQSRecord {
  return {
    messageId,
    receiptHandle: `receipt-${messageId}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: '1767225600000',
      SenderId: 'AIDATEST',
      ApproximateFirstReceiveTimestamp: '1767225600001',
      ...(group === undefined ? {} : { MessageGroupId: group, SequenceNumber: '18849496460467696128' }),
    },
    messageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, stringValue]) => [name, { stringValue, dataType: 'String' }]),
    ),
    md5OfBody: hash('md5', body),
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:eu-central-1:123456789012:rows${group === undefined ? '' : '.fifo'}`,
    awsRegion: 'eu-central-1',
  };
}

/** What Lambda tells a function of its invocation. */
export function lambdaContext(remainingMs = 60_000): Context {
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: 'ingest',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:ingest',
    memoryLimitInMB: '512',
    awsRequestId: '4fb1b3a2-0000-4000-8000-000000000001',
    logGroupName: '/aws/lambda/ingest',
    logStreamName: '2026/01/01/[$LATEST]0',
    getRemainingTimeInMillis: () => remainingMs,
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}

/** A chunk of rows; id and message id are the same unless said otherwise, bytes are those of the text. */
export function chunk(parts: Partial<Chunk> = {}): Chunk {
  const { id = 'c1', text = '{"id":1}', layout = 'lines' } = parts;
  return {
    id,
    messageId: id,
    database: undefined,
    table: undefined,
    columns: undefined,
    layout,
    text,
    rows: 1,
    bytes: Buffer.byteLength(text),
    ...parts,
  };
}

export function destination(parts: Partial<Destination> = {}): Destination {
  return { database: 'shop', table: 'orders', headers: { format: 'json' }, ...parts };
}

export const csvLayout = { columnSeparator: '\t', rowDelimiter: '\n' };

/** The body of a load of chunks that delete nothing. */
export const joinRows = (chunks: readonly Chunk[]): Body =>
  joinChunks(csvLayout)(chunks, { database: 'd', table: 't', headers: {} }).body;

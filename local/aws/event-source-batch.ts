import type { Message } from '@aws-sdk/client-sqs';
import type { SQSMessageAttributes, SQSRecord, SQSRecordAttributes } from 'aws-lambda';

/** The payload limit of one invocation: 6 MB of JSON, envelope included. Source: Lambda quotas. */
export const maxEventBytes = 6_291_456;

const eventStart = '{"Records":[';
const eventEnd = ']}';
const frameBytes = eventStart.length + eventEnd.length;

/** A record as it will stand in the event. */
export interface SizedRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly json: string;
  /** Bytes of `json` in UTF-8. */
  readonly bytes: number;
}

export interface BatchLimits {
  readonly batchSize: number;
  /** Bytes of the whole event. */
  readonly maxBytes: number;
}

export interface Cut {
  readonly batch: readonly SizedRecord[];
  readonly rest: readonly SizedRecord[];
  /** Waiting longer would not add to the batch. */
  readonly full: boolean;
}

/**
 * Takes the longest head of the pending records that fits into one event.
 *
 * @out  batch followed by rest is `pending`; a record that is too large alone still makes a batch
 */
export function cutBatch(pending: readonly SizedRecord[], { batchSize, maxBytes }: BatchLimits): Cut {
  let count = 0;
  let bytes = frameBytes;
  for (const record of pending) {
    const grown = bytes + record.bytes + (count > 0 ? 1 : 0);
    if (count === batchSize || (count > 0 && grown > maxBytes)) break;
    bytes = grown;
    count += 1;
  }
  return {
    batch: pending.slice(0, count),
    rest: pending.slice(count),
    full: count === batchSize || count < pending.length,
  };
}

/** The event of a batch, as the JSON text that Lambda would receive. */
export function eventText(batch: readonly SizedRecord[]): string {
  return `${eventStart}${batch.map(({ json }) => json).join(',')}${eventEnd}`;
}

/**
 * Turns a received message into the record that Lambda makes of it.
 *
 * @in      a message received with all attributes; queueArn such as `arn:aws:sqs:us-east-1:000000000000:rows`
 * @source  Lambda developer guide, "Using Lambda with Amazon SQS": example events
 */
export function toRecord(message: Message, queueArn: string): SQSRecord {
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: { ...message.Attributes } as unknown as SQSRecordAttributes,
    messageAttributes: toRecordAttributes(message.MessageAttributes ?? {}),
    ...(message.MD5OfMessageAttributes === undefined ? {} : { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    md5OfBody: message.MD5OfBody ?? '',
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(':')[3] ?? '',
  };
}

/** Lambda writes the names in camel case, binary values in base64, and two lists that are always empty. */
function toRecordAttributes(attributes: NonNullable<Message['MessageAttributes']>): SQSMessageAttributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { StringValue, BinaryValue, DataType = '' }]) => [
      name,
      {
        ...(StringValue === undefined ? {} : { stringValue: StringValue }),
        ...(BinaryValue === undefined ? {} : { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
        stringListValues: [],
        binaryListValues: [],
        dataType: DataType,
      },
    ]),
  );
}

export function sizeRecord(record: SQSRecord): SizedRecord {
  const json = JSON.stringify(record);
  return { messageId: record.messageId, receiptHandle: record.receiptHandle, json, bytes: Buffer.byteLength(json) };
}

import { randomUUID } from 'node:crypto';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { createProducer } from '../src/producer/producer.ts';
import { sqsRecord } from '../test/builders.ts';
import { takingQueue } from './queue.ts';
import { columns, csvText, rowAsCsv, rowAsJson } from './rows.ts';

/** Of the JSON text of an event. Source: AWS Lambda quotas, invocation payload (request), 6 MB. */
const maxEventBytes = 6 * 1024 * 1024;
/** Source: AWS Lambda, SQS event source mapping, BatchSize. */
const maxMessages = 10_000;

/** Compressed rows of an event are no more than so many times as long. */
const mostShrinking = 5;

export const table = 'orders';

export type EventKind = 'packed JSON' | 'packed JSON, zstd' | 'packed CSV' | 'one row a message';

export interface RowsEvent {
  /** As Lambda's runtime gets it. */
  readonly json: string;
  /** Rows as they stand in the messages, each a string of its own. */
  readonly rows: readonly string[];
}

/** An event as large as Lambda makes them: messages of the producer, or one row in each. @in bytesPerRow: if all are alike */
export async function eventOf(kind: EventKind, bytesPerRow?: number): Promise<RowsEvent> {
  const write = kind === 'packed CSV' ? csvText : JSON.stringify;
  const records = kind === 'one row a message' ? singleRows(bytesPerRow) : await packedRows(kind, bytesPerRow);
  let bytes = '{"Records":[]}'.length;
  const fitting = records.slice(0, maxMessages).filter((record) => {
    bytes += JSON.stringify(record).length + 1;
    return bytes <= maxEventBytes;
  });
  const count = fitting.reduce(
    (sum, { messageAttributes }) => sum + Number(messageAttributes['rows']?.stringValue ?? 1),
    0,
  );
  const rowAt = kind === 'packed CSV' ? rowAsCsv : rowAsJson;
  return {
    json: JSON.stringify({ Records: fitting } satisfies SQSEvent),
    rows: Array.from({ length: count }, (_, index) => write(rowAt(index, bytesPerRow))),
  };
}

async function packedRows(kind: EventKind, bytesPerRow?: number): Promise<SQSRecord[]> {
  const records: SQSRecord[] = [];
  const client = takingQueue(({ MessageBody = '', MessageAttributes = {} }) => {
    const attributes = Object.entries(MessageAttributes).map(([name, { StringValue = '' }]) => [name, StringValue]);
    records.push(recordOf(MessageBody, Object.fromEntries(attributes)));
  });
  const format = kind === 'packed CSV' ? 'csv' : 'json';
  const rowAt = kind === 'packed CSV' ? rowAsCsv : rowAsJson;
  const compression = kind === 'packed JSON, zstd' ? 'zstd' : undefined;
  const settings = {
    queueUrl: 'https://queue.invalid/rows',
    client,
    format,
    columns,
    maxInFlight: 1,
    compression,
  } as const;
  const producer = createProducer(settings);
  const length = Math.floor((maxEventBytes / 182) * (compression ? mostShrinking : 1));
  await producer.send(
    table,
    Array.from({ length }, (_, index) => rowAt(index, bytesPerRow)),
  );
  await producer.close();
  return records;
}

const singleRows = (bytesPerRow?: number): SQSRecord[] =>
  Array.from({ length: maxMessages }, (_, index) => recordOf(JSON.stringify(rowAsJson(index, bytesPerRow)), { table }));

/** As large as records of AWS are. */
export const recordOf = (body: string, attributes: Readonly<Record<string, string>>): SQSRecord => ({
  ...sqsRecord({ messageId: randomUUID(), body, attributes }),
  receiptHandle: 'AQEB'.repeat(46),
});

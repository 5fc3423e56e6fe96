import type { Rejection } from '../../rows/chunk.ts';
import { rowOfChange } from './dynamodb-row.ts';
import { type Envelope, isObject, recordsOf, unfit } from './envelope.ts';
import { timeOfEpoch } from './event-time.ts';

const source = 'aws:dynamodb';

/**
 * A change of a DynamoDB table, as EventBridge Pipes and Kinesis bring it, or changes as a function gets them.
 *
 * @source  DynamoDB Streams record; DynamoDB developer guide, "Using Kinesis Data Streams to capture changes"
 */
export const dynamoDb: Envelope = {
  name: 'dynamodb',
  service: 'DynamoDB',
  isOne: (envelope) => envelope['eventSource'] === source || recordsOf(envelope, source) !== undefined,
  unwrap(envelope, record) {
    const rows: object[] = [];
    const records = recordsOf(envelope, source) ?? [envelope];
    for (const { eventID, eventName, dynamodb } of records) {
      if (typeof eventID !== 'string' || typeof eventName !== 'string' || !isObject(dynamodb))
        return unfit('DynamoDB', 'it has no eventID, eventName or dynamodb');
      const row = rowOfChange(eventName, dynamodb);
      if (row === undefined) return noImage(eventName);
      rows.push(row);
    }
    const [first] = records;
    const change = isObject(first?.['dynamodb']) ? first['dynamodb'] : {};
    const key = `dynamodb:${records.map(({ eventID }) => eventID).join()}`;
    const identity = { key, timeMs: timeOfEpoch(change['ApproximateCreationDateTime']) };
    return { record: { ...record, body: rows.map((row) => JSON.stringify(row)).join('\n') }, identity };
  },
};

const noImage = (eventName: string): Rejection => ({
  code: 'DYNAMODB_NO_IMAGE',
  detail: `Found ${eventName} without NewImage: the stream has no new images; set its view type to NEW_IMAGE or NEW_AND_OLD_IMAGES.`,
});

import type { Rejection } from '../../rows/chunk.ts';
import { plainImage, rowOfChange } from './dynamodb-row.ts';
import { type Body, type Envelope, type Fields, fieldsOf, isObject, type Json, recordsOf, unfit } from './envelope.ts';
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
    const bodies: Body[] = [];
    const records = recordsOf(envelope, source) ?? [envelope];
    for (const each of records) {
      const { eventID, eventName, dynamodb } = each;
      if (typeof eventID !== 'string' || typeof eventName !== 'string' || !isObject(dynamodb))
        return unfit('DynamoDB', 'it has no eventID, eventName or dynamodb');
      const row = rowOfChange(eventName, dynamodb);
      if (row === undefined) return noImage(eventName);
      bodies.push({ text: JSON.stringify(row), fields: fieldsOfChange(each, dynamodb) });
    }
    const key = `dynamodb:${records.map(({ eventID }) => eventID).join()}`;
    const [first] = records;
    const timeMs = isObject(first?.['dynamodb']) ? timeOfChange(first['dynamodb']) : undefined;
    return { record, bodies, identity: { key, timeMs } };
  },
};

const timeOfChange = (change: Json) => timeOfEpoch(change['ApproximateCreationDateTime']);

function fieldsOfChange({ eventID, eventSourceARN, tableName }: Json, change: Json): Fields {
  const { SequenceNumber: sequence, Keys: keys } = change;
  const key = isObject(keys) ? JSON.stringify(plainImage(keys)) : undefined;
  return fieldsOf({ timeMs: timeOfChange(change), sequence, id: eventID, key, source: eventSourceARN ?? tableName });
}

const noImage = (eventName: string): Rejection => ({
  code: 'DYNAMODB_NO_IMAGE',
  detail: `Found ${eventName} without NewImage: the stream has no new images; set its view type to NEW_IMAGE or NEW_AND_OLD_IMAGES.`,
});

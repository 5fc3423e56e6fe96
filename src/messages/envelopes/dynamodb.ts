import { rowOfChange } from './dynamodb-row.ts';
import { isObject, type Unwrap, unfit } from './envelope.ts';
import { timeOfEpoch } from './event-time.ts';

/** A change of a DynamoDB table, as EventBridge Pipes send it. @source  DynamoDB Streams record */
export const unwrapDynamoDb: Unwrap = (envelope, record) => {
  const { eventSource, eventID, eventName, dynamodb } = envelope;
  if (eventSource !== 'aws:dynamodb') return undefined;
  if (typeof eventID !== 'string' || typeof eventName !== 'string' || !isObject(dynamodb))
    return unfit('DynamoDB', 'it has no eventID, eventName or dynamodb');
  const row = rowOfChange(eventName, dynamodb);
  if (row === undefined) return unfit('DynamoDB', 'the stream has no new images; set its view type to NEW_IMAGE');
  const identity = { key: `dynamodb:${eventID}`, timeMs: timeOfEpoch(dynamodb['ApproximateCreationDateTime']) };
  return { record: { ...record, body: JSON.stringify(row) }, identity };
};

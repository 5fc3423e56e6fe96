import { type Envelope, fieldsOf, unfit } from './envelope.ts';

/**
 * What a subscription of CloudWatch Logs sends, through Kinesis or Firehose: each event of the log is a row.
 *
 * @source  CloudWatch Logs user guide, "Log group-level subscription filters"
 */
export const cloudWatchLogs: Envelope = {
  name: 'cloudwatch-logs',
  service: 'CloudWatch Logs',
  isOne: ({ messageType, logGroup }) =>
    typeof logGroup === 'string' && (messageType === 'DATA_MESSAGE' || messageType === 'CONTROL_MESSAGE'),
  unwrap({ messageType, logEvents, logGroup, logStream }, record) {
    if (messageType === 'CONTROL_MESSAGE') return { record, objects: [] };
    if (!Array.isArray(logEvents)) return unfit('CloudWatch Logs', 'logEvents is expected to be an array');
    const fields = fieldsOf({ source: logGroup, topic: logStream });
    return { record: { ...record, body: JSON.stringify(logEvents) }, fields };
  },
};

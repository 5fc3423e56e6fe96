import { type Envelope, fieldsOf, isObject, unfit } from './envelope.ts';
import { bodiesOf, isRejection } from './envelope-bytes.ts';

/**
 * What a subscription of CloudWatch Logs sends, through Kinesis, Firehose, or a function: each event of the log is a row.
 *
 * @source  CloudWatch Logs user guide, "Log group-level subscription filters"
 */
export const cloudWatchLogs: Envelope = {
  name: 'cloudwatch-logs',
  service: 'CloudWatch Logs',
  isOne: ({ messageType, logGroup, awslogs }) =>
    (isObject(awslogs) && 'data' in awslogs) ||
    (typeof logGroup === 'string' && (messageType === 'DATA_MESSAGE' || messageType === 'CONTROL_MESSAGE')),
  unwrap({ messageType, logEvents, logGroup, logStream, awslogs }, record, { maxInflatedBytes }) {
    if (isObject(awslogs)) {
      const bodies = bodiesOf('CloudWatch Logs', [{ data: awslogs['data'] }], maxInflatedBytes);
      return isRejection(bodies) ? bodies : { record, bodies };
    }
    if (messageType === 'CONTROL_MESSAGE') return { record, objects: [] };
    if (!Array.isArray(logEvents)) return unfit('CloudWatch Logs', 'logEvents is expected to be an array');
    const fields = fieldsOf({ source: logGroup, topic: logStream });
    return { record: { ...record, body: JSON.stringify(logEvents) }, fields };
  },
};

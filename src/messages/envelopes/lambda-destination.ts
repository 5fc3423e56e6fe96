import { type Envelope, fieldsOf, isObject, unfit } from './envelope.ts';
import { timeOfText } from './event-time.ts';

/**
 * What a function gave back, sent to its destination for success. What a function failed on is refused: nobody has read it; of records of
 * a stream the notice tells only where they are.
 *
 * @source  Lambda developer guide, "Retaining records of asynchronous invocations"
 */
export const lambdaDestination: Envelope = {
  name: 'lambda',
  service: 'Lambda',
  isOne: ({ requestContext, ...envelope }) =>
    isObject(requestContext) &&
    typeof requestContext['functionArn'] === 'string' &&
    Object.keys(envelope).some((key) => key === 'requestPayload' || key.endsWith('BatchInfo')),
  unwrap(envelope, record) {
    const { requestContext, responseContext, responsePayload } = envelope;
    const { requestId, condition, functionArn } = isObject(requestContext) ? requestContext : {};
    const hasFailed = isObject(responseContext) && 'functionError' in responseContext;
    if (condition !== 'Success' || hasFailed)
      return unfit('Lambda', `the function failed (${String(condition).slice(0, 64)}), and what it got is no row`);
    if (typeof requestId !== 'string') return unfit('Lambda', 'it has no requestId');
    if (responsePayload === null) return { record, objects: [] };
    const isText = typeof responsePayload === 'string';
    if (!isText && !isObject(responsePayload) && !Array.isArray(responsePayload))
      return unfit('Lambda', 'responsePayload is expected to be an object, an array, or text');
    const body = isText ? responsePayload : JSON.stringify(responsePayload);
    const timeMs = timeOfText(envelope['timestamp']);
    const fields = fieldsOf({ timeMs, id: requestId, source: functionArn });
    return { record: { ...record, body }, identity: { key: `lambda:${requestId}`, timeMs }, fields };
  },
};

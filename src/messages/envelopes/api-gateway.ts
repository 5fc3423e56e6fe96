import { type Envelope, fieldsOf, isObject, unfit } from './envelope.ts';
import { isRejection, textsOf } from './envelope-bytes.ts';
import { timeOfEpoch } from './event-time.ts';

/**
 * A request of API Gateway, a message of its WebSockets, a request of a function's URL or of a load balancer, as a function gets it: the
 * body holds the rows.
 *
 * @source  API Gateway developer guide, "Lambda proxy integrations", payload formats 1.0 and 2.0
 */
export const apiGateway: Envelope = {
  name: 'api-gateway',
  service: 'API Gateway',
  isOne: ({ requestContext, isBase64Encoded, headers }) =>
    isObject(requestContext) &&
    typeof isBase64Encoded === 'boolean' &&
    (headers !== undefined || typeof requestContext['connectionId'] === 'string'),
  unwrap({ requestContext, isBase64Encoded, body }, record, { maxInflatedBytes }) {
    if (typeof body !== 'string') return unfit('API Gateway', 'the request has no body');
    const { requestId, timeEpoch, requestTimeEpoch, apiId } = isObject(requestContext) ? requestContext : {};
    const timeMs = timeOfEpoch(timeEpoch ?? requestTimeEpoch);
    const identity = typeof requestId === 'string' ? { identity: { key: `api-gateway:${requestId}`, timeMs } } : {};
    const fields = fieldsOf({ timeMs, id: requestId, source: apiId });
    if (isBase64Encoded !== true) return { record: { ...record, body }, fields, ...identity };
    const bodies = textsOf('API Gateway', body, maxInflatedBytes);
    return isRejection(bodies) ? bodies : { record, bodies, fields, ...identity };
  },
};

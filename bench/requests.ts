import { prices } from '../infra/costs.ts';
import type { Requests } from './local-aws.ts';

/** US dollars a request; deletes in S3 are free. @source infra/costs.ts */
const priceOfAction: Readonly<Record<string, number>> = {
  PutObject: prices.s3Put,
  CreateMultipartUpload: prices.s3Put,
  UploadPart: prices.s3Put,
  CompleteMultipartUpload: prices.s3Put,
  PutObjectTagging: prices.s3Put,
  GetObject: prices.s3Get,
  DeleteObject: 0,
  SendMessage: prices.sqsRequest,
  SendMessageBatch: prices.sqsRequest,
  ReceiveMessage: prices.sqsRequest,
  DeleteMessageBatch: prices.sqsRequest,
};

/**
 * What requests cost, in US dollars. A request of more than 64 KiB to SQS stands in the list as often as it is billed.
 *
 * @throws Error for an action without a price: a new kind of request must not look free
 */
export function priceOf(requests: Requests): number {
  return Object.entries(requests).reduce((sum, [action, count]) => {
    const price = priceOfAction[action];
    if (price === undefined) throw new Error(`${action} has no price.`);
    return sum + price * count;
  }, 0);
}

/** @source SQS pricing: each 64 KiB of a payload is a request */
const bytesPerRequest = 65_536;
/** @source SQS quotas: of a request, and of the messages in it */
const most = { bytes: 1024 ** 2, messages: 10 };

/**
 * What SQS bills for messages on their way through a queue when they come fast enough to fill every request.
 *
 * @in  bytes of one message, body and attributes
 */
export function requestsOfQueue(messages: number, bytes: number): Requests {
  const together = Math.max(1, Math.min(most.messages, Math.floor(most.bytes / bytes)));
  const billed = Math.ceil((together * bytes) / bytesPerRequest) * (messages / together);
  return { SendMessageBatch: billed, ReceiveMessage: billed, DeleteMessageBatch: messages / most.messages };
}

/** What was asked after one count and before another. */
export const requestsBetween = (before: Requests, after: Requests): Requests =>
  Object.fromEntries(
    Object.entries(after)
      .map(([action, count]) => [action, count - (before[action] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );

export function sumRequests(...all: readonly Requests[]): Requests {
  const sum: Record<string, number> = {};
  for (const [action, count] of all.flatMap((requests) => Object.entries(requests)))
    sum[action] = (sum[action] ?? 0) + count;
  return sum;
}

export const scaleRequests = (requests: Requests, factor: number): Requests =>
  Object.fromEntries(Object.entries(requests).map(([action, count]) => [action, count * factor]));

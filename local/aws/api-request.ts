import { s3ActionOf } from './s3-actions.ts';

/** The part of an HTTP request that the hooks look at. */
export interface ApiRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

/** What the hooks read of an SQS request. */
export interface SqsInput {
  readonly QueueUrl?: string;
  readonly Entries?: readonly { readonly Id: string }[];
  readonly MessageAttributeNames?: readonly string[];
  readonly WaitTimeSeconds?: number;
}

/** SQS, and CloudWatch beside it, speak AWS JSON, and name their action in a header. */
export function isSqs({ headers }: ApiRequest): boolean {
  return headers['x-amz-target'] !== undefined;
}

/** fauxqs' own pages. */
export function isInspection({ url }: ApiRequest): boolean {
  return url.startsWith('/_fauxqs/') || url === '/health';
}

/**
 * Names the action as AWS does: `SendMessageBatch`, `PutObject`, …
 *
 * @in   a request whose body is parsed; SNS and STS send forms with the field Action
 * @out  undefined for an S3 request that is not emulated
 */
export function actionOf(request: ApiRequest): string | undefined {
  const { method, url, headers, body } = request;
  if (isSqs(request))
    return String(headers['x-amz-target']).replace(/^(AmazonSQS|GraniteServiceVersion20100801)\./, '');
  if (url === '/' && String(headers['content-type']).includes('x-www-form-urlencoded'))
    return (body as { Action?: string }).Action;
  const action = s3ActionOf(method, url, headers['x-amz-copy-source'] !== undefined);
  // A form; fauxqs reads anything else as a list of what to delete.
  const isForm = String(headers['content-type']).startsWith('multipart/form-data');
  return action === 'PostObject' && !isForm ? undefined : action;
}

/** What failures of AWS mean: which pass by themselves, and what the others are called here. */
import { type FailureCode, SinkError } from '../kit/errors.ts';

/** A skewed clock is set right by the answer that says so: the next try is signed by the clock of AWS. */
const passing =
  /throttl|toomanyrequests|limitexceeded|slowdown|timeout|requestexpired|requesttimetooskewed|unavailable/i;
/** 307: for a new bucket, until all of S3 knows where it is. 301, a bucket of another region, stays. */
const passingStatus = new Set([307, 408, 409, 429]);

/**
 * True for failures that repeat themselves: AWS blames the request, and does not ask for patience. Network failures, and
 * answers that blame AWS itself, are worth another try.
 */
export function isFinal(error: unknown): boolean {
  if (error instanceof SinkError) return true;
  if (!(error instanceof Error)) return false;
  if (error.name === 'CredentialsProviderError') return true;
  if (passing.test(error.name) || ('$retryable' in error && error.$retryable)) return false;
  const status = statusOf(error);
  if (status !== undefined) return status >= 300 && status < 500 && !passingStatus.has(status);
  return '$fault' in error && error.$fault === 'client';
}

/** The SDK calls every error that its model does not name a client's: only the status tells. */
function statusOf(error: Error): number | undefined {
  const metadata = '$metadata' in error ? (error.$metadata as { readonly httpStatusCode?: number }) : undefined;
  return metadata?.httpStatusCode;
}

/** Name and message of a failure: AWS' own words. */
export const reasonOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

const namedCodes: Readonly<Record<string, FailureCode>> = {
  NoSuchBucket: 'BUCKET_MISSING',
  QueueDoesNotExist: 'QUEUE_MISSING',
  'AWS.SimpleQueueService.NonExistentQueue': 'QUEUE_MISSING',
  AccessDenied: 'AWS_ACCESS_DENIED',
  AccessDeniedException: 'AWS_ACCESS_DENIED',
  CredentialsProviderError: 'AWS_ACCESS_DENIED',
};

/**
 * A permanent refusal under its own name; any other failure as it is.
 *
 * @in  action: as AWS writes it in policies; resource: what it was asked of
 */
export function named(error: unknown, action: string, resource: string): unknown {
  if (error instanceof SinkError || !isFinal(error)) return error;
  const { name, message } = error as Error;
  const code = namedCodes[name] ?? (statusOf(error as Error) === 403 ? 'AWS_ACCESS_DENIED' : 'AWS_REFUSED');
  return new SinkError(code, `${action} on ${resource} (${name}: ${message.replace(/\.$/, '')}).`, { cause: error });
}

/** What a call to a queue failed of: refused, or not answered although it was repeated. */
export function namedOfQueue(error: unknown, action: string, queueUrl: string): SinkError {
  const refusal = named(error, action, queueUrl);
  if (refusal instanceof SinkError) return refusal;
  return new SinkError('QUEUE_UNREACHABLE', `${action} on ${queueUrl} (${reasonOf(error)}).`, { cause: error });
}

import type { MiddlewareObj } from '@middy/core';
import type { Context, SQSBatchItemFailure, SQSBatchResponse } from 'aws-lambda';
import type { Finding } from '../check/finding.ts';
import { SinkError } from '../kit/errors.ts';
import type { Telemetry } from '../telemetry.ts';

/** The event by which a person asks a function what it can reach from where it runs. */
export interface CheckEvent {
  readonly check: true;
  /** The function is one that sends pointers to the load queue. */
  readonly sends?: boolean;
}

const isCheckEvent = (event: unknown): event is CheckEvent =>
  typeof event === 'object' && event !== null && 'check' in event && event.check === true;

/** Answers a person who asks what the function can reach; no message is touched. */
export const answerChecks = (
  check: (context: Context, event: CheckEvent) => Promise<readonly Finding[]>,
): MiddlewareObj => ({
  before: async ({ event, context }) => (isCheckEvent(event) ? { findings: await check(context, event) } : undefined),
});

/** Fetches the secret before any message is touched, so that a missing one fails the invocation with its own words. */
export const warmCredentials = (read: (context: Context) => Promise<void>): MiddlewareObj => ({
  before: ({ context }) => read(context),
});

/**
 * Turns the list of failed messages into the event source's answer. An error is logged by its code and thrown on: the
 * event source then backs off, which it does not for partial failures.
 */
export const partialBatchFailures = (
  telemetry: Telemetry,
): MiddlewareObj<unknown, SQSBatchResponse | SQSBatchItemFailure[]> => ({
  after: (request) => {
    if (!Array.isArray(request.response)) throw new TypeError('The handler returned no list of failed messages.');
    request.response = { batchItemFailures: request.response };
  },
  onError: ({ error }) => {
    const code = error instanceof SinkError ? error.code : (error?.name ?? 'Error');
    telemetry.event('error', error?.message ?? 'failed', { code });
  },
});

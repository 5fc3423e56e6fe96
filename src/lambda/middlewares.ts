import type { MiddlewareObj } from '@middy/core';
import type { Context, SQSBatchItemFailure, SQSBatchResponse } from 'aws-lambda';
import { SinkError } from '../kit/errors.ts';
import type { Telemetry } from '../telemetry.ts';

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

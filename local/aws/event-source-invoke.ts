import { randomUUID } from 'node:crypto';
import type { Context, SQSEvent } from 'aws-lambda';
import type { Clock } from '../../src/kit/clock.ts';
import { region } from './client-config.ts';
import { settle } from './event-source-response.ts';

export interface Invocation {
  readonly handler: (event: SQSEvent, context: Context) => Promise<unknown>;
  readonly functionTimeoutMs: number;
  readonly reportBatchItemFailures: boolean;
  readonly clock: Clock;
}

export interface InvocationOutcome {
  readonly requestId: string;
  /** `error`: thrown, or a response that is no JSON; `timeout`: late; these and `malformed` keep the whole batch. */
  readonly kind: 'success' | 'partial' | 'malformed' | 'error' | 'timeout';
  /** Ids of the messages that stay in the queue. */
  readonly failed: ReadonlySet<string>;
  readonly durationMs: number;
  /** What was thrown, or why the response is malformed. */
  readonly error?: unknown;
}

const late = Symbol('late');

/** Calls the handler once, and reads its response as Lambda does. Never throws. */
export async function invokeOnce(
  invocation: Invocation,
  event: SQSEvent,
  messageIds: readonly string[],
): Promise<InvocationOutcome> {
  const { handler, functionTimeoutMs, reportBatchItemFailures, clock } = invocation;
  const startedAt = clock.now();
  const requestId = randomUUID();
  const context = contextOf(requestId, () => startedAt + functionTimeoutMs - clock.now());
  const everything = new Set(messageIds);
  const outcome = (
    kind: InvocationOutcome['kind'],
    failed: ReadonlySet<string>,
    error?: unknown,
  ): InvocationOutcome => ({
    requestId,
    kind,
    failed,
    durationMs: clock.now() - startedAt,
    ...(error === undefined ? {} : { error }),
  });

  const answered = new AbortController();
  try {
    const response = await Promise.race([
      (async () => handler(event, context))(),
      clock.sleep(functionTimeoutMs, answered.signal).then(() => late),
    ]);
    if (response === late) return outcome('timeout', everything);
    const parsed: unknown = JSON.parse(JSON.stringify(response) ?? 'null');
    if (!reportBatchItemFailures) return outcome('success', new Set());
    const settlement = settle(parsed, messageIds);
    if (settlement.kind === 'malformed') return outcome('malformed', everything, settlement.reason);
    return outcome(settlement.kind, settlement.kind === 'partial' ? settlement.failed : new Set());
  } catch (error) {
    return outcome('error', everything, error ?? new Error('The handler threw nothing.'));
  } finally {
    answered.abort();
  }
}

function contextOf(awsRequestId: string, getRemainingTimeInMillis: () => number): Context {
  const functionName = 'local';
  return {
    awsRequestId,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${region}:000000000000:function:${functionName}`,
    memoryLimitInMB: '1024',
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: awsRequestId,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis,
    // Typed, but gone since the Node.js 24 runtime: a handler that calls them hangs there too.
    done() {},
    fail() {},
    succeed() {},
  };
}

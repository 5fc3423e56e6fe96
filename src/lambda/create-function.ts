import middy from '@middy/core';
import type { Context, SQSBatchItemFailure, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { type Clock, systemClock } from '../kit/clock.ts';
import { partialBatchFailures, warmCredentials } from './middlewares.ts';
import type { Observer } from './observer.ts';
import { type AwsConfig, createRuntime, type Environment, type Runtime } from './runtime.ts';
import type { Parts } from './wiring.ts';

/** What a function is given from outside; tests and the local stack give other things than Lambda. */
export interface Surroundings {
  readonly environment: Environment;
  readonly observer: Observer;
  readonly aws?: AwsConfig;
  readonly clock?: Clock;
  /** The longest that a function may run; what Lambda allows, unless told. */
  readonly longestRunMs?: number;
}

/** @source AWS Lambda quotas: 900 s */
const lambdaLimitMs = 900_000;

/** What a function does with an event; `deadlineMs` is the epoch time at which it must have answered. */
export type Work<Event, Deps> = (
  event: Event,
  deadlineMs: number,
  runtime: Runtime<Deps>,
) => Promise<SQSBatchItemFailure[]>;

/** Wraps the work of a function for Lambda: logs and metrics, the secret, partial batch failures, the deadline. */
export function createFunction<Event extends object, Deps>(
  { environment, observer, aws = {}, clock = systemClock, longestRunMs = lambdaLimitMs }: Surroundings,
  wire: (parts: Parts) => Deps,
  work: Work<Event, Deps>,
) {
  const runtime = createRuntime(environment, aws, { clock, telemetry: observer.telemetry, longestRunMs }, wire);
  return middy<Event | SQSEvent, SQSBatchResponse | SQSBatchItemFailure[]>()
    .use([...observer.middlewares])
    .use(partialBatchFailures(observer.telemetry))
    .use(warmCredentials(async () => (await runtime()).parts.credentials))
    .handler(async (event, context: Context) => {
      const made = await runtime();
      const reserveMs = made.options['sink.deadline-reserve-ms'];
      return work(event as Event, clock.now() + context.getRemainingTimeInMillis() - reserveMs, made);
    });
}

import middy from '@middy/core';
import type { Context, SQSBatchItemFailure, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { type Clock, systemClock } from '../kit/clock.ts';
import { answerChecks, partialBatchFailures, warmCredentials } from './middlewares.ts';
import type { Observer } from './observer.ts';
import { type AwsConfig, createRuntime, type Environment } from './runtime.ts';
import type { Parts } from './wiring.ts';

/** What a function is given from outside; tests and the local stack give other things than Lambda. */
export interface Surroundings {
  readonly environment: Environment;
  readonly observer: Observer;
  readonly aws?: AwsConfig;
  readonly clock?: Clock;
  /** The longest that a function may run; what Lambda allows, unless told. */
  readonly longestRunMs?: number;
  /** Instead of the file that `sink.routes` names. */
  readonly routes?: unknown;
}

/** @source AWS Lambda quotas: 900 s */
const lambdaLimitMs = 900_000;

/** What a function does with an event; `deadlineMs` is the epoch time at which it must have answered. */
export type Work<Event, Deps> = (event: Event, deadlineMs: number, deps: Deps) => Promise<SQSBatchItemFailure[]>;

/** Makes what is kept over invocations, and then what one of them needs until its deadline. */
export type Wire<Deps> = (parts: Parts) => (deadlineMs: number) => Deps;

/** Wraps the work of a function for Lambda: logs and metrics, the secret, partial batch failures, the deadline. */
export function createFunction<Event extends object, Deps>(
  { environment, observer, aws = {}, clock = systemClock, longestRunMs = lambdaLimitMs, routes }: Surroundings,
  wire: Wire<Deps>,
  work: Work<Event, Deps>,
) {
  const deadlineOf = ({ options }: Parts, context: Context) =>
    clock.now() + context.getRemainingTimeInMillis() - options['sink.deadline-reserve-ms'];
  const runtime = createRuntime(environment, aws, { clock, telemetry: observer.telemetry, longestRunMs, routes }, wire);
  return middy<Event | SQSEvent, SQSBatchResponse | SQSBatchItemFailure[]>()
    .use(
      answerChecks(async (context, { sends }) => {
        const { checkFromHere } = await import('./wire-check.ts');
        const { parts } = await runtime();
        return checkFromHere(parts, deadlineOf(parts, context), { sends });
      }),
    )
    .use([...observer.middlewares])
    .use(partialBatchFailures(observer.telemetry))
    .use(
      warmCredentials(async (context) => {
        const { parts } = await runtime();
        await parts.credentials.read(deadlineOf(parts, context));
      }),
    )
    .handler(async (event, context: Context) => {
      const { parts, wired } = await runtime();
      const deadlineMs = deadlineOf(parts, context);
      return work(event as Event, deadlineMs, wired(deadlineMs));
    });
}

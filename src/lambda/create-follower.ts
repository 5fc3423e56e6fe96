import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { systemClock } from '../kit/clock.ts';
import { SinkError } from '../kit/errors.ts';
import { requireSource, sourceFromVariables } from '../options/source-settings.ts';
import type { Surroundings } from './create-function.ts';
import { type FollowEnd, followUntil } from './follow-until.ts';
import { createRuntime } from './runtime.ts';
import { wireFollow } from './wire-follow.ts';

export interface FollowerSurroundings extends Surroundings {
  /** Invokes the function again, by its name, and does not wait for it. */
  readonly startSuccessor: (functionName: string) => Promise<void>;
}

const lambdaLimitMs = 900_000;
/** How long before the deadline nothing more is read: what is planned is sent in this time. */
const closingMs = 20_000;

/** The variable that names the rows queue. */
const queueVariable = 'STARROCKS_SOURCE_QUEUE_URL';

/**
 * A function that follows a source until shortly before its deadline, lets go of it, and starts its successor, which finds it
 * free. Whoever is started while another follows ends at once.
 */
export function createFollower(surroundings: FollowerSurroundings) {
  const { environment, observer, aws = {}, clock = systemClock, longestRunMs = lambdaLimitMs } = surroundings;
  const { telemetry } = observer;
  const runtime = createRuntime(
    environment,
    aws,
    { clock, telemetry, longestRunMs, routes: surroundings.routes },
    (parts) => (run: { readonly holder: string; readonly deadlineMs: number }) => {
      const queueUrl = environment[queueVariable];
      if (queueUrl === undefined) throw new SinkError('OPTIONS_INVALID', `${queueVariable} is required.`);
      const settings = requireSource(sourceFromVariables(environment));
      return wireFollow(parts, { ...run, settings, queueUrl, aws, waitsForOther: false });
    },
  );
  return middy<object, { readonly ended: FollowEnd }>()
    .use([...observer.middlewares])
    .handler(async (_, context: Context) => {
      const { wired } = await runtime();
      const deadlineMs = clock.now() + context.getRemainingTimeInMillis();
      const loop = wired({ holder: context.awsRequestId, deadlineMs });
      const ended = await followUntil(loop, deadlineMs - Math.min(closingMs, longestRunMs / 4), {
        telemetry,
        flush: observer.flush,
      });
      if (ended === 'time is over') await surroundings.startSuccessor(context.functionName);
      return { ended };
    });
}

/** Starts the successor by the API. One that is not started is started by the schedule, a minute later at the most. */
export const invokeAgain = () => async (functionName: string) => {
  const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
  const client = new LambdaClient({ maxAttempts: 3 });
  try {
    await client.send(new InvokeCommand({ FunctionName: functionName, InvocationType: 'Event', Payload: '{}' }));
  } finally {
    client.destroy();
  }
};

import middy from '@middy/core';
import type { SQSBatchItemFailure, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { systemClock } from '../../src/kit/clock.ts';
import { once } from '../../src/kit/once.ts';
import { partialBatchFailures, warmCredentials } from '../../src/lambda/middlewares.ts';
import { cloudWatch } from '../../src/lambda/observer.ts';
import { credentialsOf, wireIngest } from '../../src/lambda/wiring.ts';
import { requireOptions } from '../../src/options/parse.ts';
import { optionsFromVariables } from '../../src/options/sources.ts';
import { ingest } from '../../src/pipeline/ingest.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What Lambda calls with rows. Options are read, and connections kept, from the first invocation on. */
export function createHandler(environment: Environment, observer = cloudWatch('ingest'), clock = systemClock) {
  const { telemetry, middlewares } = observer;
  const runtime = once(() => {
    const options = requireOptions(optionsFromVariables(environment));
    const credentials = credentialsOf(options, clock);
    return { options, credentials, deps: wireIngest(options, credentials, clock, telemetry) };
  });

  return middy<SQSEvent, SQSBatchResponse | SQSBatchItemFailure[]>()
    .use([...middlewares])
    .use(partialBatchFailures(() => telemetry))
    .use(warmCredentials(() => runtime().credentials))
    .handler(async (event, context) => {
      const { options, deps } = runtime();
      const deadlineMs = clock.now() + context.getRemainingTimeInMillis() - options['sink.deadline-reserve-ms'];
      return ingest(event.Records, deadlineMs, deps);
    });
}

export const handler = createHandler(process.env);

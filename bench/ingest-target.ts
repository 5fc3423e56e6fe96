import type { SQSEvent } from 'aws-lambda';
import { createHandler } from '../functions/ingest/handler.ts';
import { cloudWatch } from '../src/lambda/observer.ts';
import type { RawOptions } from '../src/options/parse.ts';
import { variablesFromOptions } from '../src/options/sources.ts';
import { lambdaContext } from '../test/builders.ts';
import { type EventKind, table } from './events.ts';
import { expectNoFailure } from './handler-answer.ts';
import type { AwsAddresses } from './local-aws.ts';

/**
 * The ingest function as it is deployed, pointed at a frontend. A message that does not load is an error.
 *
 * @in  once: the bucket with which it loads exactly once; more: options beside the usual
 */
export function ingestInto(
  frontend: string,
  kind: EventKind,
  once?: AwsAddresses,
  more: RawOptions = {},
): (event: SQSEvent) => Promise<void> {
  const options = {
    ...{ 'load-url': frontend.replace('http://', ''), username: 'root', password: '' },
    ...{ 'database-name': 'bench', 'table-name': table },
    ...(kind === 'packed CSV' ? { 'sink.properties.format': 'csv' } : {}),
    ...(once ? { 'sink.semantic': 'exactly-once', 'sink.bucket': once.resources.bucket } : {}),
    ...more,
  };
  const surroundings = { environment: variablesFromOptions(options), observer: cloudWatch('ingest') };
  const handler = createHandler(once ? { ...surroundings, aws: once.clientConfig } : surroundings);
  return async (event) => expectNoFailure(await handler(event, lambdaContext()));
}

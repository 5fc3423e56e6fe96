import type { SQSEvent } from 'aws-lambda';
import { createHandler } from '../functions/ingest/handler.ts';
import { cloudWatch } from '../src/lambda/observer.ts';
import { variablesFromOptions } from '../src/options/sources.ts';
import { lambdaContext } from '../test/builders.ts';
import { type EventKind, table } from './events.ts';
import { expectNoFailure } from './handler-answer.ts';

/** The ingest function as it is deployed, pointed at a frontend. A message that does not load is an error. */
export function ingestInto(frontend: string, kind: EventKind): (event: SQSEvent) => Promise<void> {
  const options = {
    ...{ 'load-url': frontend.replace('http://', ''), username: 'root', password: '' },
    ...{ 'database-name': 'bench', 'table-name': table },
    ...(kind === 'packed CSV' ? { 'sink.properties.format': 'csv' } : {}),
  };
  const handler = createHandler({ environment: variablesFromOptions(options), observer: cloudWatch('ingest') });
  return async (event) => expectNoFailure(await handler(event, lambdaContext()));
}

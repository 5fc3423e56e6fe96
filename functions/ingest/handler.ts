import type { SQSEvent } from 'aws-lambda';
import { createFunction, type Surroundings } from '../../src/lambda/create-function.ts';
import { cloudWatch } from '../../src/lambda/observer.ts';
import { wireIngest } from '../../src/lambda/wire-ingest.ts';
import { ingest } from '../../src/pipeline/ingest.ts';

/** What Lambda calls with rows. Options are read, and connections kept, from the first invocation on. */
export const createHandler = (surroundings: Surroundings) =>
  createFunction(surroundings, wireIngest, (event: SQSEvent, deadlineMs, deps) =>
    ingest(event.Records, deadlineMs, deps),
  );

export const handler = createHandler({ environment: process.env, observer: cloudWatch('ingest') });

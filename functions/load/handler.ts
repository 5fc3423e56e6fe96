import type { SQSEvent } from 'aws-lambda';
import { createFunction, type Surroundings } from '../../src/lambda/create-function.ts';
import { cloudWatch } from '../../src/lambda/observer.ts';
import { wireLoad } from '../../src/lambda/wire-load.ts';
import { drain } from '../../src/pipeline/drain.ts';
import { loadSegments } from '../../src/pipeline/load.ts';

/** The schedule's event: receive from the load queue, because rows wait longer than an event source does. */
export interface DrainEvent {
  readonly drain: true;
}

/** What Lambda calls with pointers to segments, or with a drain event. */
export const createHandler = (surroundings: Surroundings) =>
  createFunction(surroundings, wireLoad, (event: SQSEvent | DrainEvent, deadlineMs, deps) =>
    'drain' in event ? drain(deadlineMs, deps) : loadSegments(event.Records, deadlineMs, deps),
  );

export const handler = createHandler({ environment: process.env, observer: cloudWatch('load') });

import { createFunction, type Surroundings } from '../../src/lambda/create-function.ts';
import { cloudWatch } from '../../src/lambda/observer.ts';
import { wireSweep } from '../../src/lambda/wire-sweep.ts';
import { sweep } from '../../src/pipeline/sweep.ts';

/** What Lambda calls every minute; nothing in the event counts. A run beside another does no harm. */
export const createHandler = (surroundings: Surroundings) =>
  createFunction(surroundings, wireSweep, (_: object, _deadlineMs, deps) => sweep(deps));

export const handler = createHandler({ environment: process.env, observer: cloudWatch('sweep') });

import type { Stack } from '../../local/stack.ts';
import type { StatusAsked } from '../status/opened.ts';
import { openConsole } from './open-console.ts';
import type { ConsoleServer } from './server.ts';

type Addresses = Pick<Stack, 'aws' | 'resources' | 'options'>;

/** Where a stack in this process is, as a person would say it. */
export const placeOfStack = ({ aws, resources, options }: Addresses): StatusAsked => ({
  ...{ endpoint: aws.endpoint, bucket: resources.bucket, queueUrl: resources.rowsQueueUrl },
  option: Object.fromEntries(Object.entries(options).map(([name, value]) => [name, String(value)])),
});

/** The console of a stack in this process. */
export const consoleOf = (stack: Addresses): Promise<ConsoleServer> =>
  openConsole({ ...placeOfStack(stack), port: 0, every: 5 }, {});

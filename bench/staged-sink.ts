import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { createHandler as createIngest } from '../functions/ingest/handler.ts';
import { createHandler as createLoad } from '../functions/load/handler.ts';
import { polledQueue } from '../src/aws/polled-queue.ts';
import { cloudWatch } from '../src/lambda/observer.ts';
import type { RawOptions } from '../src/options/parse.ts';
import { variablesFromOptions } from '../src/options/sources.ts';
import { lambdaContext } from '../test/builders.ts';
import { table } from './events.ts';
import { expectNoFailure } from './handler-answer.ts';
import type { AwsAddresses } from './local-aws.ts';

export const semantics = ['at-least-once', 'exactly-once'] as const;
export type Semantic = (typeof semantics)[number];

export interface StagedSink {
  ingest(event: SQSEvent): Promise<void>;
  load(pointers: readonly SQSRecord[]): Promise<void>;
  /** Receives pointers as the event source does, and deletes them: what is loaded must be loaded, or `load` has thrown. */
  receive(count: number): Promise<SQSRecord[]>;
  delete(pointers: readonly SQSRecord[]): Promise<void>;
}

/** As long as Lambda lets a function run. */
const remainingMs = 900_000;

/** Both functions as they are deployed. A message that does not get its way is an error. */
export function createStagedSink(
  frontend: string,
  { clientConfig, resources }: AwsAddresses,
  semantic: Semantic,
  more: RawOptions = {},
): StagedSink {
  const environment = variablesFromOptions({
    ...{ 'load-url': frontend.replace('http://', ''), username: 'root', password: '' },
    ...{ 'database-name': 'bench', 'table-name': table, 'sink.semantic': semantic },
    ...{ 'sink.bucket': resources.bucket, 'sink.load-queue-url': resources.loadQueueUrl },
    ...more,
  });
  const ingest = createIngest({ environment, observer: cloudWatch('ingest'), aws: clientConfig });
  const load = createLoad({ environment, observer: cloudWatch('load'), aws: clientConfig });
  const queue = polledQueue(resources.loadQueueUrl, clientConfig);
  return {
    ingest: async (event) => expectNoFailure(await ingest(event, lambdaContext(remainingMs))),
    load: async (Records) => expectNoFailure(await load({ Records: [...Records] }, lambdaContext(remainingMs))),
    async receive(count) {
      const pointers: SQSRecord[] = [];
      while (pointers.length < count) {
        const received = await queue.receive();
        if (received.length === 0) throw new Error(`Of ${count} pointers ${pointers.length} are in the load queue.`);
        pointers.push(...received);
      }
      return pointers;
    },
    delete: (pointers) => queue.delete(pointers),
  };
}

import { SQSClient } from '@aws-sdk/client-sqs';
import { createHandler as createIngest } from '../functions/ingest/handler.ts';
import { createHandler as createLoad } from '../functions/load/handler.ts';
import { type RawOptions, requireOptions } from '../src/options/parse.ts';
import { variablesFromOptions } from '../src/options/sources.ts';
import type { Telemetry } from '../src/pipeline/telemetry.ts';
import { type InvocationResult, startEventSource } from './aws/event-source.ts';
import { createLocalResources, type LocalResources } from './aws/queues.ts';
import { type AwsOptions, type LocalAws, startAws } from './aws/server.ts';
import { type StarRocksOptions, type StarRocksServer, startStarRocks } from './starrocks/server.ts';

export interface StackOptions {
  /** The sink's options, besides the addresses, which the stack knows itself. */
  readonly options: RawOptions;
  readonly telemetry: Telemetry;
  readonly aws?: AwsOptions;
  readonly starrocks?: StarRocksOptions;
  readonly fifo?: boolean;
  /** How long the event source gathers a batch; none on FIFO queues. 1000 unless told. */
  readonly windowMs?: number;
  readonly maxConcurrency?: number;
  readonly visibilityTimeoutSeconds?: number;
  readonly onResult?: (result: InvocationResult) => void;
}

/** The whole system in one process, on 127.0.0.1: queues and bucket, the functions behind their event sources, StarRocks. */
export interface Stack {
  readonly aws: LocalAws;
  readonly starrocks: StarRocksServer;
  readonly resources: LocalResources;
  /** Resolves when no message waits and none is under way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const functionTimeoutMs = 60_000;

/** @throws SinkError OPTIONS_INVALID, before anything is started */
export async function startStack(setup: StackOptions): Promise<Stack> {
  const fixed = { username: 'root', password: '', ...setup.options };
  requireOptions({ 'load-url': 'fe:8030', 'sink.bucket': 'made-later', ...fixed });
  const [aws, starrocks] = await Promise.all([startAws(setup.aws), startStarRocks(setup.starrocks)]);
  const { fifo = false, windowMs = 1000, maxConcurrency = 2, visibilityTimeoutSeconds = 30, onResult } = setup;
  const resources = await createLocalResources(aws.endpoint, { fifo, visibilityTimeoutSeconds });
  const client = new SQSClient(aws.clientConfig);
  const addresses = {
    'load-url': starrocks.loadUrl,
    'jdbc-url': starrocks.jdbcUrl,
    'sink.bucket': resources.bucket,
    'sink.load-queue-url': resources.loadQueueUrl,
  };
  const surroundings = {
    environment: variablesFromOptions({ ...addresses, ...fixed }),
    observer: { telemetry: setup.telemetry, middlewares: [] },
    aws: aws.clientConfig,
  };
  const [ingest, load] = [createIngest(surroundings), createLoad(surroundings)];
  const source = {
    ...{ client, maxConcurrency, functionTimeoutMs },
    ...(fifo ? {} : { batchSize: 10_000, windowMs }),
    ...(onResult ? { onResult } : {}),
  };
  const rows = await startEventSource({
    ...source,
    queueUrl: resources.rowsQueueUrl,
    handler: (event, context) => ingest(event, context),
  });
  const segments = await startEventSource({
    ...source,
    queueUrl: resources.loadQueueUrl,
    handler: (event, context) => load(event, context),
  });
  return {
    ...{ aws, starrocks, resources },
    async idle() {
      await rows.idle();
      await segments.idle();
    },
    async close() {
      await Promise.all([rows.stop(), segments.stop()]);
      client.destroy();
      await Promise.all([aws.close(), starrocks.close()]);
    },
  };
}

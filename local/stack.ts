import { SQSClient } from '@aws-sdk/client-sqs';
import { createHandler } from '../functions/ingest/handler.ts';
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

/** The whole system in one process, on 127.0.0.1: queues and bucket, the function behind its event source, StarRocks. */
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
  requireOptions({ 'load-url': 'fe:8030', ...fixed });
  const [aws, starrocks] = await Promise.all([startAws(setup.aws), startStarRocks(setup.starrocks)]);
  const { fifo = false, windowMs = 1000, maxConcurrency = 2, visibilityTimeoutSeconds = 30, onResult } = setup;
  const resources = await createLocalResources(aws.endpoint, { fifo, visibilityTimeoutSeconds });
  const client = new SQSClient(aws.clientConfig);
  const addresses = { 'load-url': starrocks.loadUrl, 'jdbc-url': starrocks.jdbcUrl };
  const handler = createHandler(variablesFromOptions({ ...addresses, ...fixed }), {
    telemetry: setup.telemetry,
    middlewares: [],
  });
  const rows = await startEventSource({
    ...{ client, queueUrl: resources.rowsQueueUrl, maxConcurrency, functionTimeoutMs },
    handler: (event, context) => handler(event, context),
    ...(fifo ? {} : { batchSize: 10_000, windowMs }),
    ...(onResult ? { onResult } : {}),
  });
  return {
    ...{ aws, starrocks, resources },
    idle: () => rows.idle(),
    async close() {
      await rows.stop();
      client.destroy();
      await Promise.all([aws.close(), starrocks.close()]);
    },
  };
}

import { type RawOptions, requireOptions } from '../src/options/parse.ts';
import { requireRoutes } from '../src/options/parse-routes.ts';
import { createLocalResources, type LocalResources } from './aws/queues.ts';
import { type AwsOptions, type LocalAws, startAws } from './aws/server.ts';
import { type FunctionsOptions, type LocalFunctions, startFunctions, withRoutes } from './functions.ts';
import { type StarRocksOptions, type StarRocksServer, startStarRocks } from './starrocks/server.ts';

export interface StackOptions extends Omit<FunctionsOptions, 'aws' | 'resources' | 'measure'> {
  /** The sink's options, besides the addresses, which the stack knows itself. */
  readonly options: RawOptions;
  readonly aws?: AwsOptions;
  readonly starrocks?: StarRocksOptions;
  readonly fifo?: boolean;
  /** Of both queues; 30 unless told. */
  readonly visibilityTimeoutSeconds?: number;
  /** Receives after which a message goes to the dead letters; 5 unless told. */
  readonly maxReceiveCount?: number;
}

/** The whole system in one process, on 127.0.0.1: queues and bucket, the functions behind their event sources, StarRocks. */
export interface Stack extends Pick<LocalFunctions, 'drain' | 'sweep' | 'idle'> {
  readonly aws: LocalAws;
  readonly starrocks: StarRocksServer;
  readonly resources: LocalResources;
  /** The sink's options, addresses included. */
  readonly options: RawOptions;
  close(): Promise<void>;
}

/** @throws SinkError OPTIONS_INVALID, before anything is started */
export async function startStack(setup: StackOptions): Promise<Stack> {
  const fixed = { username: 'root', password: '', ...setup.options };
  const known = requireOptions(
    withRoutes(
      { 'load-url': 'fe:8030', 'jdbc-url': 'jdbc:mysql://fe:9030', 'sink.bucket': 'made-later', ...fixed },
      setup.routes,
    ),
  );
  requireRoutes(setup.routes, known);
  const [aws, starrocks] = await startBoth(setup);
  const { fifo = false, visibilityTimeoutSeconds = 30, maxReceiveCount = 5 } = setup;
  const closeServers = () => Promise.all([aws.close(), starrocks.close()]);
  const orClose = <T>(starting: Promise<T>): Promise<T> =>
    starting.catch(async (error: unknown) => {
      await closeServers();
      throw error;
    });
  const wanted = { fifo, visibilityTimeoutSeconds, maxReceiveCount };
  const resources = await orClose(createLocalResources(aws.endpoint, wanted));
  const options = { ...addressesOf(starrocks, resources), ...fixed };
  const measure: FunctionsOptions['measure'] = (fn, metric, value) => aws.metrics.count(fn, metric, value);
  const functions = await orClose(startFunctions({ ...setup, options, aws: aws.clientConfig, resources, measure }));
  return {
    ...{ aws, starrocks, resources, options },
    drain: () => functions.drain(),
    sweep: () => functions.sweep(),
    idle: () => functions.idle(),
    async close() {
      await functions.stop();
      await closeServers();
    },
  };
}

/** Both, or neither: what runs alone would keep the process alive, and its ports. */
async function startBoth(setup: StackOptions): Promise<readonly [LocalAws, StarRocksServer]> {
  const [aws, starrocks] = await Promise.allSettled([startAws(setup.aws), startStarRocks(setup.starrocks)]);
  if (aws.status === 'fulfilled' && starrocks.status === 'fulfilled') return [aws.value, starrocks.value];
  const started = [aws, starrocks].filter((each) => each.status === 'fulfilled');
  await Promise.all(started.map(({ value }) => value.close()));
  throw [aws, starrocks].find((each) => each.status === 'rejected')?.reason;
}

/** The options that only a running stack knows. */
export const addressesOf = (starrocks: StarRocksServer, resources: LocalResources): RawOptions => ({
  'load-url': starrocks.loadUrl,
  'jdbc-url': starrocks.jdbcUrl,
  'sink.bucket': resources.bucket,
  'sink.load-queue-url': resources.loadQueueUrl,
});

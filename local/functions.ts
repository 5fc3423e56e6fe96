import { SQSClient } from '@aws-sdk/client-sqs';
import { createHandler as createIngest } from '../functions/ingest/handler.ts';
import { createHandler as createLoad } from '../functions/load/handler.ts';
import { createHandler as createSweep } from '../functions/sweep/handler.ts';
import { systemClock } from '../src/kit/clock.ts';
import type { Surroundings } from '../src/lambda/create-function.ts';
import { longestWindowMs } from '../src/lambda/wire-ingest.ts';
import type { Metric } from '../src/options/metric-names.ts';
import { type RawOptions, requireOptions } from '../src/options/parse.ts';
import { requireRoutes } from '../src/options/parse-routes.ts';
import { usesExactlyOnce } from '../src/options/route-options.ts';
import { variablesFromOptions } from '../src/options/sources.ts';
import type { Telemetry } from '../src/telemetry.ts';
import type { LocalClientConfig } from './aws/client-config.ts';
import { type EventSourceOptions, type InvocationResult, startEventSource } from './aws/event-source.ts';
import { invokeOnce } from './aws/event-source-invoke.ts';
import type { LocalResources } from './aws/queues.ts';

type FunctionName = 'ingest' | 'load' | 'sweep';

export interface FunctionsOptions {
  /** The sink's options, with every address. */
  readonly options: RawOptions;
  /** As they stand in sink.json. */
  readonly routes?: unknown;
  readonly aws: LocalClientConfig;
  readonly resources: Pick<LocalResources, 'rowsQueueUrl' | 'loadQueueUrl'>;
  /** Of all functions, or of each. */
  readonly telemetry: Telemetry | ((fn: FunctionName) => Telemetry);
  /** Hears what each function counts, beside its telemetry. */
  readonly measure?: ((fn: FunctionName, metric: Metric, value: number) => void) | undefined;
  /** How long an event source gathers a batch; none on FIFO queues. 1000 unless told. */
  readonly windowMs?: number | undefined;
  readonly maxConcurrency?: number | undefined;
  /** The longest that a function may run. 60,000 unless told. */
  readonly functionTimeoutMs?: number | undefined;
  /** As of the event sources: for tests. */
  readonly redeliversAtOnce?: boolean | undefined;
  /** How often the sweep runs, with exactly-once. 60,000 unless told. */
  readonly sweepEveryMs?: number | undefined;
  readonly onResult?: ((result: InvocationResult) => void) | undefined;
}

/** The functions behind their event sources and schedules, in this process. */
export interface LocalFunctions {
  /** Invokes the load function as the schedule does where rows wait longer than an event source can. */
  drain(): Promise<void>;
  /** Runs the sweep once, as its schedule does every minute. */
  sweep(): Promise<void>;
  /** Resolves when no message waits and none is under way. Pointers that wait for a drain are not counted. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** The functions are given the routes themselves; what is checked is whether there is a table to fill. */
export const withRoutes = (options: RawOptions, routes: unknown): RawOptions =>
  routes === undefined ? options : { 'sink.routes': 'given', ...options };

/** Calls of each function are signed as its own, as they are by its role in AWS. */
const as = (fn: string, aws: LocalClientConfig): LocalClientConfig => ({
  ...aws,
  credentials: { ...aws.credentials, accessKeyId: fn },
});

export async function startFunctions(setup: FunctionsOptions): Promise<LocalFunctions> {
  const { aws, resources, onResult } = setup;
  const { windowMs = 1000, maxConcurrency = 2, functionTimeoutMs = 60_000, sweepEveryMs = 60_000 } = setup;
  const { redeliversAtOnce = false } = setup;
  const options = withRoutes(setup.options, setup.routes);
  const surroundingsOf = (fn: FunctionName): Surroundings => ({
    environment: variablesFromOptions(options),
    routes: setup.routes,
    observer: { telemetry: telemetryOf(fn, setup), middlewares: [] },
    aws: as(fn, aws),
    longestRunMs: functionTimeoutMs,
  });
  const [ingest, load] = [createIngest(surroundingsOf('ingest')), createLoad(surroundingsOf('load'))];
  const sweep = createSweep(surroundingsOf('sweep'));
  // Lambda reads a queue by the rights of its function.
  const pollers = { ingest: new SQSClient(as('ingest', aws)), load: new SQSClient(as('load', aws)) };
  const source = (fn: keyof typeof pollers, queueUrl: string, handler: EventSourceOptions['handler']) =>
    startEventSource({
      ...{ client: pollers[fn], queueUrl, handler, maxConcurrency, functionTimeoutMs, redeliversAtOnce },
      ...(queueUrl.endsWith('.fifo') ? {} : { batchSize: 10_000, windowMs }),
      ...(onResult ? { onResult } : {}),
    });
  const bySchedule = async (handler: EventSourceOptions['handler']) => {
    const invocation = { handler, functionTimeoutMs, reportBatchItemFailures: false, clock: systemClock };
    const { error } = await invokeOnce(invocation, { Records: [] }, []);
    if (error !== undefined) throw error;
  };
  const runSweep = () => bySchedule((event, context) => sweep(event, context));
  const parsed = requireOptions(options);
  const isScheduled = parsed['sink.buffer-flush.interval-ms'] > longestWindowMs;
  const sources = [
    await source('ingest', resources.rowsQueueUrl, (event, context) => ingest(event, context)),
    ...(isScheduled ? [] : [await source('load', resources.loadQueueUrl, (event, context) => load(event, context))]),
  ];
  // One that fails has said so by its telemetry, and is followed by the next.
  const sweeping = usesExactlyOnce(parsed, requireRoutes(setup.routes, parsed))
    ? setInterval(() => void runSweep().catch(() => undefined), sweepEveryMs).unref()
    : undefined;
  return {
    drain: () => bySchedule((_, context) => load({ drain: true }, context)),
    sweep: runSweep,
    async idle() {
      for (const each of sources) await each.idle();
    },
    async stop() {
      clearInterval(sweeping);
      await Promise.all(sources.map((each) => each.stop()));
      for (const client of Object.values(pollers)) client.destroy();
    },
  };
}

function telemetryOf(
  fn: FunctionName,
  { telemetry, measure }: Pick<FunctionsOptions, 'telemetry' | 'measure'>,
): Telemetry {
  const told = typeof telemetry === 'function' ? telemetry(fn) : telemetry;
  return {
    event: (level, message, fields) => told.event(level, message, fields),
    count(metric, value) {
      measure?.(fn, metric, value);
      told.count(metric, value);
    },
  };
}

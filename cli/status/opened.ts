import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { SQSClient } from '@aws-sdk/client-sqs';
import { s3ObjectStore } from '../../src/aws/s3-object-store.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { SinkError } from '../../src/kit/errors.ts';
import { createRuntime } from '../../src/lambda/runtime.ts';
import { wireLedger } from '../../src/lambda/wire-ledger.ts';
import type { ObjectStore } from '../../src/object-store.ts';
import type { RawOptions } from '../../src/options/parse.ts';
import { variablesFromOptions } from '../../src/options/sources.ts';
import type { SinkOptions } from '../../src/options/table.ts';
import { openQueryPort, type QueryPort } from '../../src/starrocks/query-port.ts';
import { isHere } from '../aws-access.ts';
import { deployedOptions } from '../deployed-options.ts';
import { findPlace, type Place, type PlaceAsked } from '../place.ts';
import type { KnownDeps } from '../redrive/known.ts';
import { createMeasurements, type Measurements } from './measured.ts';

export interface StatusAsked extends PlaceAsked {
  readonly config?: string | undefined;
  readonly option?: Readonly<Record<string, string>> | undefined;
}

/** What can be reached of a sink, by what was said of it. */
export interface Opened {
  readonly place: Place;
  readonly sqs: SQSClient;
  readonly measurements: Measurements;
  /** The bucket, if it is known. */
  readonly objects: ObjectStore | undefined;
  readonly loadQueueUrl: string | undefined;
  /** StarRocks and the options, where options are given. */
  readonly starrocks: { readonly options: SinkOptions; readonly known: KnownDeps['transactions'] } | undefined;
  /** Connects to the query port. @out  undefined: no jdbc-url is given */
  readonly openPort: () => Promise<QueryPort | undefined>;
  close(): void;
}

/** StarRocks and AWS are waited for so long. */
export const patienceMs = 30_000;

/** Stands for StarRocks where nobody said where it is. */
export const notAsked: KnownDeps['transactions'] = {
  labelState: () => Promise.reject(new Error('no load-url is given')),
};

/** CloudWatch has a new number each minute, and is paid by the question; what is on this machine costs nothing. */
const measuredFreshMs = 60_000;

const silent = { event: () => undefined, count: () => undefined };

/** @throws SinkError OPTIONS_INVALID */
export async function openStatus(
  asked: StatusAsked,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Opened> {
  const place = await findPlace(asked, env);
  const { options: deployed, routes } = deployedOptions(asked.config, env);
  const bucket = place.bucket ?? textIn(deployed, 'sink.bucket');
  const options: RawOptions = {
    ...deployed,
    ...asked.option,
    ...(bucket === undefined ? {} : { 'sink.bucket': bucket }),
  };
  const isAnythingNamed = [bucket, place.rowsQueueUrl, options['sink.load-queue-url'], options['load-url']].some(
    Boolean,
  );
  if (!isAnythingNamed)
    throw new SinkError(
      'OPTIONS_INVALID',
      'Nothing is named to look at: give --stack, --queue-url, --bucket or --config.',
    );
  const sqs = new SQSClient(place.aws);
  const cloudWatch = new CloudWatchClient(place.aws);
  const isLocal = asked.endpoint !== undefined && isHere(asked.endpoint);
  const settings = { clock: systemClock, telemetry: silent, longestRunMs: patienceMs, routes };
  const isTold = options['load-url'] !== undefined;
  const runtime = isTold
    ? await createRuntime(variablesFromOptions(options), place.aws, settings, wireLedger)()
    : undefined;
  return {
    ...{ place, sqs },
    measurements: createMeasurements(cloudWatch, isLocal ? 0 : measuredFreshMs),
    objects: bucket === undefined ? undefined : s3ObjectStore(bucket, place.aws),
    loadQueueUrl: textIn(options, 'sink.load-queue-url') ?? place.outputs['LoadQueueUrl'],
    starrocks: runtime && { options: runtime.parts.options, known: runtime.wired.transactions },
    async openPort() {
      const { parts } = runtime ?? {};
      const jdbcUrl = parts?.options['jdbc-url'];
      if (parts === undefined || jdbcUrl === undefined) return undefined;
      const { username, password } = await parts.credentials.read(systemClock.now() + patienceMs);
      return openQueryPort({ jdbcUrl, user: username, password, timeoutMs: parts.options['sink.connect.timeout-ms'] });
    },
    close() {
      sqs.destroy();
      cloudWatch.destroy();
    },
  };
}

const textIn = (options: RawOptions, name: string): string | undefined => {
  const value = options[name];
  return value === undefined || value === null ? undefined : String(value);
};

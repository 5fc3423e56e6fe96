import { readFile } from 'node:fs/promises';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { SQSClientConfig } from '@aws-sdk/client-sqs';
import { pointersWhenNeeded, queueWhenNeeded, storeWhenNeeded, type WhenNeeded } from '../aws/when-needed.ts';
import { SinkError } from '../kit/errors.ts';
import { once } from '../kit/once.ts';
import type { ObjectStore, VersionedObjects } from '../object-store.ts';
import { compileRoutes, type Routes } from '../options/compile-routes.ts';
import { requireOptions } from '../options/parse.ts';
import { requireRoutes } from '../options/parse-routes.ts';
import { optionsFromVariables } from '../options/sources.ts';
import type { SinkOptions } from '../options/table.ts';
import { credentialsOf, type Parts } from './wiring.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What both SDK clients take: on AWS nothing, on one machine an endpoint. */
export type AwsConfig = S3ClientConfig & SQSClientConfig;

export interface Runtime<Wired> {
  readonly parts: Parts;
  readonly wired: Wired;
}

/**
 * Reads the options and makes what a function needs, at its first invocation; kept for all later ones. The clients of S3 and SQS are
 * imported by the first call that needs them.
 *
 * @throws SinkError OPTIONS_INVALID, naming every problem, from the function that is returned
 */
export function createRuntime<Wired>(
  environment: Environment,
  aws: AwsConfig,
  given: Pick<Parts, 'clock' | 'telemetry' | 'longestRunMs'> & { readonly routes?: unknown },
  wire: (parts: Parts) => Wired,
): () => Promise<Runtime<Wired>> {
  return once(async () => {
    const options = requireOptions(optionsFromVariables(environment));
    const routes = await routesOf(options, given.routes);
    const { 'sink.bucket': bucket, 'sink.load-queue-url': loadQueueUrl } = options;
    const buckets = [...(bucket === undefined ? [] : [bucket]), ...options['sink.payload.buckets']];
    const openBucket = buckets.length === 0 ? undefined : bucketOpener(aws);
    const postponer = once(async () => (await import('../aws/visibility.ts')).visibility(aws));
    const [polled, pointers, question] =
      loadQueueUrl === undefined
        ? []
        : [
            queueWhenNeeded(async () => (await import('../aws/polled-queue.ts')).polledQueue(loadQueueUrl, aws)),
            pointersWhenNeeded(async () => (await import('../aws/load-queue.ts')).loadQueue(loadQueueUrl, aws)),
            async () => (await import('../aws/load-queue.ts')).loadQueueQuestion(loadQueueUrl, aws),
          ];
    const parts: Parts = {
      ...given,
      options,
      routes,
      memoryBytes: memoryOf(environment),
      credentials: credentialsOf(options, given.clock),
      prepareObjects: () => (bucket === undefined ? undefined : openBucket?.(bucket).prepare()),
      reach(untilMs) {
        const timeLeft = () => untilMs - given.clock.now();
        return {
          objects: bucket === undefined ? undefined : openBucket?.(bucket).until(timeLeft),
          postpone: async (records, seconds) => (await postponer()).until(timeLeft)(records, seconds),
          payloads: openBucket && { buckets, own: bucket, bucket: (name) => openBucket(name).until(timeLeft) },
          queue: polled?.until(timeLeft),
          sendPointer: pointers?.until(timeLeft),
          askToSend: question && (async () => (await question()).until(timeLeft)()),
        };
      },
    };
    return { parts, wired: wire(parts) };
  });
}

/** @throws SinkError OPTIONS_INVALID: the file cannot be read, or every problem of the routes */
async function routesOf(options: SinkOptions, given: unknown): Promise<Routes> {
  const path = options['sink.routes'];
  const raw = given === undefined && path !== undefined ? await readRoutes(path) : given;
  return compileRoutes(requireRoutes(raw, options), options);
}

async function readRoutes(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    const found =
      cause instanceof SyntaxError ? 'is not JSON' : `cannot be read (${(cause as NodeJS.ErrnoException).code})`;
    throw new SinkError('OPTIONS_INVALID', `sink.routes: ${path} ${found}.`, { cause });
  }
}

/** On Lambda the function's memory in MiB is told; elsewhere as much is counted on as a small function has. */
function memoryOf(environment: Environment): number {
  const told = Number(environment['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']);
  return (told > 0 ? told : 512) * 1024 ** 2;
}

function bucketOpener(aws: AwsConfig): (name: string) => WhenNeeded<ObjectStore & VersionedObjects> {
  const opened = new Map<string, WhenNeeded<ObjectStore & VersionedObjects>>();
  return (name) => {
    const store =
      opened.get(name) ??
      storeWhenNeeded(async () => (await import('../aws/s3-object-store.ts')).s3ObjectStore(name, aws));
    opened.set(name, store);
    return store;
  };
}

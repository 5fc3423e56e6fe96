import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { SQSRecord } from 'aws-lambda';
import { loadNodeOptions } from '../infra/node-options.ts';
import { bundleFunctions } from '../scripts/build.ts';
import { variablesFromOptions } from '../src/options/sources.ts';
import { segmentKey, writePointer } from '../src/rows/segment.ts';
import { sqsRecord } from '../test/builders.ts';
import { runInProcess } from './child.ts';
import { eventOf, table } from './events.ts';
import { formatMegabytes, type Line } from './lines.ts';
import { type LocalAws, startLocalAws } from './local-aws.ts';
import { startNullSink } from './sink-process.ts';
import { type Semantic, semantics } from './staged-sink.ts';

const bytesPerRow = 200;
const mostBytes = 200e6;
/** What a first batch leaves behind: compiled code, connections. What is kept for each load would be more in 10 GB. */
const mostKept = 4e6;
/** Segments that are told apart: the local S3 holds each in memory. */
const mostObjects = 32;
/** The most that `sink.buffer-flush.max-rows` may be: what has more becomes several loads of one invocation. */
const mostRows = 5_000_000;

interface LoadPeak {
  /** Bytes of the largest resident set. */
  readonly peak: number;
  /** The same, after modules, and the code of one small load, were loaded. */
  readonly before: number;
  /** Bytes that are still there after garbage was collected, over what was there before. */
  readonly kept: number;
}

/** What Lambda does: it imports the bundle, and hands it events. No TypeScript is read by the process that is measured. */
const program = `
import { readFileSync } from 'node:fs';
import { handler } from './load/handler.mjs';
const records = JSON.parse(readFileSync(process.env.POINTERS, 'utf8'));
const load = async (Records) => {
  const { batchItemFailures } = await handler({ Records }, { getRemainingTimeInMillis: () => 900_000 });
  if (batchItemFailures.length > 0) throw new Error('Pointers were given back.');
};
await load(records.slice(0, 1));
const before = process.memoryUsage.rss();
// Buffers are freed beside the collection, and what holds them ends in later turns.
const held = async () => {
  for (let turn = 0; turn < 10; turn++) {
    gc();
    await new Promise(setImmediate);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};
const heldBefore = await held();
await load(records.slice(1));
process.send({ peak: process.resourceUsage().maxRSS * 1024, before, kept: (await held()) - heldBefore });
process.disconnect();`;

/**
 * Memory of the load function, as it is deployed: what many segments take as one batch, which must not depend on how many they are.
 *
 * @in  gigabytes: above one, so many are loaded by one invocation, too
 */
export async function benchLoadMemory({ gigabytes }: { readonly gigabytes: number }): Promise<readonly Line[]> {
  const lines: Line[] = [];
  using folder = mkdtempDisposableSync(join(tmpdir(), 'bench-'));
  await bundleFunctions(folder.path);
  writeFileSync(join(folder.path, 'load-many.mjs'), program);
  using sink = await startNullSink({ bytesPerRow });
  using aws = await startLocalAws();
  const stage = await createStage(aws);
  for (const size of [0.1, 1, ...(gigabytes > 1 ? [gigabytes] : [])]) {
    for (const semantic of semantics) {
      const { records, maxBytes, maxRows } = await stage(size * 1e9);
      const pointers = join(folder.path, 'pointers.json');
      writeFileSync(pointers, JSON.stringify(records));
      const takenBefore = await sink.taken();
      const { peak, before, kept } = await runInProcess<LoadPeak>(
        pathToFileURL(join(folder.path, 'load-many.mjs')),
        [],
        {
          ...environmentOf(sink.frontend, aws, semantic, { maxBytes, maxRows }),
          POINTERS: pointers,
        },
      );
      const taken = (await sink.taken()).bytes - takenBefore.bytes;
      if (taken < maxBytes) throw new Error(`The null sink took ${taken} bytes.`);
      lines.push({
        what: `load, peak memory, ${semantic}: a batch of ${formatMegabytes(maxBytes)}`,
        measured: `${formatMegabytes(peak)} (${formatMegabytes(peak - before)} over what it was before)`,
        against: `${formatMegabytes(mostBytes)}: allowed`,
        ratio: peak / mostBytes,
        target: { below: 1 },
      });
      lines.push({
        what: `load, kept after collection, ${semantic}: a batch of ${formatMegabytes(maxBytes)}`,
        measured: formatMegabytes(kept),
        against: `${formatMegabytes(mostKept)}: allowed`,
        ratio: kept / mostKept,
        target: { below: 1 },
      });
    }
  }
  return lines;
}

const environmentOf = (
  frontend: string,
  { clientConfig, resources }: LocalAws,
  semantic: Semantic,
  { maxBytes, maxRows }: Pick<Staged, 'maxBytes' | 'maxRows'>,
) => ({
  ...variablesFromOptions({
    ...{ 'load-url': frontend.replace('http://', ''), username: 'root', password: '' },
    ...{ 'database-name': 'bench', 'table-name': table, 'sink.semantic': semantic },
    ...{ 'sink.bucket': resources.bucket, 'sink.load-queue-url': resources.loadQueueUrl },
    ...{ 'sink.buffer-flush.max-bytes': maxBytes, 'sink.buffer-flush.max-rows': maxRows },
  }),
  ...{ AWS_ENDPOINT_URL: clientConfig.endpoint, AWS_REGION: clientConfig.region },
  ...{ AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', NODE_OPTIONS: loadNodeOptions },
});

interface Staged {
  /** The first is loaded alone, before anything is measured. */
  readonly records: readonly SQSRecord[];
  /** All segments but the first become one batch, or as few as can be. */
  readonly maxBytes: number;
  readonly maxRows: number;
}

/** Segments stand in the bucket. Pointers have names of their own, and several may lead to one object. */
async function createStage({ clientConfig, resources }: LocalAws) {
  const rows = (await eventOf('packed JSON', bytesPerRow)).rows;
  const body = Buffer.from(rows.join(','));
  const destination = { database: 'bench', table, headers: { format: 'json', strip_outer_array: 'true' } };
  const facts = { destination, rows: rows.length, bytes: body.length, compression: 'none' } as const;
  const s3 = new S3Client(clientConfig);
  const keys: string[] = [];
  let names = 0;
  return async (bytes: number): Promise<Staged> => {
    const inBatch = Math.round(bytes / body.length);
    while (keys.length < mostObjects) {
      const Key = segmentKey(destination, `bench-${keys.length}`, 'none');
      await s3.send(new PutObjectCommand({ Bucket: resources.bucket, Key, Body: body }));
      keys.push(Key);
    }
    // One more than the batch has: it is loaded first.
    const records = Array.from({ length: inBatch + 1 }, (_, index) => {
      const pointer = writePointer({ ...facts, id: `bench-${names++}`, key: keys[index % mostObjects] ?? '' });
      return sqsRecord({ messageId: `m${index}`, body: pointer });
    });
    return { records, maxBytes: inBatch * (body.length + 1) + 1, maxRows: Math.min(inBatch * rows.length, mostRows) };
  };
}

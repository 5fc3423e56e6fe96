import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { segmentKey, writePointer } from '../src/rows/segment.ts';
import { runInProcess } from './child.ts';
import { eventOf, table } from './events.ts';
import { formatMegabytes, type Line } from './lines.ts';
import { type LocalAws, startLocalAws } from './local-aws.ts';
import { startNullSink } from './sink-process.ts';
import { semantics } from './staged-sink.ts';

const bytesPerRow = 200;
const mostBytes = 256e6;

/** What the process that loads is told, and what it tells: bytes of its resident set. */
export interface LoadSetup {
  readonly frontend: string;
  readonly aws: Pick<LocalAws, 'clientConfig' | 'resources'>;
  readonly semantic: (typeof semantics)[number];
  /** Bodies of messages: the first is loaded alone, before anything is measured. */
  readonly pointers: readonly string[];
  /** All segments but the first become one batch. */
  readonly maxBytes: number;
  readonly maxRows: number;
}

export interface LoadPeak {
  readonly peak: number;
  /** After modules, and the code of one small load, were loaded. */
  readonly before: number;
}

/** Memory of a process that loads segments as one batch: 1 GB must not take more of it than 100 MB. */
export async function benchLoadMemory(): Promise<readonly Line[]> {
  const lines: Line[] = [];
  using sink = await startNullSink({ bytesPerRow });
  using aws = await startLocalAws();
  const stage = await createStage(aws);
  for (const gigabytes of [0.1, 1]) {
    for (const semantic of semantics) {
      const staged = await stage(gigabytes * 1e9);
      const setup: LoadSetup = {
        ...{ frontend: sink.frontend, semantic, ...staged },
        aws: { clientConfig: aws.clientConfig, resources: aws.resources },
      };
      const takenBefore = await sink.taken();
      const { peak, before } = await runInProcess<LoadPeak>(new URL('./load-memory-process.ts', import.meta.url), [
        JSON.stringify(setup),
      ]);
      const taken = (await sink.taken()).bytes - takenBefore.bytes;
      if (taken < staged.maxBytes) throw new Error(`The null sink took ${taken} bytes.`);
      lines.push({
        what: `load, peak memory, ${semantic}: a batch of ${formatMegabytes(staged.maxBytes)}`,
        measured: `${formatMegabytes(peak)} (${formatMegabytes(peak - before)} over what it was before)`,
        against: `${formatMegabytes(mostBytes)}: allowed`,
        ratio: peak / mostBytes,
        target: { below: 1 },
      });
    }
  }
  return lines;
}

type Staged = Pick<LoadSetup, 'pointers' | 'maxBytes' | 'maxRows'>;

/** Segments stand in the bucket, each an object of its own. A later batch points at the same objects by other names. */
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
    // One more than the batch has: it is loaded first.
    while (keys.length <= inBatch) {
      const Key = segmentKey(destination, `bench-${keys.length}`, 'none');
      await s3.send(new PutObjectCommand({ Bucket: resources.bucket, Key, Body: body }));
      keys.push(Key);
    }
    const pointers = keys.map((key) => writePointer({ ...facts, id: `bench-${names++}`, key }));
    return { pointers, maxBytes: inBatch * (body.length + 1) + 1, maxRows: inBatch * rows.length };
  };
}

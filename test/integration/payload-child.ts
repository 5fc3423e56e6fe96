import { s3ObjectStore } from '../../src/aws/s3-object-store.ts';
import { decodeAnywhere } from '../../src/messages/payload.ts';
import { sqsRecord } from '../builders.ts';

export interface ReadRequest {
  readonly config: object;
  readonly bucket: string;
  readonly key: string;
}

export interface ReadResult {
  readonly rows: number;
  readonly bytes: number;
  /** How much the process grew beyond what it was, at its largest. */
  readonly growthBytes: number;
}

/** Reads a payload twice, as the sink does: to count, and to send. A process of its own, so that its memory tells. */
process.once('message', async ({ config, bucket, key }: ReadRequest) => {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 5);
  const store = s3ObjectStore(bucket, config);
  const body = JSON.stringify([
    'software.amazon.payloadoffloading.PayloadS3Pointer',
    { s3BucketName: bucket, s3Key: key },
  ]);
  const decoded = await decodeAnywhere(
    sqsRecord({ body, attributes: { ExtendedPayloadSize: '80000000' } }),
    { maxInflatedBytes: 1024 ** 2, defaultFormat: undefined, csv: { columnSeparator: '\t', rowDelimiter: '\n' } },
    { buckets: [bucket], bucket: () => store },
  );
  if (!decoded.ok) throw new Error(decoded.rejection.detail);
  let bytes = 0;
  for await (const piece of decoded.chunks[0].source?.() ?? []) bytes += piece.byteLength;
  clearInterval(timer);
  const result: ReadResult = { rows: decoded.chunks[0].rows, bytes, growthBytes: most - before };
  process.send?.(result, () => process.exit(0));
});

import type { SQSRecord } from 'aws-lambda';
import * as v from 'valibot';
import { bucketPrefixes } from '../kit/bucket-prefixes.ts';
import type { ObjectStore, VersionedObjects } from '../object-store.ts';
import type { Rejection } from '../rows/chunk.ts';
import { textProblem } from './attributes.ts';

/** The attribute that says that a body is a pointer, and how many UTF-8 bytes the body has that it points to. */
export const sizeAttribute = 'ExtendedPayloadSize';
const legacySizeAttribute = 'SQSLargePayloadSize';
/** What Amazon's libraries call a pointer. */
export const pointerClass = 'software.amazon.payloadoffloading.PayloadS3Pointer';
const legacyPointerClass = 'com.amazon.sqs.javamessaging.MessageS3Pointer';

/** Where the body of a message stands that was too large for SQS. */
export interface PayloadPointer {
  readonly bucket: string;
  readonly key: string;
  /** UTF-8 bytes, as the sender says. */
  readonly bytes: number;
}

/** Buckets that a pointer may name; `own` is the sink's, which holds more than payloads. */
export interface PayloadPlaces {
  readonly buckets: readonly string[];
  readonly own?: string | undefined;
}

/** Where bodies may stand, and how they are read. */
export interface Payloads extends PayloadPlaces {
  readonly bucket: (name: string) => Pick<ObjectStore, 'open'> & VersionedObjects;
}

const pointerSchema = v.tuple([
  v.picklist([pointerClass, legacyPointerClass]),
  v.object({ s3BucketName: v.string(), s3Key: v.pipe(v.string(), v.minLength(1), v.maxLength(1024)) }),
]);

/**
 * Reads the pointer of the SQS Extended Client Library, in Java's and in Python's writing.
 *
 * @in   places: where a pointer may point; whoever can send a message could otherwise have any object read
 * @out  undefined: the message carries its body itself
 * @source  awslabs/amazon-sqs-java-extended-client-lib, amazon-sqs-python-extended-client-lib: the attribute decides
 */
export function readPayloadPointer(
  { body, messageAttributes }: SQSRecord,
  { buckets, own }: PayloadPlaces,
): PayloadPointer | Rejection | undefined {
  const name = [sizeAttribute, legacySizeAttribute].find((each) => messageAttributes[each] !== undefined);
  if (name === undefined) return undefined;
  const problem = textProblem(name, messageAttributes[name]);
  if (problem) return problem;
  const size = messageAttributes[name]?.stringValue ?? '';
  const parsed = v.safeParse(v.pipe(v.string(), v.rawTransform(parseJson), pointerSchema), body);
  if (!parsed.success || !/^\d{1,12}$/.test(size)) {
    return { code: 'POINTER_INVALID', detail: `The attribute ${name} says that the body is a pointer.` };
  }
  const { s3BucketName: bucket, s3Key: key } = parsed.output[1];
  if (!buckets.includes(bucket))
    return { code: 'POINTER_INVALID', detail: `The pointer names the bucket ${JSON.stringify(bucket.slice(0, 64))}.` };
  if (bucket === own && !key.startsWith(bucketPrefixes.payloads)) {
    const found = `The pointer names the key ${JSON.stringify(key.slice(0, 64))} of the sink's own bucket`;
    const detail = `${found}, which takes payloads only as ${bucketPrefixes.payloads}…: let the sender write there (Amazon's library for Java: withS3KeyPrefix; for Python: the attribute S3Key), or into a bucket that sink.payload.buckets names.`;
    return { code: 'POINTER_INVALID', detail };
  }
  return { bucket, key, bytes: Number(size) };
}

function parseJson({ dataset, addIssue, NEVER }: v.RawTransformContext<string>): unknown {
  try {
    return JSON.parse(dataset.value);
  } catch {
    addIssue({ message: 'expected JSON' });
    return NEVER;
  }
}

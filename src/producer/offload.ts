import type { S3Client } from '@aws-sdk/client-s3';
import { pointerClass, sizeAttribute } from '../messages/payload-pointer.ts';
import type { Message } from './message.ts';
import { attributeBytes } from './sqs-limits.ts';

/** Where bodies go that are too large for SQS. */
export interface PayloadStore {
  readonly bucket: string;
  /** What every key begins with. */
  readonly prefix: string;
  put(key: string, body: string): Promise<void>;
}

/**
 * Leaves the body in S3 and gives the message that points to it, as Amazon's Extended Client Library writes it.
 *
 * @source awslabs/amazon-sqs-java-extended-client-lib 2.1 and amazon-sqs-python-extended-client-lib 1.0: a JSON array of
 *         class name and pointer; the payload is plain text under prefix + UUID; the other attributes stay on the message
 */
export async function offload(message: Message, store: PayloadStore, id: string): Promise<Message> {
  const key = store.prefix + id;
  await store.put(key, message.body);
  const body = JSON.stringify([pointerClass, { s3BucketName: store.bucket, s3Key: key }]);
  const size = String(Buffer.byteLength(message.body));
  const attributes = { ...message.attributes, [sizeAttribute]: { DataType: 'Number', StringValue: size } } as const;
  return {
    ...message,
    body,
    attributes,
    bytes: Buffer.byteLength(body) + attributeBytes(attributes),
    isOffloaded: true,
  };
}

/** A store on S3. The SDK is loaded with the first body. */
export function s3PayloadStore(
  bucket: string,
  prefix: string,
  connect: () => Promise<Pick<S3Client, 'send'>>,
): PayloadStore {
  return {
    bucket,
    prefix,
    async put(key, body) {
      const [client, { PutObjectCommand }] = await Promise.all([connect(), import('@aws-sdk/client-s3')]);
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: 'text/plain' }));
    },
  };
}

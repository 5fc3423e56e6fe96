import { fork } from 'node:child_process';
import { once } from 'node:events';
import { DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { LocalClientConfig } from '../local/aws/client-config.ts';
import type { LocalResources } from '../local/aws/queues.ts';

export interface AwsAddresses {
  readonly clientConfig: LocalClientConfig;
  readonly resources: LocalResources;
}

/** How often each action was asked for, by its name at AWS. */
export type Requests = Readonly<Record<string, number>>;

export interface LocalAws extends AwsAddresses, Disposable {
  requests(): Promise<Requests>;
  /** Gives memory back: the local S3 holds its objects there. */
  forget(keys: readonly string[]): Promise<void>;
}

/** Starts the local SQS and S3, with the queues and the bucket of one sink. */
export async function startLocalAws(): Promise<LocalAws> {
  const child = fork(new URL('./aws-process.ts', import.meta.url), { stdio: ['ignore', 2, 2, 'ipc'] });
  const [addresses] = (await once(child, 'message')) as [AwsAddresses];
  const s3 = new S3Client(addresses.clientConfig);
  return {
    ...addresses,
    async requests() {
      const answer = once(child, 'message');
      child.send('requests');
      return (await answer)[0] as Requests;
    },
    async forget(keys) {
      for (const Key of keys) await s3.send(new DeleteObjectCommand({ Bucket: addresses.resources.bucket, Key }));
    },
    [Symbol.dispose]: () => {
      s3.destroy();
      child.disconnect();
    },
  };
}

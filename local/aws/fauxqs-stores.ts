import type { BuildAppOptions } from 'fauxqs';

export type Stores = NonNullable<BuildAppOptions['stores']>;
export type SqsStore = Stores['sqsStore'];
export type SqsQueue = ReturnType<SqsStore['createQueue']>;
export type S3Store = Stores['s3Store'];

/**
 * The stores that fauxqs keeps queues and objects in. `buildApp` takes them, but the package does not export their
 * classes, so they are loaded from its files; package.json pins the version that this was written for.
 */
export async function createStores(): Promise<Stores> {
  const load = (file: string) => import(new URL(file, import.meta.resolve('fauxqs')).href);
  const [sqs, sns, s3] = await Promise.all([
    load('./sqs/sqsStore.js') as Promise<{ SqsStore: new () => SqsStore }>,
    load('./sns/snsStore.js') as Promise<{ SnsStore: new () => Stores['snsStore'] }>,
    load('./s3/s3Store.js') as Promise<{ S3Store: new () => S3Store }>,
  ]);
  const sqsStore = new sqs.SqsStore();
  // Without a host of its own the store builds queue URLs on the host of the request: no DNS name is needed.
  sqsStore.host = '';
  return { sqsStore, snsStore: new sns.SnsStore(), s3Store: new s3.S3Store() };
}

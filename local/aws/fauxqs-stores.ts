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
  await takeEveryCharacter(load('./sqs/sqsTypes.js'));
  const sqsStore = new sqs.SqsStore();
  // Without a host of its own the store builds queue URLs on the host of the request: no DNS name is needed.
  sqsStore.host = '';
  return { sqsStore, snsStore: new sns.SnsStore(), s3Store: new s3.S3Store() };
}

interface Kept {
  load(sqs: SqsStore, sns: Stores['snsStore'], s3: S3Store): void;
  close(): void;
}

/**
 * Keeps queues, messages and objects in a folder, and brings back what it holds: fauxqs' own persistence, in SQLite.
 *
 * @in  stores: whose queues are shaped as they are created
 */
export async function keepIn(dataDir: string, stores: Stores): Promise<{ close(): void }> {
  const { PersistenceManager } = (await import(new URL('./persistence.js', import.meta.resolve('fauxqs')).href)) as {
    PersistenceManager: new (dataDir: string) => Kept & NonNullable<SqsStore['persistence']>;
  };
  const kept = new PersistenceManager(dataDir);
  kept.load(stores.sqsStore, stores.snsStore, stores.s3Store);
  for (const store of [stores.sqsStore, stores.snsStore, stores.s3Store]) store.persistence = kept;
  for (const queue of stores.sqsStore.allQueues()) queue.persistence = kept;
  return kept;
}

/** Queues that were kept have the port of another time in their URLs. */
export function nameQueuesAnew(store: SqsStore, endpoint: string): void {
  for (const queue of store.allQueues()) Object.assign(queue, { url: `${endpoint}${new URL(queue.url).pathname}` });
}

/**
 * fauxqs refuses what lies beyond U+FFFF, an emoji for one, which SQS takes.
 *
 * @source AWS, SendMessage in the SQS API reference: #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF
 */
async function takeEveryCharacter(types: Promise<{ readonly INVALID_MESSAGE_BODY_CHAR: RegExp }>): Promise<void> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those that SQS takes
  const refused = /[^\x09\x0a\x0d\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
  (await types).INVALID_MESSAGE_BODY_CHAR.test = (body) => refused.test(body);
}

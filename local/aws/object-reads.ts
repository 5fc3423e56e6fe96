import type { buildApp } from 'fauxqs';
import { actionOf } from './api-request.ts';
import type { S3Store } from './fauxqs-stores.ts';
import { chosenHeaders } from './s3-actions.ts';
import { s3Document } from './xml.ts';

type App = ReturnType<typeof buildApp>;
type Read = (request: unknown, reply: unknown, store: S3Store) => void;

const conditions = ['range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'];

/** Where a bucket is; HEAD of a part, a range, or on conditions; and headers of the answer that the client chooses: fauxqs has none. */
export async function answerReads(app: App, store: S3Store): Promise<void> {
  const file = new URL('./s3/actions/getObject.js', import.meta.resolve('fauxqs')).href;
  const { getObject } = (await import(file)) as { readonly getObject: Read };
  app.addHook('preHandler', async (request, reply) => {
    const action = actionOf(request);
    const { bucket = '' } = request.params as { bucket?: string };
    if (action === 'GetBucketLocation' && store.hasBucket(bucket)) {
      reply.header('content-type', 'application/xml');
      return reply.send(s3Document('LocationConstraint', ''));
    }
    const asksMore =
      /[?&]partNumber=/.test(request.url) || conditions.some((name) => request.headers[name] !== undefined);
    if (action !== 'HeadObject' || !asksMore) return;
    try {
      // The same answer; HTTP leaves out its body.
      getObject(request, reply, store);
    } catch (error) {
      const { statusCode } = error as { readonly statusCode?: number };
      if (statusCode === undefined) throw error;
      reply.status(statusCode).send();
    }
    return reply;
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    if (!/^(Get|Head)Object$/.test(actionOf(request) ?? '') || reply.statusCode >= 300) return done(null, payload);
    for (const [name, value] of Object.entries(request.query as Readonly<Record<string, string>>))
      if (chosenHeaders.includes(name)) reply.header(name.replace('response-', ''), value);
    done(null, payload);
  });
}

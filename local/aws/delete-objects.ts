import type { buildApp } from 'fauxqs';
import { xmlText } from '../../src/kit/xml-text.ts';
import { actionOf } from './api-request.ts';
import type { S3Store } from './fauxqs-stores.ts';
import { s3Document, xmlOf } from './xml.ts';

/** Answers DeleteObjects in front of fauxqs, which deletes another key where one is written with `&#xA;` or holds `&lt;` itself. */
export function answerDeletes(app: ReturnType<typeof buildApp>, store: S3Store): void {
  app.addHook('preHandler', async (request, reply) => {
    const { bucket = '' } = request.params as { bucket?: string };
    if (actionOf(request) !== 'DeleteObjects' || !store.hasBucket(bucket)) return;
    const xml = String(request.body);
    const keys = [...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) => xmlText(key));
    store.deleteObjects(bucket, keys);
    const isQuiet = /<Quiet>\s*true\s*<\/Quiet>/i.test(xml);
    const told = isQuiet ? [] : keys.map((key) => `<Deleted><Key>${xmlOf(key)}</Key></Deleted>`);
    reply.header('content-type', 'application/xml');
    return reply.send(s3Document('DeleteResult', told.join('')));
  });
}

import type { buildApp } from 'fauxqs';
import { xmlText } from '../../src/kit/xml-text.ts';
import { actionOf } from './api-request.ts';
import { errorAnswer } from './error-answers.ts';
import type { S3Store } from './fauxqs-stores.ts';
import { s3Document, xmlOf } from './xml.ts';

/** @source Amazon S3 User Guide, "Categorizing your objects using tags" */
const mostTags = 10;

/** Answers PutObjectTagging and GetObjectTagging, which fauxqs has not. Tags end with their object, or with this process. */
export function answerTags(app: ReturnType<typeof buildApp>, store: S3Store): void {
  const tags = new WeakMap<object, ReadonlyMap<string, string>>();
  app.addHook('preHandler', async (request, reply) => {
    const action = actionOf(request);
    if (action !== 'PutObjectTagging' && action !== 'GetObjectTagging') return;
    const { bucket = '', '*': key = '' } = request.params as { bucket?: string; '*'?: string };
    const object = objectIn(store, bucket, key);
    if (object === undefined) {
      const message = `There is no ${key} in ${bucket}.`;
      return reply.send(errorAnswer(request, reply, { status: 404, code: 'NoSuchKey', message }));
    }
    if (action === 'PutObjectTagging') {
      const given = tagsIn(String(request.body));
      if (given === undefined || given.size > mostTags) {
        const message = `Expected at most ${mostTags} tags, each with a key of its own.`;
        return reply.send(errorAnswer(request, reply, { status: 400, code: 'InvalidTag', message }));
      }
      tags.set(object, given);
      return reply.send('');
    }
    const told = [...(tags.get(object) ?? [])].map(
      ([name, value]) => `<Tag><Key>${xmlOf(name)}</Key><Value>${xmlOf(value)}</Value></Tag>`,
    );
    reply.header('content-type', 'application/xml');
    return reply.send(s3Document('Tagging', `<TagSet>${told.join('')}</TagSet>`));
  });
}

/** What is written again is another object, without the tags of the one before. */
function objectIn(store: S3Store, bucket: string, key: string): object | undefined {
  try {
    return store.headObject(bucket, key);
  } catch {
    return undefined;
  }
}

/** @out undefined: two have one key */
function tagsIn(xml: string): ReadonlyMap<string, string> | undefined {
  const pairs = [...xml.matchAll(/<Tag>\s*<Key>([^<]*)<\/Key>\s*<Value>([^<]*)<\/Value>\s*<\/Tag>/g)];
  const found = new Map(pairs.map(([, name = '', value = '']) => [xmlText(name), xmlText(value)]));
  return found.size === pairs.length ? found : undefined;
}

/** S3 writes names in a list percent-encoded when it is asked to, as boto3 and the AWS CLI always ask; fauxqs never does. */
import type { buildApp } from 'fauxqs';
import { actionOf } from './api-request.ts';

/** @source AWS, ListObjectsV2 and ListObjects in the S3 API reference, EncodingType */
const encoded = /<(Key|Prefix|Delimiter|StartAfter|Marker|NextMarker)>([^<]*)<\/\1>/g;

const entities: Readonly<Record<string, string>> = {
  ...{ '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'", '&amp;': '&' },
};

/** A space is a plus, a slash stays. */
const encode = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/');

const textOf = (xml: string): string =>
  xml.replace(/&(?:lt|gt|quot|apos|amp);/g, (entity) => entities[entity] ?? entity);

export function encodeLists(app: ReturnType<typeof buildApp>): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    const isList = /^ListObjects(V2)?$/.test(actionOf(request) ?? '') && reply.statusCode === 200;
    if (!isList || !/[?&]encoding-type=url(&|$)/.test(request.url)) return done(null, payload);
    const xml = String(payload).replace(
      encoded,
      (_, name: string, text: string) => `<${name}>${encode(textOf(text))}</${name}>`,
    );
    done(null, xml.replace(/<\/ListBucketResult>$/, '<EncodingType>url</EncodingType></ListBucketResult>'));
  });
}

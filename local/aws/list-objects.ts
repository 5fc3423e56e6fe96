import type { buildApp } from 'fauxqs';
import { actionOf } from './api-request.ts';
import { errorAnswer } from './error-answers.ts';
import type { S3Store } from './fauxqs-stores.ts';
import { type ListPage, listPage } from './list-page.ts';
import { s3Document, xmlOf } from './xml.ts';

type Query = Readonly<Record<string, string | undefined>>;
type Listed = ReturnType<S3Store['listObjects']>['objects'][number];

/** Answers lists in front of fauxqs, whose order, pages and encoding are not those of S3. */
export function answerLists(app: ReturnType<typeof buildApp>, store: S3Store): void {
  app.addHook('preHandler', async (request, reply) => {
    const action = actionOf(request);
    const { bucket = '' } = request.params as { bucket?: string };
    if ((action !== 'ListObjects' && action !== 'ListObjectsV2') || !store.hasBucket(bucket)) return;
    const query = request.query as Query;
    const maxKeys = Number(query['max-keys'] ?? mostKeys);
    if (!Number.isInteger(maxKeys) || maxKeys < 0)
      return reply.send(errorAnswer(request, reply, { ...notWhole, message: `max-keys: ${query['max-keys']}` }));
    reply.header('content-type', 'application/xml');
    return reply.send(answer(action, bucket, query, store, Math.min(maxKeys, mostKeys)));
  });
}

const mostKeys = 1000;
const notWhole = { status: 400, code: 'InvalidArgument' };

function answer(action: string, bucket: string, query: Query, store: S3Store, maxKeys: number): string {
  const isSecond = action === 'ListObjectsV2';
  const { prefix = '', delimiter = '', 'continuation-token': token, 'start-after': startAfter = '' } = query;
  const after = isSecond ? (token === undefined ? startAfter : placeOf(token)) : (query['marker'] ?? '');
  const { objects } = store.listObjects(bucket, { prefix, maxKeys: Number.POSITIVE_INFINITY });
  const page = listPage(objects, { prefix, delimiter, after, maxKeys });
  const encode = query['encoding-type'] === 'url' ? urlEncoded : xmlOf;
  const head = [
    ['Name', xmlOf(bucket)],
    ['Prefix', encode(prefix)],
    ['MaxKeys', maxKeys],
    ['Delimiter', encode(delimiter) || undefined],
    ['EncodingType', query['encoding-type']],
    ['IsTruncated', page.next !== undefined],
    ...(isSecond ? second(page, { token, startAfter: encode(startAfter) }) : first(page, query, encode)),
  ];
  const owner = isSecond && query['fetch-owner'] !== 'true' ? '' : element('Owner', element('ID', 'local'));
  return s3Document(
    'ListBucketResult',
    [
      ...head.filter(([, value]) => value !== undefined).map(([name, value]) => element(String(name), String(value))),
      ...page.keys.map((object) => element('Contents', contents(object, encode) + owner)),
      ...page.commonPrefixes.map((each) => element('CommonPrefixes', element('Prefix', encode(each)))),
    ].join(''),
  );
}

type Part = readonly [string, string | number | undefined];

const second = (
  { keys, commonPrefixes, next }: ListPage<Listed>,
  { token, startAfter }: { readonly token: string | undefined; readonly startAfter: string },
): readonly Part[] => [
  ['KeyCount', keys.length + commonPrefixes.length],
  ['StartAfter', startAfter || undefined],
  ['ContinuationToken', token],
  ['NextContinuationToken', next && Buffer.from(next).toString('base64')],
];

/** Where keys are not grouped the last of them says where to go on. */
const first = ({ next }: ListPage<Listed>, query: Query, encode: (text: string) => string): readonly Part[] => [
  ['Marker', encode(query['marker'] ?? '')],
  ['NextMarker', query['delimiter'] && next && encode(next)],
];

const placeOf = (token: string): string => Buffer.from(token, 'base64').toString();

const contents = ({ key, contentLength, etag, lastModified }: Listed, encode: (text: string) => string): string =>
  [
    element('Key', encode(key)),
    element('LastModified', lastModified.toISOString()),
    element('ETag', xmlOf(etag)),
    element('Size', String(contentLength)),
    element('StorageClass', 'STANDARD'),
  ].join('');

const element = (name: string, content: string): string => `<${name}>${content}</${name}>`;

/**
 * Names as boto3 and the AWS CLI always ask for them. A space is a plus, a slash stays.
 *
 * @source  AWS, ListObjectsV2 and ListObjects in the S3 API reference, EncodingType
 */
const urlEncoded = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/');

/** One kind of S3 request that fauxqs answers rightly. */
interface Route {
  readonly action: string;
  readonly method: string;
  readonly on: 'service' | 'bucket' | 'object';
  /** Query parameters that must be there. */
  readonly needs?: readonly string[];
  /** Query parameters that may be there. */
  readonly takes?: readonly string[];
}

/** Headers of the answer that a client chooses, as presigned URLs do. */
const chosen = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];
export const chosenHeaders: readonly string[] = chosen.map((name) => `response-${name}`);

const listing = ['prefix', 'delimiter', 'max-keys', 'encoding-type'];

const routes: readonly Route[] = [
  { action: 'ListBuckets', method: 'GET', on: 'service' },
  { action: 'CreateBucket', method: 'PUT', on: 'bucket' },
  { action: 'HeadBucket', method: 'HEAD', on: 'bucket' },
  { action: 'GetBucketLocation', method: 'GET', on: 'bucket', needs: ['location'] },
  { action: 'DeleteBucket', method: 'DELETE', on: 'bucket' },
  { action: 'PutBucketLifecycleConfiguration', method: 'PUT', on: 'bucket', needs: ['lifecycle'] },
  { action: 'GetBucketLifecycleConfiguration', method: 'GET', on: 'bucket', needs: ['lifecycle'] },
  { action: 'DeleteBucketLifecycle', method: 'DELETE', on: 'bucket', needs: ['lifecycle'] },
  {
    action: 'ListObjectsV2',
    method: 'GET',
    on: 'bucket',
    needs: ['list-type'],
    takes: [...listing, 'start-after', 'continuation-token', 'fetch-owner'],
  },
  { action: 'ListObjects', method: 'GET', on: 'bucket', takes: [...listing, 'marker'] },
  { action: 'DeleteObjects', method: 'POST', on: 'bucket', needs: ['delete'] },
  { action: 'PostObject', method: 'POST', on: 'bucket' },
  { action: 'PutObject', method: 'PUT', on: 'object' },
  { action: 'GetObject', method: 'GET', on: 'object', takes: ['partNumber', ...chosenHeaders] },
  { action: 'GetObjectAttributes', method: 'GET', on: 'object', needs: ['attributes'] },
  { action: 'HeadObject', method: 'HEAD', on: 'object', takes: ['partNumber', ...chosenHeaders] },
  { action: 'PutObjectTagging', method: 'PUT', on: 'object', needs: ['tagging'] },
  { action: 'GetObjectTagging', method: 'GET', on: 'object', needs: ['tagging'] },
  { action: 'DeleteObject', method: 'DELETE', on: 'object' },
  { action: 'CreateMultipartUpload', method: 'POST', on: 'object', needs: ['uploads'] },
  { action: 'UploadPart', method: 'PUT', on: 'object', needs: ['uploadId', 'partNumber'] },
  { action: 'CompleteMultipartUpload', method: 'POST', on: 'object', needs: ['uploadId'] },
  { action: 'AbortMultipartUpload', method: 'DELETE', on: 'object', needs: ['uploadId'] },
];

/** Parameters of the SDK and of presigned URLs, of both signatures; they do not change what a request means. */
const ignored = /^(x-id|x-amz-.*|AWSAccessKeyId|Signature|Expires)$/i;

/**
 * Names the S3 action of a request.
 *
 * @in   path-style URL, e.g. `/bucket/key?uploads`; `copies` when the request has the header x-amz-copy-source
 * @out  undefined for what fauxqs would take for something else: it reads `PUT /bucket/key?acl` as PutObject
 */
export function s3ActionOf(method: string, url: string, copies = false): string | undefined {
  const { pathname, searchParams } = new URL(url, 'http://local');
  const on = placeOf(pathname);
  const parameters = [...searchParams.keys()].filter((name) => !ignored.test(name));
  const route = routes.find(({ needs = [], takes = [], ...candidate }) => {
    const known = new Set([...needs, ...takes]);
    return (
      candidate.method === method &&
      candidate.on === on &&
      needs.every((name) => parameters.includes(name)) &&
      parameters.every((name) => known.has(name))
    );
  });
  if (copies && route?.action === 'PutObject') return 'CopyObject';
  if (copies && route?.action === 'UploadPart') return 'UploadPartCopy';
  return route?.action;
}

function placeOf(pathname: string): Route['on'] {
  const [, bucket = '', ...key] = pathname.split('/');
  if (bucket === '') return 'service';
  return key.join('/') === '' ? 'bucket' : 'object';
}

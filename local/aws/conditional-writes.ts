import type { Refusal } from './error-answers.ts';

export interface Conditions {
  /** The header If-Match. */
  readonly ifMatch?: string | undefined;
  /** The header If-None-Match. */
  readonly ifNoneMatch?: string | undefined;
}

const writes: ReadonlySet<string> = new Set(['PutObject', 'CopyObject', 'CompleteMultipartUpload']);

/**
 * Says whether S3 would refuse a conditional write or delete.
 *
 * @in      currentEtag: of the object under the key, undefined when there is none
 * @out     undefined: go on
 * @source  S3 user guide, "Conditional writes" and "Conditional deletes". What they leave open (delete of an absent key) is 412 here.
 */
export function refuseWrite(
  action: string,
  conditions: Conditions,
  currentEtag: string | undefined,
): Refusal | undefined {
  const { ifMatch, ifNoneMatch } = conditions;
  if (action === 'DeleteObject') {
    const holds =
      ifMatch === undefined || (currentEtag !== undefined && (ifMatch === '*' || sameEtag(ifMatch, currentEtag)));
    return holds ? undefined : failed;
  }
  if (!writes.has(action)) return undefined;
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== '*' || ifMatch !== undefined) return notImplemented;
    return currentEtag === undefined ? undefined : failed;
  }
  if (ifMatch === undefined) return undefined;
  if (ifMatch === '*') return notImplemented;
  if (currentEtag === undefined) return noSuchKey;
  return sameEtag(ifMatch, currentEtag) ? undefined : failed;
}

/**
 * Says whether S3 would refuse a copy; fauxqs copies anything, and knows no conditions on the source.
 *
 * @in      target: `/bucket/key`, decoded
 * @source  S3 API reference, CopyObject: "This copy request is illegal because it is trying to copy an object to itself without …"
 */
export function refuseCopy(headers: Readonly<Record<string, unknown>>, target: string): Refusal | undefined {
  if (Object.keys(headers).some((name) => name.startsWith('x-amz-copy-source-if-'))) return notImplemented;
  const source = decodeURIComponent(String(headers['x-amz-copy-source'])).replace(/^\/?/, '/');
  const changes = ['x-amz-storage-class', 'x-amz-website-redirect-location', 'x-amz-server-side-encryption'];
  const isChanged =
    headers['x-amz-metadata-directive'] === 'REPLACE' || changes.some((name) => headers[name] !== undefined);
  return source === target && !isChanged ? toItself : undefined;
}

const toItself: Refusal = {
  ...{ status: 400, code: 'InvalidRequest' },
  message:
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, " +
    'storage class, website redirect location or encryption attributes.',
};

const failed: Refusal = {
  status: 412,
  code: 'PreconditionFailed',
  message: 'At least one of the pre-conditions you specified did not hold',
};
const noSuchKey: Refusal = { status: 404, code: 'NoSuchKey', message: 'The specified key does not exist.' };
const notImplemented: Refusal = {
  status: 501,
  code: 'NotImplemented',
  message: 'A header you provided implies functionality that is not implemented',
};

function sameEtag(one: string, other: string): boolean {
  return one.replaceAll('"', '') === other.replaceAll('"', '');
}

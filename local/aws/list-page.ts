/** What is asked of a list: ListObjects and ListObjectsV2 in the S3 API reference. */
export interface ListAsked {
  readonly prefix: string;
  readonly delimiter: string | undefined;
  /** Nothing up to here, in the order of the list; a common prefix, too. */
  readonly after: string;
  readonly maxKeys: number;
}

/** A page of a list, in its order. */
export interface ListPage<K> {
  readonly keys: readonly K[];
  readonly commonPrefixes: readonly string[];
  /** Where the next page goes on; undefined: this was the last one. */
  readonly next: string | undefined;
}

/**
 * Cuts a page from the objects of a bucket. fauxqs orders keys as people do and goes on by their code units, so that pages lose keys
 * where upper and lower case meet; and it goes on behind the last key also where a common prefix came later, which is told twice then.
 *
 * @source  S3 user guide, "Listing object keys": "sorted in UTF-8 binary order"; a common prefix counts as one key
 */
export function listPage<K extends { readonly key: string }>(
  objects: readonly K[],
  { prefix, delimiter, after, maxKeys }: ListAsked,
): ListPage<K> {
  const keys: K[] = [];
  const commonPrefixes: string[] = [];
  let last = '';
  for (const object of inOrder(objects, prefix, after)) {
    const rest = object.key.slice(prefix.length);
    const cut = delimiter ? rest.indexOf(delimiter) : -1;
    const place = cut < 0 || !delimiter ? object.key : prefix + rest.slice(0, cut + delimiter.length);
    const isPrefix = place !== object.key || cut >= 0;
    // Also those of the page before, whose last place was their common prefix.
    if (isPrefix && (place === commonPrefixes.at(-1) || place === after)) continue;
    if (keys.length + commonPrefixes.length === maxKeys)
      return { keys, commonPrefixes, next: maxKeys === 0 ? undefined : last };
    if (isPrefix) commonPrefixes.push(place);
    else keys.push(object);
    last = place;
  }
  return { keys, commonPrefixes, next: undefined };
}

/** Objects behind a place, by the bytes of their keys in UTF-8. */
function inOrder<K extends { readonly key: string }>(objects: readonly K[], prefix: string, after: string): K[] {
  const from = Buffer.from(after);
  return objects
    .filter(({ key }) => key.startsWith(prefix))
    .map((object) => ({ object, bytes: Buffer.from(object.key) }))
    .filter(({ bytes }) => after === '' || Buffer.compare(bytes, from) > 0)
    .sort((one, other) => Buffer.compare(one.bytes, other.bytes))
    .map(({ object }) => object);
}

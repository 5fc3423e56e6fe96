/** What the sink keeps in its bucket: each prefix has its own lifetime and its own permissions. */
export const bucketPrefixes = {
  claims: 'claims/',
  decisions: 'decisions/',
  inDoubt: 'in-doubt/',
  searches: 'searches/',
  segments: 'segments/',
  /** Of segments: whose messages their rows are. */
  origins: 'origins/',
  rejected: 'rejected/',
  payloads: 'payloads/',
  /** States of the sources that are followed; they end with their follower, and at no age. */
  sources: 'sources/',
} as const;

/** A segment whose rows are loaded: nobody reads it again, so it need not be kept as long as a pointer can live. */
export const loadedTag = { key: 'state', value: 'loaded' } as const;

export type BucketPrefix = keyof typeof bucketPrefixes;

/** What nobody deletes, and the bucket does at an age. */
export type ExpiringPrefix = Exclude<BucketPrefix, 'sources'>;

/** What the sink keeps in its bucket: each prefix has its own lifetime and its own permissions. */
export const bucketPrefixes = {
  claims: 'claims/',
  decisions: 'decisions/',
  inDoubt: 'in-doubt/',
  searches: 'searches/',
  segments: 'segments/',
  rejected: 'rejected/',
  payloads: 'payloads/',
} as const;

export type BucketPrefix = keyof typeof bucketPrefixes;

import { bucketPrefixes } from '../kit/bucket-prefixes.ts';
import type { ObjectStore } from '../object-store.ts';
import { type FollowState, readState } from './state.ts';

const mostKeys = 10_000;

/** The state of every source of a bucket, by its name. */
export async function sourceStates<Place>(
  objects: Pick<ObjectStore, 'list' | 'getText'>,
): Promise<readonly (readonly [name: string, state: FollowState<Place>])[]> {
  const keys = await objects.list(bucketPrefixes.sources, mostKeys);
  const found: (readonly [string, FollowState<Place>])[] = [];
  for (const key of keys) {
    const [, name] = /^sources\/([^/]+)\/state\.json$/.exec(key) ?? [];
    const text = name === undefined ? undefined : await objects.getText(key);
    if (name !== undefined && text) found.push([decodeURIComponent(name), readState<Place>(text.text)]);
  }
  return found;
}

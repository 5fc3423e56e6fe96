/** What is reached of AWS, its client imported by the first call: most events of a sink that loads directly need neither S3 nor SQS. */

import { once } from '../kit/once.ts';
import type { ObjectStore, VersionedObjects } from '../object-store.ts';
import type { PolledQueue } from '../queues.ts';
import type { Segment } from '../rows/segment.ts';
import { bounded, type TimeLeft, type Until } from './limits.ts';

/** Something that `prepare` begins to load, for who knows that it will be needed, and has to wait for something else. */
export type WhenNeeded<T> = Until<T> & { readonly prepare: () => void };

/** @in  open: imports and makes it; called again when it failed */
export function storeWhenNeeded(
  open: () => Promise<Until<ObjectStore & VersionedObjects>>,
): WhenNeeded<ObjectStore & VersionedObjects> {
  const opened = once(open);
  const store = bounded((timeLeft: TimeLeft) => {
    const reached = async () => (await opened()).until(timeLeft);
    return {
      getText: async (key) => (await reached()).getText(key),
      putText: async (key, text, condition) => (await reached()).putText(key, text, condition),
      putBody: async (key, body) => (await reached()).putBody(key, body),
      async *open(key, start) {
        yield* (await reached()).open(key, start);
      },
      openVersion: async (key, version) => (await reached()).openVersion(key, version),
      list: async (prefix, most) => (await reached()).list(prefix, most),
      tag: async (key, tag) => (await reached()).tag(key, tag),
      delete: async (key) => (await reached()).delete(key),
    } satisfies ObjectStore & VersionedObjects;
  });
  return Object.assign(store, { prepare: () => void opened().catch(() => undefined) });
}

/** @in  open: imports and makes it; called again when it failed */
export function queueWhenNeeded(open: () => Promise<Until<PolledQueue>>): Until<PolledQueue> {
  const opened = once(open);
  return bounded((timeLeft) => {
    const reached = async () => (await opened()).until(timeLeft);
    return {
      receive: async () => (await reached()).receive(),
      delete: async (records) => (await reached()).delete(records),
      postpone: async (records, seconds) => (await reached()).postpone(records, seconds),
    };
  });
}

/** @in  open: imports and makes it; called again when it failed */
export function pointersWhenNeeded(
  open: () => Promise<Until<(segment: Segment) => Promise<void>>>,
): Until<(segment: Segment) => Promise<void>> {
  const opened = once(open);
  return bounded((timeLeft) => async (segment) => (await opened()).until(timeLeft)(segment));
}

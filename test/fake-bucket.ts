import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  type ObjectStore,
  ObjectSuperseded,
  type ObjectTag,
  type PutCondition,
  type PutResult,
  type StoredText,
  type VersionedObjects,
} from '../src/object-store.ts';

/** One request to the bucket. */
export interface BucketCall {
  readonly method: 'getText' | 'putText' | 'putBody' | 'open' | 'list' | 'tag' | 'delete';
  readonly key: string;
  /** What `putText` was to write, and under which condition. */
  readonly text?: string;
  readonly condition?: PutCondition;
}

/**
 * What meets a request. `pass`: it is carried out. `refuse`: it is not, and fails. `lose`: it is carried out, and its answer
 * is lost. `conflict`, `fail`: a conditional write is answered so, and not carried out.
 */
export type Met = 'pass' | 'refuse' | 'lose' | 'conflict' | 'fail';

/** A bucket in memory, whose misfortunes a test writes. */
export function fakeBucket(meet: (call: BucketCall, count: number) => Met = () => 'pass') {
  const objects = new Map<string, StoredText>();
  const bodies = new Map<string, Uint8Array>();
  const tags = new Map<string, ObjectTag>();
  const calls: BucketCall[] = [];
  let versions = 0;
  const call = async <T>(asked: BucketCall, carryOut: () => T): Promise<T> => {
    calls.push(asked);
    const met = meet(asked, calls.length);
    if (met === 'refuse') throw new Error('503');
    if (met === 'conflict' || met === 'fail') return { state: met === 'fail' ? 'failed' : met } as T;
    const answer = carryOut();
    if (met === 'lose') throw new Error('The connection was lost');
    return answer;
  };
  const put = (key: string, text: string): PutResult => {
    const etag = `"${++versions}"`;
    objects.set(key, { text, etag });
    return { state: 'stored', etag };
  };
  const store: ObjectStore & VersionedObjects = {
    getText: (key) =>
      call({ method: 'getText', key }, () => {
        const body = bodies.get(key);
        return body ? { text: Buffer.from(body).toString(), etag: '"body"' } : objects.get(key);
      }),
    putText: (key, text, condition) =>
      call({ method: 'putText', key, text, condition }, () => {
        const found = objects.get(key);
        const holds = 'ifAbsent' in condition ? found === undefined : found?.etag === condition.ifMatch;
        return holds ? put(key, text) : { state: 'failed' };
      }),
    putBody: async (key, body) => {
      const bytes = Buffer.concat(await Array.fromAsync(body.open()));
      await call({ method: 'putBody', key }, () => void bodies.set(key, bytes));
    },
    async *open(key, start = 0) {
      const bytes = await call({ method: 'open', key }, () => bodies.get(key));
      if (bytes === undefined) throw new Error('NoSuchKey');
      yield bytes.subarray(start);
    },
    async openVersion(key, { etag }) {
      const bytes = await call({ method: 'open', key }, () => bodies.get(key));
      if (bytes === undefined) throw new Error('NoSuchKey');
      const found = createHash('md5').update(bytes).digest('hex');
      if (etag !== undefined && etag.replaceAll('"', '') !== found) throw new ObjectSuperseded(key);
      return { etag: `"${found}"`, versionId: undefined, bytes: Readable.from([bytes]) };
    },
    list: (prefix, most) =>
      call({ method: 'list', key: prefix }, () =>
        [...objects.keys(), ...bodies.keys()]
          .filter((key) => key.startsWith(prefix))
          .toSorted()
          .slice(0, most),
      ),
    tag: (key, tag) => call({ method: 'tag', key }, () => void tags.set(key, tag)),
    delete: (key) =>
      call({ method: 'delete', key }, () => {
        objects.delete(key);
        bodies.delete(key);
      }),
  };
  return { store, objects, bodies, tags, calls, put };
}

import { bucketPrefixes } from '../../src/kit/bucket-prefixes.ts';
import { readDecision } from '../../src/ledger/records.ts';
import type { ObjectStore, PutCondition, PutResult, StoredText } from '../../src/object-store.ts';
import type { Random } from './random.ts';
import type { Worker } from './scheduler.ts';
import type { Tally } from './tally.ts';
import type { Unreliable } from './unreliable.ts';

/** The objects of one bucket, as S3 keeps them: strongly consistent, conditional writes with one winner. */
export class SimulatedS3 {
  readonly objects = new Map<string, StoredText>();
  readonly bodies = new Map<string, Buffer>();
  #versions = 0;

  put(key: string, text: string, condition: PutCondition): PutResult {
    const found = this.objects.get(key);
    if ('ifAbsent' in condition ? found !== undefined : found?.etag !== condition.ifMatch) return { state: 'failed' };
    const etag = `"${++this.#versions}"`;
    this.objects.set(key, { text, etag });
    return { state: 'stored', etag };
  }
}

/** The bucket as one worker sees it, through an unreliable network. */
export function connectS3(
  s3: SimulatedS3,
  worker: Worker,
  network: Unreliable,
  random: Random,
  conflictRate: () => number,
  isAway: () => boolean,
  tally: Tally,
): ObjectStore {
  const lost = () => new Error('S3: the connection was lost');
  const refused = () => new Error('S3: 503 SlowDown');
  const call = <T>(what: string, key: string, apply: () => T, detail = '') =>
    network.call(worker, {
      what: `S3 ${what} ${key.slice(0, key.indexOf('/'))}${detail}`,
      apply,
      lost,
      refused,
      isAway,
    });
  return {
    getText: (key) =>
      call('get', key, () => {
        const body = s3.bodies.get(key);
        return body ? { text: body.toString(), etag: '"body"' } : s3.objects.get(key);
      }),
    putText(key, text, condition) {
      const put = () => {
        const result: PutResult = random.chance(conflictRate()) ? { state: 'conflict' } : s3.put(key, text, condition);
        if (result.state !== 'stored') tally.note(`S3 answers ${result.state === 'failed' ? 412 : 409}`);
        return result;
      };
      return call('put', key, put, key.startsWith(bucketPrefixes.decisions) ? ` ${readDecision(text).state}` : '');
    },
    async putBody(key, body) {
      const bytes = Buffer.concat(await Array.fromAsync(body.open()));
      await call('put', key, () => void s3.bodies.set(key, bytes));
    },
    async *open(key, start = 0) {
      const bytes = await call('open', key, () => s3.bodies.get(key));
      if (bytes === undefined) throw new Error(`S3: no object ${key}`);
      yield bytes.subarray(start);
    },
    list: (prefix, most) =>
      call('list', prefix, () =>
        [...s3.objects.keys(), ...s3.bodies.keys()]
          .filter((key) => key.startsWith(prefix))
          .toSorted()
          .slice(0, most),
      ),
    tag: (key) => call('tag', key, () => undefined),
    delete: (key) => call('delete', key, () => void (s3.objects.delete(key) || s3.bodies.delete(key))),
  };
}

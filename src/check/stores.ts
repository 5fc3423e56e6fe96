import { bucketPrefixes } from '../kit/bucket-prefixes.ts';
import type { ObjectStore } from '../object-store.ts';
import { type Finding, failure, ok } from './finding.ts';

/** Whether the ledger's conditional writes work in the bucket: a small object is written once, and read. */
export async function checkBucket(name: string, objects: ObjectStore): Promise<Finding> {
  const about = { check: 'bucket', subject: name } as const;
  // Every function that is asked reads and writes there, in both semantics.
  const key = `${bucketPrefixes.searches}check`;
  try {
    const first = await objects.putText(key, 'checked', { ifAbsent: true });
    const again = await objects.putText(key, 'again', { ifAbsent: true });
    const read = await objects.getText(key);
    if (first.state !== 'conflict' && again.state === 'failed' && read?.text === 'checked')
      return ok(about, 'It takes conditional writes.');
    return failure(
      about,
      `A write that asks for an absent key was ${again.state}, and the object reads ${JSON.stringify(read?.text)}.`,
      'Exactly-once needs the conditional writes of Amazon S3; this store has none.',
    );
  } catch (error) {
    const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return failure(
      about,
      `It cannot be read and written: ${said}`,
      'Look at the name, at the rights, and in a VPC at its S3 endpoint.',
    );
  }
}

/** What a search found of an item before its delivery ended, so that the next one goes on there. */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { bucketPrefixes } from '../kit/bucket-prefixes.ts';
import { RunSet } from '../kit/run-set.ts';
import type { ObjectStore } from '../object-store.ts';
import type { TableId } from '../ports.ts';
import { bodyOf } from '../rows/body.ts';
import { tableKey } from '../rows/destination.ts';
import type { Findings } from './part-rows.ts';

const row = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const progressSchema = v.object({ bad: v.array(v.tuple([row, v.string()])), good: v.array(v.tuple([row, row])) });

const keyOf = (table: TableId, itemId: string) =>
  `${bucketPrefixes.searches}${tableKey(table)}/${createHash('sha256').update(itemId).digest('hex').slice(0, 32)}`;

/** Notes that a load which is in counted fewer rows than were sent: who meets its label again must not take it for good. */
export async function noteMiscount(table: TableId, label: string, objects: ObjectStore): Promise<void> {
  // When S3 does not take it, this delivery knows all the same.
  await objects.putBody(keyOf(table, label), bodyOf(Buffer.from('{"miscounted":true}'))).catch(() => undefined);
}

/** @throws Error when S3 does not say */
export const wasMiscounted = async (table: TableId, label: string, objects: ObjectStore): Promise<boolean> =>
  (await objects.getText(keyOf(table, label))) !== undefined;

export async function saveFindings(
  table: TableId,
  itemId: string,
  found: Findings,
  objects: ObjectStore,
): Promise<void> {
  const text = JSON.stringify({ bad: [...found.bad], good: found.good.runs });
  await objects.putBody(keyOf(table, itemId), bodyOf(Buffer.from(text)));
}

/** @out  undefined: nothing is known, or what is cannot be read; the search begins anew */
export async function readFindings(
  table: TableId,
  itemId: string,
  objects: ObjectStore,
): Promise<Findings | undefined> {
  const found = await Array.fromAsync(objects.open(keyOf(table, itemId))).catch(() => undefined);
  if (found === undefined) return undefined;
  const parsed = v.safeParse(progressSchema, JSON.parse(Buffer.concat(found).toString()));
  if (!parsed.success) return undefined;
  const { bad, good } = parsed.output;
  return { bad: new Map(bad), good: new RunSet(good) };
}

import { bucketPrefixes } from '../../src/kit/bucket-prefixes.ts';
import type { Shape } from './functions.ts';
import type { QueuedMessage, SimulatedQueue } from './simulated-queue.ts';
import type { SimulatedS3 } from './simulated-s3.ts';
import type { SimulatedStarRocks } from './simulated-starrocks.ts';

interface SentRow {
  readonly id: string;
  readonly bad?: boolean;
}

export interface EndOfRun {
  readonly shape: Shape;
  readonly rows: SimulatedQueue;
  readonly pointers: SimulatedQueue;
  readonly starrocks: SimulatedStarRocks;
  readonly s3: SimulatedS3;
}

const rowsOf = ({ body }: QueuedMessage): SentRow[] => body.split('\n').map((row) => JSON.parse(row) as SentRow);
const isBadMessage = (message: QueuedMessage) => rowsOf(message).some(({ bad }) => bad);

/** True when nothing is left that could still be delivered. */
export function isDrained({ shape, rows, pointers, s3 }: EndOfRun): boolean {
  const mayStay = (message: QueuedMessage) => !shape.keepsBadRows && isBadMessage(message);
  const mayPointerStay = ({ body }: QueuedMessage) =>
    !shape.keepsBadRows && (s3.bodies.get((JSON.parse(body) as { key: string }).key)?.includes('"bad"') ?? false);
  return (
    rows.messages.every((message) => message.deleted || mayStay(message)) &&
    pointers.messages.every((message) => message.deleted || mayPointerStay(message)) &&
    inDoubt({ s3 }).length === 0
  );
}

/** Markers of transactions whose end is not known. */
const inDoubt = ({ s3 }: Pick<EndOfRun, 's3'>): string[] =>
  [...s3.objects.keys()].filter((key) => key.startsWith(bucketPrefixes.inDoubt));

/** A message that was acked has its rows committed; where batches are staged, that is looked at in the end. */
export function checkAcked(message: QueuedMessage, { shape, starrocks }: EndOfRun): string[] {
  if (shape.stageAboveBytes !== undefined || message.chunk === undefined) return [];
  const missing = rowsOf(message).filter(({ id, bad }) => !bad && !starrocks.committed.includes(id));
  return missing.length === 0 ? [] : [`${message.messageId} acked, but ${missing.map(({ id }) => id)} not committed`];
}

/** What must be true when the queues are empty: no row lost, none doubled, bad rows kept aside. */
export function checkEnd(end: EndOfRun): string[] {
  const { shape, rows, starrocks } = end;
  const counts = new Map([...Map.groupBy(starrocks.committed, (id) => id)].map(([id, copies]) => [id, copies.length]));
  const rejected = rejectedRows(end);
  const violations = isDrained(end) ? [] : ['something is not delivered in the end'];
  for (const [id, copies] of counts) {
    if (shape.semantic === 'exactly-once' && copies > 1) violations.push(`${id} committed ${copies} times`);
  }
  for (const message of rows.messages) {
    // Where bad rows are not kept, they hold back their message, or the whole segment that it is in.
    const isHeldBack = !shape.keepsBadRows && (shape.stageAboveBytes !== undefined || isBadMessage(message));
    for (const row of rowsOf(message)) {
      const problem = row.bad
        ? problemOfBad(row, counts, rejected, shape)
        : !isHeldBack && !counts.has(row.id) && 'is lost';
      if (problem) violations.push(`${row.id} ${problem}`);
    }
  }
  violations.push(...starrocks.prepared.map((label) => `${label} stays prepared`));
  for (const { id, bad } of rejected) if (!bad) violations.push(`${id} is good and was rejected`);
  return violations;
}

function problemOfBad(
  { id }: SentRow,
  counts: ReadonlyMap<string, number>,
  rejected: readonly SentRow[],
  { keepsBadRows }: Shape,
) {
  if (counts.has(id)) return 'is bad and was committed';
  return keepsBadRows && !rejected.some((row) => row.id === id) && 'is bad and was not kept';
}

function rejectedRows({ s3 }: EndOfRun): SentRow[] {
  const files = [...s3.bodies].filter(([key]) => key.startsWith(bucketPrefixes.rejected));
  const lines = files.flatMap(([, body]) => body.toString().trim().split('\n'));
  return lines.map((line) => JSON.parse((JSON.parse(line) as { text: string }).text) as SentRow);
}

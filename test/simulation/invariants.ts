import { bucketPrefixes } from '../../src/kit/bucket-prefixes.ts';
import { readDecision, readInDoubt } from '../../src/ledger/records.ts';
import type { Shape } from './functions.ts';
import type { QueuedMessage, SimulatedQueue } from './simulated-queue.ts';
import type { SimulatedS3 } from './simulated-s3.ts';
import type { SimulatedStarRocks } from './simulated-starrocks.ts';
import type { SentRow } from './world.ts';

export interface EndOfRun {
  readonly shape: Shape;
  readonly rows: SimulatedQueue;
  readonly pointers: SimulatedQueue;
  readonly starrocks: SimulatedStarRocks;
  readonly s3: SimulatedS3;
}

interface FoundRow {
  readonly id: string;
  readonly isBad: boolean;
}

/** The rows of a text; of one that is cut off, its id. */
const rowsIn = (lines: readonly string[]): FoundRow[] =>
  lines.map((line) => {
    const id = /"id":"([^"]+)"/.exec(line)?.[1] ?? line;
    if (!line.endsWith('}')) return { id, isBad: true };
    const { bad, cut } = JSON.parse(line) as SentRow;
    return { id, isBad: Boolean(bad || cut) };
  });

const known = new WeakMap<QueuedMessage, FoundRow[]>();

function rowsOf(message: QueuedMessage): FoundRow[] {
  const rows = known.get(message) ?? rowsIn(message.body.split('\n'));
  known.set(message, rows);
  return rows;
}

const isBadMessage = (message: QueuedMessage) => rowsOf(message).some(({ isBad }) => isBad);

const keyOfPointer = ({ body }: QueuedMessage) => (JSON.parse(body) as { key: string }).key;

function rowsOfPointer(message: QueuedMessage, { s3 }: EndOfRun): FoundRow[] {
  const body = s3.bodies.get(keyOfPointer(message))?.toString() ?? '';
  return rowsIn((JSON.parse(`[${body}]`) as object[]).map((row) => JSON.stringify(row)));
}

/** Where bad rows are not kept, they hold back their message, the segment that it is in, and what stands behind it in order. */
function isHeldBack(message: QueuedMessage, { shape, rows }: EndOfRun): boolean {
  if (shape.keepsBadRows) return false;
  if (shape.stageAboveBytes !== undefined || isBadMessage(message)) return true;
  return shape.isFifo && rows.messages.some((other) => other.group === message.group && isBadMessage(other));
}

/** True when nothing is left that could still be delivered. */
export function isDrained(end: EndOfRun): boolean {
  const { shape, rows, pointers } = end;
  const mayStay = (message: QueuedMessage) =>
    !shape.keepsBadRows && (shape.isFifo ? isHeldBack(message, end) : isBadMessage(message));
  const mayPointerStay = (message: QueuedMessage) =>
    !shape.keepsBadRows && (shape.isFifo || rowsOfPointer(message, end).some(({ isBad }) => isBad));
  return (
    rows.messages.every((message) => message.deleted || mayStay(message)) &&
    pointers.messages.every((message) => message.deleted || mayPointerStay(message)) &&
    inDoubt(end).length === 0
  );
}

/** True when all is acked and settled: nothing will be delivered any more. */
export const isEmpty = (end: EndOfRun): boolean =>
  [end.rows, end.pointers].every(({ messages }) => messages.every(({ deleted }) => deleted)) &&
  inDoubt(end).length === 0;

/** Markers of transactions whose end is not known. */
const inDoubt = ({ s3 }: EndOfRun): string[] =>
  [...s3.objects.keys()].filter((key) => key.startsWith(bucketPrefixes.inDoubt));

/** What was acked is in the table, or in a segment; its bad rows are kept. */
export function checkAcked(message: QueuedMessage, end: EndOfRun): string[] {
  const { shape, starrocks, pointers } = end;
  const isPointer = pointers.messages.includes(message);
  const rows = isPointer ? rowsOfPointer(message, end) : rowsOf(message);
  const rejected = new Set(rejectedIds(end));
  const isStaged = !isPointer && shape.stageAboveBytes !== undefined;
  const segments = isStaged ? segmentsOf(end) : [];
  const mayRest = (id: string) => segments.some((body) => body.includes(`"${id}"`));
  return rows
    .filter(({ id, isBad }) =>
      isBad ? !rejected.has(id) && !mayRest(id) : !starrocks.committed.includes(id) && !mayRest(id),
    )
    .map(({ id, isBad }) => `${message.messageId} acked, but ${id} not ${isBad ? 'kept' : 'committed'}`);
}

const segmentsOf = ({ s3 }: EndOfRun): string[] =>
  [...s3.bodies].filter(([key]) => key.startsWith(bucketPrefixes.segments)).map(([, body]) => body.toString());

/** What must be true when the queues are empty: no row lost, none doubled, bad rows kept aside. */
export function checkEnd(end: EndOfRun): string[] {
  const { shape, rows, starrocks } = end;
  const counts = new Map([...Map.groupBy(starrocks.committed, (id) => id)].map(([id, copies]) => [id, copies.length]));
  const rejected = Map.groupBy(rejectedIds(end), (id) => id);
  const isOnce = shape.semantic === 'exactly-once';
  const violations = isDrained(end) ? [] : ['something is not delivered in the end'];
  for (const [id, copies] of counts) {
    if (isOnce && copies > 1) violations.push(`${id} committed ${copies} times`);
  }
  for (const message of rows.messages) {
    for (const row of rowsOf(message)) {
      const [copies, kept] = [counts.get(row.id) ?? 0, rejected.get(row.id)?.length ?? 0];
      const problem = row.isBad
        ? problemOfBad({ copies, kept, isOnce }, shape)
        : problemOfGood({ copies, kept, isHeldBack: isHeldBack(message, end) });
      if (problem) violations.push(`${row.id} ${problem}`);
    }
  }
  violations.push(...starrocks.prepared.map((label) => `${label} stays prepared`));
  violations.push(...unnoted(end).map((batch) => `${batch} is decided, not noted as done, and nothing is in doubt`));
  violations.push(...starrocks.misplaced.map((id) => `${id} is in another table`));
  if (shape.isFifo) violations.push(...checkOrder(end));
  return violations;
}

/** Batches that are to be committed, of which nobody noted that they are, and which no sweep will look at. */
function unnoted(end: EndOfRun): string[] {
  const { objects } = end.s3;
  const marked = new Set(inDoubt(end).map((key) => readInDoubt(objects.get(key)?.text ?? '{}').batch));
  return [...objects].flatMap(([key, { text }]) => {
    const batch = key.slice(bucketPrefixes.decisions.length);
    const isOpen = key.startsWith(bucketPrefixes.decisions) && readDecision(text).state === 'commit';
    return isOpen && !marked.has(batch) ? [batch] : [];
  });
}

interface Found {
  /** In the table. */
  readonly copies: number;
  /** In rejected/. */
  readonly kept: number;
}

function problemOfBad({ copies, kept, isOnce }: Found & { readonly isOnce: boolean }, { keepsBadRows }: Shape) {
  if (copies > 0) return 'is bad and was committed';
  if (keepsBadRows && kept === 0) return 'is bad and was not kept';
  return isOnce && kept > 1 && `is bad and was kept ${kept} times`;
}

function problemOfGood({ copies, kept, isHeldBack }: Found & { readonly isHeldBack: boolean }) {
  if (kept > 0) return 'is good and was rejected';
  return copies === 0 && !isHeldBack && 'is lost';
}

/** Rows of one group and table become visible in their order; only when each appears first counts. */
function checkOrder({ rows, starrocks }: EndOfRun): string[] {
  const places = new Map([...starrocks.committed.entries()].toReversed().map(([place, id]) => [id, place]));
  const lines = Map.groupBy(rows.messages, ({ group, attributes }) => `${group} ${attributes?.['table']}`);
  return [...lines.values()].flatMap((messages) => {
    const ids = [...new Set(messages.flatMap(rowsOf).map(({ id }) => id))].filter((id) => places.has(id));
    return ids.flatMap((id, index) => {
      const before = ids[index - 1];
      const isBefore = before === undefined || (places.get(before) ?? 0) < (places.get(id) ?? 0);
      return isBefore ? [] : [`${id} visible before ${before}`];
    });
  });
}

/** Of rows that are kept aside, and of those in messages that are parked whole. */
function rejectedIds({ s3 }: EndOfRun): string[] {
  const files = [...s3.bodies].filter(([key]) => key.startsWith(bucketPrefixes.rejected));
  const lines = files.flatMap(([, body]) => body.toString().trim().split('\n'));
  return lines.flatMap((line) => {
    const { text, body } = JSON.parse(line) as { readonly text?: string; readonly body?: string };
    return rowsIn(text === undefined ? (body ?? '').split('\n') : [text]).map(({ id }) => id);
  });
}

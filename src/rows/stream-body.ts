import { SinkError } from '../kit/errors.ts';
import type { Body } from '../ports.ts';
import type { Item, Join } from './batch.ts';

const comma = Buffer.from(',');

/** Opens the rows of an item: a fresh stream from its first byte. */
export type OpenRows<I extends Item> = (item: I) => AsyncIterable<Uint8Array>;

/**
 * Joins items whose rows stand elsewhere into one body that is never in memory whole. While one item is being sent, the
 * first bytes of the next are already fetched.
 *
 * @in  isWhole: JSON rows become an array; otherwise they only stand beside each other, separated by commas
 */
export const joinStreams =
  <I extends Item>(openRows: OpenRows<I>, isWhole = true): Join<I> =>
  (items, { headers }) => {
    const isCsv = headers['format'] === 'csv';
    const rows = items.reduce((sum, item) => sum + item.rows, 0);
    const bytes = items.reduce((sum, item) => sum + item.bytes, 0) + (isCsv ? 0 : items.length - 1 + (isWhole ? 2 : 0));
    const open = () =>
      isCsv ? concat(items, openRows) : isWhole ? asArray(items, openRows) : concat(items, openRows, comma);
    const body: Body = { bytes, open };
    return { body, rows };
  };

async function* asArray<I extends Item>(items: readonly I[], openRows: OpenRows<I>): AsyncGenerator<Uint8Array> {
  yield Buffer.from('[');
  yield* concat(items, openRows, comma);
  yield Buffer.from(']');
}

async function* concat<I extends Item>(
  items: readonly I[],
  openRows: OpenRows<I>,
  separator?: Uint8Array,
): AsyncGenerator<Uint8Array> {
  let current: Started | undefined;
  let next = start(items[0], openRows);
  try {
    for (const [index, item] of items.entries()) {
      current = next;
      next = start(items[index + 1], openRows);
      if (index > 0 && separator) yield separator;
      yield* rowsOf(item, current);
    }
  } finally {
    // A load may end early, and a stream that nobody reads on keeps its connection.
    for (const started of [current, next]) started?.rest.return?.().catch(() => undefined);
  }
}

interface Started {
  readonly rest: AsyncIterator<Uint8Array>;
  readonly first: Promise<IteratorResult<Uint8Array>>;
}

function start<I extends Item>(item: I | undefined, openRows: OpenRows<I>): Started | undefined {
  if (item === undefined) return undefined;
  const rest = openRows(item)[Symbol.asyncIterator]();
  const first = rest.next();
  // It is looked at when its turn comes; until then a failure is nobody's.
  first.catch(() => undefined);
  return { rest, first };
}

/** @throws SinkError SEGMENT_UNREADABLE, so that a load of it does not come to its end */
async function* rowsOf<I extends Item>(item: I, started: Started | undefined): AsyncGenerator<Uint8Array> {
  if (started === undefined) return;
  let bytes = 0;
  try {
    for (let result = await started.first; !result.done; result = await started.rest.next()) {
      bytes += result.value.byteLength;
      if (bytes > item.bytes) break;
      yield result.value;
    }
  } catch (error) {
    const found = error instanceof SinkError ? error.detail : `${error instanceof Error ? error.message : error}.`;
    throw new SinkError('SEGMENT_UNREADABLE', `${item.id}: ${found}`, { cause: error });
  }
  if (bytes !== item.bytes)
    throw new SinkError('SEGMENT_UNREADABLE', `${item.id} holds other than its ${item.bytes} bytes.`);
}

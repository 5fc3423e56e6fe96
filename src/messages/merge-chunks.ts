import { createHash } from 'node:crypto';
import { SinkError } from '../kit/errors.ts';
import { stampedId, timeOfId } from '../kit/time-ordered-id.ts';
import { type Chunk, formatOf, newChunk, partId } from '../rows/chunk.ts';

/**
 * Joins what the objects of one message hold: one chunk for each table, whose identity follows from theirs.
 *
 * @in      chunks as they were decoded
 * @throws  SinkError MESSAGE_SHAPE_UNKNOWN: some are CSV and some are JSON
 */
export function mergeChunks(messageId: string, chunks: readonly Chunk[]): readonly [Chunk, ...Chunk[]] {
  const held = chunks.filter(({ rows, badRows }) => rows > 0 || badRows !== undefined);
  if (held.length === 0) return [newChunk({ id: messageId, layout: 'items', rows: 0 })];
  if (new Set(held.map(formatOf)).size > 1)
    throw new SinkError('MESSAGE_SHAPE_UNKNOWN', 'It announces objects of CSV beside objects of JSON.');
  // Also what brings no rows is counted: it brought some, perhaps, when the message was delivered before.
  const told = { id: identityOf(chunks), fingerprint: fingerprintOf(chunks) };
  const tables = [...Map.groupBy(held, ({ database, table }) => JSON.stringify([database, table]))];
  const [merged, ...others] = tables.map(([table, group]) =>
    joinGroup(group, tables.length === 1 ? told : { ...told, id: partId(told.id, table) }),
  );
  return [merged as Chunk, ...others];
}

/** Rows that hold all columns are rows that hold some, and the other way round they are not. */
function joinGroup(held: readonly Chunk[], told: Pick<Chunk, 'id' | 'fingerprint'>): Chunk {
  const [first, second] = held as [Chunk, ...Chunk[]];
  if (second === undefined) return { ...first, ...told };
  const isAlike = new Set(held.map(({ columns }) => JSON.stringify(columns))).size === 1;
  const flags = {
    columns: isAlike ? first.columns : undefined,
    ...(held.some(({ isPartial }) => isPartial) ? { isPartial: true as const } : {}),
    ...(held.some(({ isUntyped }) => isUntyped) ? { isUntyped: true as const } : {}),
    ...(held.some(({ removesRows }) => removesRows) ? { removesRows: true as const } : {}),
  };
  const isCsv = first.layout === 'csv';
  const parts = held.filter(({ rows }) => rows > 0);
  const badRows = badRowsOf(held);
  const joined = {
    ...{ ...first, ...told, ...flags, layout: isCsv ? ('csv' as const) : ('items' as const) },
    rows: parts.reduce((rows, part) => rows + part.rows, 0),
    ...(badRows.length > 0 ? { badRows } : {}),
  };
  const separator = isCsv ? '' : ',';
  if (parts.every(({ source }) => source === undefined)) {
    const text = parts.map(itemsOf).join(separator);
    return { ...joined, text, bytes: Buffer.byteLength(text) };
  }
  return {
    ...joined,
    text: '',
    bytes: parts.reduce((bytes, part) => bytes + part.bytes, 0) + separator.length * (parts.length - 1),
    async *source() {
      for (const [index, part] of parts.entries()) {
        if (index > 0 && separator !== '') yield Buffer.from(separator);
        if (part.source) yield* part.source();
        else yield Buffer.from(itemsOf(part));
      }
    },
  };
}

const itemsOf = ({ layout, text }: Chunk) => (layout === 'lines' ? text.replaceAll('\n', ',') : text);

/** A chunk id that the message names is that of all its objects. */
function identityOf(chunks: readonly Chunk[]): string {
  const ids = [...new Set(chunks.map(({ id }) => id))].sort();
  const [first = ''] = ids;
  if (ids.length === 1) return first;
  return stampedId(createHash('sha256').update(ids.join('\n')).digest('hex'), timeOfId(first));
}

const fingerprintOf = (chunks: readonly Chunk[]): string | undefined =>
  chunks.every(({ fingerprint }) => fingerprint !== undefined)
    ? createHash('sha256')
        .update(chunks.map(({ fingerprint }) => fingerprint).join())
        .digest('base64url')
        .slice(0, 22)
    : undefined;

/** Rows are counted through all objects of the message. */
function badRowsOf(chunks: readonly Chunk[]): NonNullable<Chunk['badRows']> {
  let before = 0;
  return chunks.flatMap(({ rows, badRows = [] }) => {
    const from = before;
    before += rows + badRows.length;
    return badRows.map((bad) => ({ ...bad, row: from + bad.row }));
  });
}

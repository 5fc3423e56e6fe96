import { createHash } from 'node:crypto';
import { stampedId, timeOfId } from '../kit/time-ordered-id.ts';
import { type Chunk, formatOf, newChunk, partId } from '../rows/chunk.ts';
import { fingerprintOfAll } from '../rows/fingerprint.ts';
import { flagsOf, joinRows } from '../rows/join-parts.ts';

/**
 * Joins what the objects of one message hold: one chunk for each table, or two where some of it is CSV, whose identity
 * follows from theirs.
 *
 * @in      chunks as they were decoded
 * @throws  never
 */
export function mergeChunks(messageId: string, chunks: readonly Chunk[]): readonly [Chunk, ...Chunk[]] {
  const held = chunks.filter(({ rows, badRows }) => rows > 0 || badRows !== undefined);
  if (held.length === 0) return [newChunk({ id: messageId, layout: 'items', rows: 0 })];
  // Also what brings no rows is counted: it brought some, perhaps, when the message was delivered before. So no identity may depend
  // on how many do.
  const told = { id: identityOf(chunks), fingerprint: fingerprintOfAll(chunks.map(({ fingerprint }) => fingerprint)) };
  if (chunks.length === 1) return [{ ...(held[0] as Chunk), ...told }];
  const groups = Map.groupBy(held, (chunk) => JSON.stringify([chunk.database, chunk.table, formatOf(chunk)]));
  const [merged, ...others] = [...groups].map(([kind, group]) =>
    joinGroup(group, { ...told, id: partId(told.id, kind) }),
  );
  return [merged as Chunk, ...others];
}

/** The parts of CSV stay apart until it is known which of them begin with a line of names. */
function joinGroup(parts: readonly Chunk[], told: Pick<Chunk, 'id' | 'fingerprint'>): Chunk {
  const first = parts[0] as Chunk;
  const badRows = badRowsOf(parts);
  const whole = { ...first, ...told, ...flagsOf(parts), ...(badRows.length > 0 ? { badRows } : {}) };
  if (formatOf(first) === 'json') return parts.length === 1 ? whole : { ...whole, ...joinRows(parts) };
  const { source: _, ...inParts } = whole;
  const sum = (of: (part: Chunk) => number) => parts.reduce((all, part) => all + of(part), 0);
  const csv = parts.find((part) => part.csv)?.csv;
  return {
    ...{ ...inParts, text: '', rows: sum(({ rows }) => rows), bytes: sum(({ bytes }) => bytes) },
    // One of several envelopes in an object may have parts itself.
    parts: parts.flatMap((part) => part.parts ?? [part]),
    ...(csv ? { csv } : {}),
  };
}

/** A chunk id that the message names is that of all its objects. */
function identityOf(chunks: readonly Chunk[]): string {
  const ids = [...new Set(chunks.map(({ id }) => id))].sort();
  const [first = ''] = ids;
  if (ids.length === 1) return first;
  return stampedId(createHash('sha256').update(ids.join('\n')).digest('hex'), timeOfId(first));
}

/** Rows are counted through all objects of the message. */
function badRowsOf(chunks: readonly Chunk[]): NonNullable<Chunk['badRows']> {
  let before = 0;
  return chunks.flatMap(({ rows, badRows = [] }) => {
    const from = before;
    before += rows + badRows.length;
    return badRows.map((bad) => ({ ...bad, row: from + bad.row }));
  });
}

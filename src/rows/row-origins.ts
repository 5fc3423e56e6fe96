/** Which message each row of a batch came from, and where it stood there: what is told to a person of a row that is rejected. */
import * as v from 'valibot';
import type { Chunk } from './chunk.ts';

/** Rows beside each other that stood beside each other in their message, too. */
export interface OriginRun {
  /** Of the chunk. */
  readonly id: string;
  readonly messageId?: string | undefined;
  /** The queue's ARN, or the key of a segment that does not say more. */
  readonly source?: string | undefined;
  /** The place of the first of them among the rows of its chunk as it came, bad ones too. */
  readonly place: number;
  readonly rows: number;
}

/** In the order of the rows. */
export type RowOrigins = readonly OriginRun[];

/** Of the rows of a chunk: those that were found to be bad when it was read are none of them, and have a place. */
export function originsOfChunk({ id, messageId, from, rows, badRows = [] }: Chunk): RowOrigins {
  const whose = { id, messageId, source: from };
  const runs: OriginRun[] = [];
  let [place, left] = [0, rows];
  for (const { row } of badRows.toSorted((one, other) => one.row - other.row)) {
    const count = Math.min(left, row - place);
    if (count > 0) runs.push({ ...whose, place, rows: count });
    left -= Math.max(0, count);
    place = row + 1;
  }
  if (left > 0) runs.push({ ...whose, place, rows: left });
  return runs;
}

/** Of some of the rows of several chunks. @in  rows: which chunk each is of, and its number among those of the chunk */
export function originsOfRows(
  chunks: readonly Chunk[],
  rows: Iterable<{ readonly chunk: Chunk; readonly row: number }>,
): RowOrigins {
  const places = new Map(chunks.map((chunk) => [chunk, placesIn(originsOfChunk(chunk))]));
  const runs: OriginRun[] = [];
  for (const { chunk, row } of rows) {
    const place = places.get(chunk)?.[row] ?? row;
    const last = runs.at(-1);
    if (last?.id === chunk.id && last.place + last.rows === place)
      runs[runs.length - 1] = { ...last, rows: last.rows + 1 };
    else runs.push({ id: chunk.id, messageId: chunk.messageId, source: chunk.from, place, rows: 1 });
  }
  return runs;
}

const placesIn = (runs: RowOrigins): readonly number[] =>
  runs.flatMap(({ place, rows }) => Array.from({ length: rows }, (_, at) => place + at));

/** @out  where each row that is asked for came from. @in  rows: in their order, from 0 */
export function* findOrigins(
  origins: RowOrigins,
  rows: Iterable<number>,
): Generator<{ readonly run: OriginRun; readonly place: number; readonly row: number }> {
  let [at, first] = [0, 0];
  for (const row of rows) {
    for (let run = origins[at]; run && row >= first + run.rows; run = origins[at]) {
      first += run.rows;
      at++;
    }
    const run = origins[at];
    if (run) yield { run, place: run.place + row - first, row };
  }
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** As they are written down: the messages, each once, and which rows are whose. */
export const writtenOrigins = v.object({
  chunks: v.array(v.object({ id: v.string(), messageId: v.optional(v.string()), source: v.optional(v.string()) })),
  /** Each: number of the chunk, place, rows. */
  runs: v.array(v.tuple([count, count, count])),
});

export type WrittenOrigins = v.InferOutput<typeof writtenOrigins>;

const writtenText = v.pipe(v.string(), v.parseJson(), writtenOrigins);

export function writeOrigins(origins: RowOrigins): WrittenOrigins {
  const chunks = new Map<string, { readonly at: number; readonly chunk: Omit<OriginRun, 'place' | 'rows'> }>();
  const runs = origins.map(({ place, rows, ...chunk }): [number, number, number] => {
    const { at } = chunks.get(chunk.id) ?? { at: chunks.size };
    if (at === chunks.size) chunks.set(chunk.id, { at, chunk });
    return [at, place, rows];
  });
  return { chunks: [...chunks.values()].map(({ chunk }) => chunk), runs };
}

/** @out  nothing where it is none of ours */
export function parseOrigins(text: string): RowOrigins {
  const read = v.safeParse(writtenText, text);
  return read.success ? readOrigins(read.output) : [];
}

export function readOrigins({ chunks, runs }: WrittenOrigins): RowOrigins {
  return runs.flatMap(([at, place, rows]) => {
    const chunk = chunks[at];
    return chunk ? [{ ...chunk, place, rows }] : [];
  });
}

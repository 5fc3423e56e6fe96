/** What becomes of the rows of a chunk, one by one: in memory, or as they stream by. */
import { SinkError } from '../kit/errors.ts';
import { areTooMany, tooManyBadRows } from './bad-row-limits.ts';
import { type Chunk, formatOf, type UnreadableRow } from './chunk.ts';
import type { CsvLayout } from './csv-rows.ts';
import { ArrayCutter } from './cut-arrays.ts';
import { CsvCutter } from './cut-csv.ts';
import { rowTexts } from './row-parts.ts';
import { decodeUtf8 } from './row-stream.ts';

/** A row that cannot be taken. `reason` holds no row data. */
export interface BadForm {
  readonly ok: false;
  readonly reason: string;
  readonly code?: UnreadableRow['code'];
}

/** Says what a row becomes; the same each time that it is asked. */
export type Form<R extends { readonly ok: true; readonly text: string }> = (text: string) => R | BadForm;

export interface FormedRows<R> {
  readonly good: readonly R[];
  /** Of each good row, its place in the message. */
  readonly places: readonly number[];
  /** Those that were bad before, too. */
  readonly bad: readonly UnreadableRow[];
  readonly isAsItCame: boolean;
}

/** Forms the rows of a chunk that is held in memory. */
export function formRows<R extends { readonly ok: true; readonly text: string }>(
  chunk: Chunk,
  form: Form<R>,
  csv: CsvLayout,
): FormedRows<R> {
  const good: R[] = [];
  const places: number[] = [];
  const bad: UnreadableRow[] = [...(chunk.badRows ?? [])];
  const nextPlace = placesBeside(bad);
  let isAsItCame = true;
  for (const text of rowTexts(chunk, csv)) {
    const row = nextPlace();
    const formed = form(text);
    isAsItCame &&= formed.ok && formed.text === text;
    if (formed.ok) {
      good.push(formed);
      places.push(row);
    } else bad.push(unfitRow(row, formed, text));
  }
  return { good, places, bad: bad.toSorted((a, b) => a.row - b.row), isAsItCame };
}

export interface StreamedRows {
  readonly rows: number;
  /** UTF-8 bytes of what the rows become, and of what stands between or behind them. */
  readonly bytes: number;
  readonly bad: readonly UnreadableRow[];
  readonly isAsItCame: boolean;
}

/**
 * Looks at the rows of a chunk that is not held in memory, as they stream by.
 *
 * @in      source: of the chunk; see: is shown each good row
 * @throws  SinkError VALUE_UNFIT: more bad rows, or larger ones, than can be held; what the source throws
 */
export async function measureRows<R extends { readonly ok: true; readonly text: string }>(
  chunk: Chunk,
  source: AsyncIterable<Uint8Array>,
  form: Form<R>,
  { from, to }: Notations,
  see: (row: R) => void,
): Promise<StreamedRows> {
  const bad: UnreadableRow[] = [...(chunk.badRows ?? [])];
  const nextPlace = placesBeside(bad);
  let [rows, bytes, badCharacters, isAsItCame] = [0, 0, 0, to.mark === endingOf(formatOf(chunk), from).mark];
  for await (const texts of textsOf(chunk, source, from)) {
    for (const text of texts) {
      const row = nextPlace();
      const formed = form(text);
      isAsItCame &&= formed.ok && formed.text === text;
      if (!formed.ok) {
        badCharacters += text.length;
        bad.push(unfitRow(row, formed, text));
        if (areTooMany(bad.length, badCharacters))
          throw new SinkError('VALUE_UNFIT', tooManyBadRows('do not fit', bad.at(-1)?.reason));
        continue;
      }
      rows++;
      bytes += Buffer.byteLength(formed.text) + to.ending;
      see(formed);
    }
  }
  return { rows, bytes: Math.max(0, bytes - (to.isList ? to.ending : 0)), bad: bad.toSorted(byPlace), isAsItCame };
}

const byPlace = (a: UnreadableRow, b: UnreadableRow) => a.row - b.row;

/** How rows stand in the stream that is read, and in the one that is written. */
export interface Notations {
  readonly from: CsvLayout;
  readonly to: Ending;
}

export interface Ending {
  /** What stands behind each row, or between two. */
  readonly mark: string;
  readonly isList: boolean;
  /** Bytes of the mark. */
  readonly ending: number;
}

/** JSON rows stand in a list, CSV rows have an end each. */
export function endingOf(format: string | undefined, { rowDelimiter }: CsvLayout): Ending {
  const mark = format === 'csv' ? rowDelimiter : ',';
  return { mark, isList: format !== 'csv', ending: Buffer.byteLength(mark) };
}

/** The good rows again, as bytes of a body. */
export async function* formedBytes<R extends { readonly ok: true; readonly text: string }>(
  chunk: Chunk,
  source: AsyncIterable<Uint8Array>,
  form: Form<R>,
  { from, to }: Notations,
): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const texts of textsOf(chunk, source, from)) {
    const good = texts.flatMap((text) => {
      const formed = form(text);
      return formed.ok ? [formed.text] : [];
    });
    if (good.length === 0) continue;
    if (to.isList) yield Buffer.from((isFirst ? '' : to.mark) + good.join(to.mark));
    else yield Buffer.from(good.join(to.mark) + to.mark);
    isFirst = false;
  }
}

/** The rows of a chunk that is not held in memory, some at a time, each as text. */
export async function* textsOf(
  { layout }: Pick<Chunk, 'layout'>,
  source: AsyncIterable<Uint8Array>,
  csv: CsvLayout,
): AsyncGenerator<readonly string[]> {
  // What is streamed was cut before, so that nothing is at its ends that is no row.
  const cutter = layout === 'csv' ? new CsvCutter(csv, 'as they stand') : new ArrayCutter();
  const [head, tail] = layout === 'csv' ? ['', ''] : ['[', ']'];
  const cut = (text: string) => cutter.push(text).map((each) => each.text);
  yield cut(head);
  for await (const text of decodeUtf8(source)) {
    const texts = cut(text);
    if (texts.length > 0) yield texts;
  }
  yield [...cut(tail), ...cutter.end().map((each) => each.text)];
}

export const unfitRow = (row: number, { reason, code = 'VALUE_UNFIT' }: BadForm, text: string): UnreadableRow => ({
  ...{ row, text, code },
  reason: `Row ${row + 1}: ${reason}.`,
});

/** The places, in the message, of the rows that are not bad already. */
function placesBeside(bad: readonly UnreadableRow[]): () => number {
  const taken = new Set(bad.map(({ row }) => row));
  let next = 0;
  return () => {
    while (taken.has(next)) next++;
    return next++;
  };
}

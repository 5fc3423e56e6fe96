/** Rows of CSV with the names of their columns, where a line of names stands at their head. */
import { SinkError } from '../kit/errors.ts';
import { streamOrAborted } from '../messages/reading.ts';
import { type Chunk, formatOf, partId } from '../rows/chunk.ts';
import { takeHeader, takeStreamedHeader, unnamed } from '../rows/csv-header.ts';
import type { CsvLayout, HeaderRule } from '../rows/csv-rows.ts';
import { csvForm } from '../rows/fit-csv.ts';
import { textsOf } from '../rows/form-rows.ts';
import { joinRows } from '../rows/join-parts.ts';
import { nameProblem } from '../rows/names.ts';
import { chunkOfRows, rowTexts } from '../rows/row-parts.ts';
import { widerCsv } from '../rows/wider-csv.ts';
import type { Way } from './way.ts';

/** What of a way says where names are. */
type Naming = Pick<Way, 'csvHeader' | 'known' | 'adds'> & Partial<Pick<Way, 'fitter'>>;

/** True where there may be a line of names, or several. */
export const mayHoldNames = (chunk: Chunk): boolean => formatOf(chunk) === 'csv';

/**
 * The rows of a chunk under the names that their texts begin with: texts of a message with the same names are one chunk.
 *
 * @in      csv: the notation of loads; until: bounds the reading of rows that are not in memory
 * @out     at least one chunk, without a line of names; `columns` are those that were found, or that it had before
 * @throws  SinkError NAME_INVALID; what the source throws
 */
export async function namedRows(
  chunk: Chunk,
  naming: Naming,
  csv: CsvLayout,
  until?: AbortSignal,
): Promise<readonly Chunk[]> {
  const { parts, ...whole } = chunk;
  const named: Chunk[] = [];
  for (const part of parts ?? [chunk]) named.push(await withNames(part, naming, csv, until));
  if (parts === undefined) return named;
  // An identity may not depend on how many there are: an object that was written over since is none of them.
  const groups = [...Map.groupBy(named, (part) => JSON.stringify([part.columns, part.csv]))];
  const { csv: _, header: __, widens: ___, badRows, ...shared } = whole;
  return groups.map(([kind, group], at) => {
    const { columns, csv: own } = group[0] as Chunk;
    return {
      ...{ ...shared, ...joinRows(group), columns, id: partId(chunk.id, kind) },
      ...(own ? { csv: own } : {}),
      ...(badRows && at === 0 ? { badRows } : {}),
    };
  });
}

async function withNames(chunk: Chunk, naming: Naming, csv: CsvLayout, until?: AbortSignal): Promise<Chunk> {
  if (formatOf(chunk) === 'json') return chunk;
  const own = chunk.csv ?? csv;
  const rule = ruleOf(chunk, naming);
  const { source } = chunk;
  const headed = source
    ? await takeStreamedHeader(chunk, () => streamOrAborted(source(), until), rule, naming.known, own)
    : takeHeader(chunk, rule, naming.known, own);
  if (headed === undefined) return widerRows(chunk, own);
  const problem = problemOf(headed.names, naming);
  if (problem) throw new SinkError('NAME_INVALID', `The header line of CSV names ${problem}.`);
  return widerRows({ ...headed.chunk, columns: headed.names }, own);
}

/** @throws  SinkError MESSAGE_ATTRIBUTE_INVALID: nobody names the columns beside which others are to be */
function widerRows({ widens, ...chunk }: Chunk, csv: CsvLayout): Chunk {
  if (widens === undefined) return chunk;
  if (chunk.columns === undefined) {
    const detail =
      'CSV is expected to name its columns, by the attribute columns or a line of names, since sink.envelope.columns adds others.';
    throw new SinkError('MESSAGE_ATTRIBUTE_INVALID', detail);
  }
  const { columns, widen } = widerCsv(chunk.columns, widens, csv);
  const { source } = chunk;
  if (source === undefined) return { ...chunkOfRows(chunk, chunk.id, rowTexts(chunk, csv).map(widen), csv), columns };
  const bytes = chunk.bytes + chunk.rows * Buffer.byteLength(widen(''));
  return { ...chunk, columns, bytes, source: () => widerBytes(chunk, source(), widen, csv) };
}

async function* widerBytes(
  chunk: Chunk,
  source: AsyncIterable<Uint8Array>,
  widen: (row: string) => string,
  csv: CsvLayout,
): AsyncGenerator<Uint8Array> {
  for await (const rows of textsOf(chunk, source, csv))
    if (rows.length > 0) yield Buffer.from(rows.map((row) => widen(row) + csv.rowDelimiter).join(''));
}

/** Names of no column do no harm where the columns are known. */
function problemOf(names: readonly string[], { fitter, known, adds }: Naming): string | undefined {
  const own = names.filter((name) => name !== unnamed);
  const twice = own.find((name, at) => own.findIndex((each) => each.toLowerCase() === name.toLowerCase()) < at);
  if (twice !== undefined) return `${shown(twice)} twice`;
  const columns = new Set([...(known ?? []), '__op'].map((name) => name.toLowerCase()));
  const isOfNone =
    known !== undefined && adds !== 'of all rows' && !own.some((name) => columns.has(name.toLowerCase()));
  // A row that is taken for names would be lost.
  if (isOfNone) return 'no column of the table';
  const wrong = fitter ? undefined : own.find(nameProblem);
  return wrong && `${shown(wrong)}, which ${nameProblem(wrong)}`;
}

/** Nothing in a name has a meaning in it. */
const plain: CsvLayout = { columnSeparator: '\u0001', rowDelimiter: '\u0002' };

const shown = (name: string) => JSON.stringify(name.slice(0, 64));

function ruleOf({ header, columns }: Chunk, { csvHeader, adds, fitter, known }: Naming): HeaderRule {
  // What the options say holds for CSV that does not name its columns itself.
  if (columns) return { mode: header?.mode ?? 'auto', given: columns };
  return {
    mode: header?.mode ?? csvHeader,
    firstLine: header?.firstLine,
    takesNew: adds === 'of all rows',
    isRow(fields) {
      const form = fitter && known && csvForm({ layout: plain, names: known, table: fitter.table }, plain);
      return form === undefined || form(fields.join(plain.columnSeparator)).ok;
    },
  };
}

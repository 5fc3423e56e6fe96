/** Rows that came apart, in one message: as one chunk. */
import { utf8Bytes } from '../kit/utf8-bytes.ts';
import { type Chunk, formatOf } from './chunk.ts';

type Flags = 'columns' | 'isPartial' | 'isUntyped' | 'hasHexBytes' | 'removesRows' | 'addsColumns';

/**
 * What holds of all parts together: rows that hold all columns are rows that hold some, and the other way round they are not.
 *
 * @in  parts: at least one, of one table
 */
export function flagsOf(parts: readonly Chunk[]): Pick<Chunk, Flags> {
  const [first] = parts;
  const isAlike = new Set(parts.map(({ columns }) => JSON.stringify(columns))).size === 1;
  const some = (flag: Exclude<Flags, 'columns'>) => (parts.some((part) => part[flag]) ? { [flag]: true as const } : {});
  return {
    columns: isAlike ? first?.columns : undefined,
    ...some('isPartial'),
    ...some('isUntyped'),
    ...some('hasHexBytes'),
    ...some('removesRows'),
    ...some('addsColumns'),
  };
}

/**
 * The rows of parts of one format, behind each other: in memory when all of them are, else as a stream.
 *
 * @in  parts: of CSV, in one notation and with the same columns
 */
export function joinRows(parts: readonly Chunk[]): Pick<Chunk, 'layout' | 'text' | 'rows' | 'bytes' | 'source'> {
  const held = parts.filter(({ rows }) => rows > 0);
  const isCsv = parts.every((part) => formatOf(part) === 'csv');
  const separator = isCsv ? '' : ',';
  const joined = {
    layout: isCsv ? ('csv' as const) : ('items' as const),
    rows: held.reduce((rows, part) => rows + part.rows, 0),
  };
  if (held.every(({ source }) => source === undefined)) {
    const text = held.map(itemsOf).join(separator);
    return { ...joined, text, bytes: utf8Bytes(text) };
  }
  return {
    ...joined,
    text: '',
    bytes: held.reduce((bytes, part) => bytes + part.bytes, 0) + separator.length * (held.length - 1),
    async *source() {
      for (const [index, part] of held.entries()) {
        if (index > 0 && separator !== '') yield Buffer.from(separator);
        if (part.source) yield* part.source();
        else yield Buffer.from(itemsOf(part));
      }
    },
  };
}

const itemsOf = ({ layout, text }: Chunk) => (layout === 'lines' ? text.replaceAll('\n', ',') : text);

import type { SourceColumn } from './information-schema.ts';

/** What the type table asks about a MySQL type. */
export interface SourceType {
  /** DATA_TYPE, lower-case. */
  readonly name: string;
  readonly unsigned: boolean;
  /** The numbers in brackets: digits and scale, bits, characters, bytes, or fraction digits. */
  readonly numbers: readonly number[];
  /** Most bytes that one character can take in UTF-8. */
  readonly bytesPerChar: number;
  /** Characters of the longest value of an enum or set. */
  readonly longestMember: number;
}

/**
 * Reads COLUMN_TYPE: `decimal(10,2) unsigned zerofill`, `enum('a','it''s')`.
 *
 * @throws  never: what is not understood has no numbers
 */
export function parseColumnType(column: Pick<SourceColumn, 'dataType' | 'columnType' | 'charset'>): SourceType {
  const { dataType, columnType, charset } = column;
  const isList = dataType === 'enum' || dataType === 'set';
  const members = isList ? [...columnType.matchAll(/'((?:[^']|'')*)'/g)].map(([, text = '']) => characters(text)) : [];
  const brackets = isList ? undefined : /\(([\d,\s]*)\)/.exec(columnType)?.[1];
  return {
    name: dataType,
    unsigned: !isList && /\b(unsigned|zerofill)\b/i.test(columnType),
    numbers: brackets ? brackets.split(',').map(Number) : [],
    bytesPerChar: bytesPerChar(charset),
    longestMember: dataType === 'set' ? members.reduce((sum, n) => sum + n + 1, -1) : Math.max(0, ...members),
  };
}

const characters = (quoted: string) => [...quoted.replaceAll("''", "'")].length;

/** @source MySQL manual, character sets: only these reach beyond the Basic Multilingual Plane */
function bytesPerChar(charset: string | null): number {
  if (charset === 'ascii') return 1;
  return charset === null || ['utf8mb4', 'utf16', 'utf16le', 'utf32', 'gb18030'].includes(charset) ? 4 : 3;
}

/** Members of an enum or set. @in  COLUMN_TYPE: `enum('a','it''s')` */
export const membersOf = (columnType: string) =>
  [...columnType.matchAll(/'((?:[^']|'')*)'/g)].map(([, member = '']) => member.replaceAll("''", "'"));

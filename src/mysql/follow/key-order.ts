/** Conditions on the key of a table that the server answers in the order in which it sorts that key, whatever the collation. */
import { backticked } from '../../kit/backticked.ts';
import { membersOf } from '../column-type.ts';
import type { SourceColumn } from '../information-schema.ts';
import type { FollowedTable, KeyPoint, KeyRange } from './source.ts';

export interface KeyColumn {
  /** The column, back-ticked. */
  readonly sql: string;
  /** Of a cell. */
  readonly literal: (cell: string) => string;
}

export function keyColumns({ key, source }: FollowedTable): readonly KeyColumn[] {
  const columns = new Map(source.columns.map((column) => [column.name, column]));
  return key.flatMap((name) => {
    const column = columns.get(name);
    return column === undefined ? [] : [{ sql: backticked(name), literal: literalOf(column) }];
  });
}

function literalOf({ dataType, columnType }: SourceColumn): (cell: string) => string {
  if (/^(tinyint|smallint|mediumint|int|integer|bigint|decimal|bit|year)$/.test(dataType)) return plain;
  // As a double that equals the column: 0.1 as a FLOAT is 0.10000000149011612.
  if (dataType === 'float') return (cell) => `${Math.fround(Number(cell))}E0`.replace(/e(.*)E0$/, 'E$1');
  if (/^(double|real)$/.test(dataType)) return (cell) => `${Number(cell)}E0`.replace(/e(.*)E0$/, 'E$1');
  // Sorted by the number of the member; compared with text they would be text.
  if (dataType === 'enum') return (cell) => String(membersOf(columnType).indexOf(String(JSON.parse(cell))) + 1);
  if (dataType === 'set') return (cell) => String(bitsOf(membersOf(columnType), String(JSON.parse(cell))));
  if (/binary$|blob$/.test(dataType)) return (cell) => `x'${Buffer.from(plain(cell), 'base64').toString('hex')}'`;
  return (cell) => quoted(String(JSON.parse(cell)));
}

/** A cell without its quotes, if it has any. */
const plain = (cell: string) => cell.replaceAll('"', '');

const bitsOf = (members: readonly string[], text: string) =>
  text === '' ? 0n : text.split(',').reduce((bits, member) => bits | (1n << BigInt(members.indexOf(member))), 0n);

/** With sql_mode empty, a backslash escapes. */
const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`;

/** @out  a condition; `TRUE` where both ends are open */
export function inRange(columns: readonly KeyColumn[], { after, upTo }: KeyRange): string {
  const conditions = [after && beyond(columns, after, '>', '>'), upTo && beyond(columns, upTo, '<', '<=')];
  return conditions.filter((condition) => condition !== undefined).join(' AND ') || 'TRUE';
}

/**
 * Written out, since the comparison of two rows uses no index. The first column stands alone as well, so that its index is used for
 * all of it.
 */
function beyond(columns: readonly KeyColumn[], point: KeyPoint, strict: '<' | '>', last: '<=' | '>'): string {
  const [first, ...rest] = columns.map(({ sql, literal }, index) => ({ sql, value: literal(point[index] ?? 'null') }));
  if (first === undefined) return 'TRUE';
  if (rest.length === 0) return `${first.sql} ${last} ${first.value}`;
  const nested = beyond(columns.slice(1), point.slice(1), strict, last);
  const bound = `${first.sql} ${strict}= ${first.value}`;
  return `(${bound} AND (${first.sql} ${strict} ${first.value} OR (${first.sql} = ${first.value} AND ${nested})))`;
}

export const keyOrder = (columns: readonly KeyColumn[]): string => columns.map(({ sql }) => sql).join(', ');

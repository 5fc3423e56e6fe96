import { inflateSync } from 'node:zlib';
import { nullCell } from '../cells.ts';
import type { Cells } from '../source.ts';
import { Bytes } from './bytes.ts';
import type { CellReader } from './column-cells.ts';

/** What a row event of a code is. `layout`: 2 has more data in its head; `packed`: MariaDB's log_bin_compress. */
export interface RowEventCode {
  readonly operation: 'insert' | 'update' | 'delete';
  readonly layout: 1 | 2;
  readonly packed: boolean;
}

const operations = ['insert', 'update', 'delete'] as const;
const ofThree = (first: number, layout: 1 | 2, packed: boolean) =>
  operations.map((operation, index) => [first + index, { operation, layout, packed }] as const);

/** @source  MySQL, libs/mysql/binlog/event/binlog_event.h; MariaDB, sql/log_event.h */
export const rowEventCodes: ReadonlyMap<number, RowEventCode> = new Map([
  ...ofThree(23, 1, false),
  ...ofThree(30, 2, false),
  ...ofThree(166, 1, true),
  ...ofThree(169, 2, true),
]);

/** A row event leaves columns out: binlog_row_image is not FULL. */
export class PartialRow extends Error {}

export interface Row {
  readonly before?: Cells;
  readonly after?: Cells;
}

/** The number of the table whose rows follow. */
export const readTableId = (bytes: Bytes): number => bytes.uint(6);

/**
 * The rows of an event, whose table id is read already.
 *
 * @throws  PartialRow; RangeError: the bytes are no rows of such columns
 */
export function readRows(
  bytes: Bytes,
  code: RowEventCode,
  columns: readonly CellReader[],
  onRow: (row: Row) => void,
): void {
  const { operation, layout, packed } = code;
  bytes.skip(2);
  if (layout === 2) bytes.skip(bytes.u16() - 2);
  const count = bytes.length();
  if (count !== columns.length) throw new RangeError(`rows of ${count} columns, the table has ${columns.length}`);
  for (let image = operation === 'update' ? 2 : 1; image > 0; image--) {
    if (!holdsAll(bytes.take((count + 7) >> 3), count)) throw new PartialRow();
  }
  const rows = packed ? new Bytes(inflated(bytes)) : bytes;
  while (rows.left > 0) {
    const first = readCells(rows, columns);
    if (operation === 'insert') onRow({ after: first });
    else if (operation === 'delete') onRow({ before: first });
    else onRow({ before: first, after: readCells(rows, columns) });
  }
}

/** Bits behind the last column may be anything. */
function holdsAll(bitmap: Buffer, count: number): boolean {
  const whole = count >> 3;
  for (let at = 0; at < whole; at++) if (bitmap[at] !== 0xff) return false;
  const rest = (1 << (count & 7)) - 1;
  return ((bitmap[whole] ?? 0) & rest) === rest;
}

function readCells(bytes: Bytes, columns: readonly CellReader[]): Cells {
  const { buffer } = bytes;
  const count = columns.length;
  const nulls = bytes.skip((count + 7) >> 3);
  const cells = new Array<string>(count);
  for (let index = 0; index < count; index++) {
    const isNull = ((buffer[nulls + (index >> 3)] ?? 0) >> (index & 7)) & 1;
    cells[index] = isNull ? nullCell : (columns[index]?.read(bytes) ?? nullCell);
  }
  return cells;
}

/** @source  MariaDB, sql/log_event.cc, binlog_buf_uncompress */
export function inflated(bytes: Bytes): Buffer {
  const header = bytes.u8();
  if ((header & 0xf0) !== 0x80) throw new RangeError(`an event compressed by the method ${header >> 4}`);
  bytes.skip(header & 7);
  return inflateSync(bytes.take(bytes.left));
}

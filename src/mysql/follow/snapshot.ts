/** The rows of a table as they are, by ranges of its key, without a lock. */

import type { Connection as RawConnection } from 'mysql2';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { backticked } from '../../kit/backticked.ts';
import { hangUp } from './hang-up.ts';
import { inRange, type KeyColumn, keyColumns, keyOrder } from './key-order.ts';
import { type SelectedColumn, selectedColumn } from './select-cells.ts';
import { selectCells } from './select-rows.ts';
import type { Cells, FollowedTable, KeyRange, RangeRows } from './source.ts';
import { sourceError } from './source-error.ts';

/** Rows of one statement: a short one, so that the server keeps no old versions of rows for us. */
const statementRows = 20_000;
/** Ranges are noted one by one. */
const mostRanges = 2000;

/** A session that sees times in UTC and zero dates as they are, and waits while nobody asks. */
export const readerSettings: readonly string[] = [
  "SET SESSION time_zone = '+00:00', SESSION sql_mode = '', SESSION net_write_timeout = 7200",
];

const nameOf = ({ database, table }: FollowedTable) => `${backticked(database)}.${backticked(table)}`;

/** By its key: the server may find another way shorter, and sort. */
const fromKey = (table: FollowedTable) => {
  const key = table.source.keys.find(({ columns }) => columns.join('\0') === table.key.join('\0'));
  return `${nameOf(table)}${key === undefined ? '' : ` FORCE INDEX (${backticked(key.name)})`}`;
};

export async function estimateRows(connection: Connection, { database, table }: FollowedTable): Promise<number> {
  const [[row]] = await connection.query<RowDataPacket[]>(
    'SELECT TABLE_ROWS AS estimate FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
    [database, table],
  );
  return Number(row?.['estimate'] ?? 0);
}

/** @out  ranges that meet: each begins where the one before it ends, the first and the last are open */
export async function planRanges(
  connection: RawConnection,
  table: FollowedTable,
  rangeRows: number,
): Promise<readonly KeyRange[]> {
  const rows = await estimateRows(connection.promise(), table);
  const step = Math.max(rangeRows, Math.ceil(rows / mostRanges));
  // The estimate may be half of what there is.
  if (rows * 2 <= step) return [{}];
  const points = isSingleInteger(table) ? integerPoints : walkedPoints;
  const bounds = await points(connection, table, step, rows);
  return [...bounds, undefined].map((upTo, index) => {
    const after = index === 0 ? undefined : bounds[index - 1];
    return { ...(after && { after }), ...(upTo && { upTo }) };
  });
}

const isSingleInteger = ({ key, source }: FollowedTable) =>
  key.length === 1 && /int$/.test(source.columns.find(({ name }) => name === key[0])?.dataType ?? '');

/** Evenly between the least and the greatest. */
async function integerPoints(
  connection: RawConnection,
  table: FollowedTable,
  step: number,
  rows: number,
): Promise<Cells[]> {
  const [column] = keyColumns(table);
  const sql = `SELECT CAST(MIN(${column?.sql}) AS CHAR) AS least, CAST(MAX(${column?.sql}) AS CHAR) AS most FROM ${nameOf(table)}`;
  const [[row]] = await connection.promise().query<RowDataPacket[]>(sql);
  if (typeof row?.['least'] !== 'string') return [];
  const [least, most] = [BigInt(row['least']), BigInt(String(row['most']))];
  const count = BigInt(Math.ceil(rows / step));
  const width = (most - least) / count + 1n;
  return Array.from({ length: Number(count) - 1 }, (_, index) => [String(least + width * BigInt(index + 1))]);
}

/** By walking along the index. */
async function walkedPoints(connection: RawConnection, table: FollowedTable, step: number): Promise<Cells[]> {
  const columns = keyColumns(table);
  const selected = selectedKey(table);
  const points: Cells[] = [];
  for (;;) {
    const after = points.at(-1);
    const where = inRange(columns, after ? { after } : {});
    const sql = `SELECT ${listOf(selected)} FROM ${fromKey(table)} WHERE ${where} ORDER BY ${keyOrder(columns)} LIMIT ${step - 1}, 1`;
    const found: Cells[] = [];
    for await (const rows of selectCells(connection, sql, selected)) found.push(...rows);
    if (found.length === 0) return points;
    points.push(...found);
  }
}

function selectedKey({ key, source }: FollowedTable): readonly SelectedColumn[] {
  return key.flatMap((name) => source.columns.filter((column) => column.name === name)).map(selectedColumn);
}

const listOf = (columns: readonly SelectedColumn[]) => columns.map(({ sql }) => sql).join(', ');

/**
 * @in      open: gives a connection of its own to every call
 * @throws  SinkError
 */
export async function* readRange(
  table: FollowedTable,
  range: KeyRange,
  open: () => Promise<RawConnection>,
): AsyncGenerator<RangeRows> {
  const connection = await open();
  const keyed = keyColumns(table);
  const selected = table.source.columns.map(selectedColumn);
  const keyAt = table.key.map((name) => table.shape.columns.findIndex((column) => column.name === name));
  try {
    let rest = range;
    for (let isMore = true; isMore; ) {
      const sql = statementOf(table, keyed, selected, rest);
      let count = 0;
      for await (const rows of selectCells(connection, sql, selected)) {
        const last = keyAt.map((at) => rows.at(-1)?.[at] ?? 'null');
        count += rows.length;
        rest = { ...rest, after: last };
        yield { shape: table.shape, rows, last };
      }
      isMore = count === statementRows;
    }
  } catch (error) {
    throw sourceError(error);
  } finally {
    hangUp(connection);
  }
}

function statementOf(
  table: FollowedTable,
  keyed: readonly KeyColumn[],
  selected: readonly SelectedColumn[],
  range: KeyRange,
): string {
  const where = inRange(keyed, range);
  return `SELECT ${listOf(selected)} FROM ${fromKey(table)} WHERE ${where} ORDER BY ${keyOrder(keyed)} LIMIT ${statementRows}`;
}

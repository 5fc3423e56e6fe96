import type { SourceTable } from '../../information-schema.ts';
import { type LeavesOut, nothing } from '../left-out.ts';
import { cellReader, skippingReader, type TypeHint } from './column-cells.ts';
import type { ReadableTable } from './event-reader.ts';
import { namedColumns } from './named-columns.ts';
import { readTableMap, type TableMapHead, UnreadableTable } from './table-map.ts';

/** Types that MariaDB writes into the binlog as text or bytes. */
const hinted: readonly string[] = ['json', 'uuid', 'inet4', 'inet6'];

/** Types of columns by database, table and column, where the binlog does not tell them. */
function hintsOf(tables: readonly SourceTable[]): ReadonlyMap<string, TypeHint> {
  return new Map(
    tables.flatMap(({ database, name, columns }) =>
      columns
        .filter(({ dataType }) => hinted.includes(dataType))
        .map((column) => [`${database}\0${name}\0${column.name}`, column.dataType as TypeHint] as const),
    ),
  );
}

/**
 * Makes tables readable, each version of one once: the server describes a table again before the rows of every statement.
 *
 * @in  tables: as they are now; charsets: name by id of a collation; leavesOut: columns of such tables that nobody wants;
 *      defined: tables as they were when following began, whose columns count instead of those that the binlog names
 */
export function readableTables(
  tables: readonly SourceTable[],
  charsets: ReadonlyMap<number, string>,
  leavesOut: LeavesOut = nothing,
  defined?: readonly SourceTable[],
): (head: TableMapHead) => ReadableTable {
  const hints = hintsOf(defined ?? tables);
  const byName = new Map((defined ?? tables).map((table) => [`${table.database}\0${table.name}`, table]));
  const known = new Map<string, { readonly description: Buffer; readonly table: ReadableTable }>();
  return (head) => {
    const { database, table, rest } = head;
    const name = `${database}\0${table}`;
    const description = rest.buffer.subarray(rest.at, rest.end);
    const found = known.get(name);
    if (found?.description.equals(description)) return found.table;
    // The packet's bytes do not stay.
    const kept = Buffer.from(description);
    const source = byName.get(name);
    if (defined && source === undefined)
      throw new UnreadableTable('definition', 'it was not there when following began');
    const named =
      defined && source ? (types: Parameters<typeof namedColumns>[0]) => namedColumns(types, source) : undefined;
    const { columns } = readTableMap(head, charsets, named);
    // Of a table that was made since, nobody knows the key yet.
    const isKept = columns.map((column) => source === undefined || !leavesOut(source, column.name));
    const readers = columns.map((column, index) =>
      isKept[index] ? cellReader(column, hints.get(`${name}\0${column.name}`)) : skippingReader(column),
    );
    const described = columns.map((column, index) => ({ name: column.name, kind: readers[index]?.kind ?? 'text' }));
    const shape = { database, table, columns: described.filter((_, index) => isKept[index]) };
    const made = isKept.every(Boolean) ? { shape, readers } : { shape, readers, isKept };
    known.set(name, { description: kept, table: made });
    return made;
  };
}

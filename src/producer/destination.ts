import type { Operation, Row } from './row-text.ts';
import type { TableName } from './table-name.ts';

/** For the compiler only: nothing has this property. */
declare const rows: unique symbol;

/** A table whose columns are known, as `defineTable` makes it. */
export interface DefinedTable<Upserted extends object = object, Deleted extends object = object> {
  readonly name: TableName;
  /**
   * Says why a row is none of the table.
   *
   * @in   text: the row as JSON
   * @out  names the column, and holds nothing of the row
   */
  readonly problemOf: (row: Row, text: string) => string | undefined;
  readonly [rows]?: { readonly upserted: Upserted; readonly deleted: Deleted };
}

/** Where rows go: a table by its name, or one that is defined. */
export type Destination = TableName | DefinedTable;

export const isDefined = (table: Destination): table is DefinedTable =>
  typeof table === 'object' && 'problemOf' in table;

/** The rows that a destination takes. */
export type RowsFor<D extends Destination, O extends { readonly op?: Operation | undefined }> =
  D extends DefinedTable<infer Upserted, infer Deleted>
    ? O extends { readonly op: 'delete' }
      ? OneOrMore<Deleted>
      : OneOrMore<Upserted>
    : OneOrMore<Row>;

type OneOrMore<R extends Row> = R | readonly R[] | Iterable<R> | AsyncIterable<R>;

/** What a row of the table holds. */
export type RowOf<T extends DefinedTable> = T extends DefinedTable<infer Upserted> ? Upserted : never;

/** What names a row that is deleted: its key. */
export type DeletedRowOf<T extends DefinedTable> = T extends DefinedTable<object, infer Deleted> ? Deleted : never;

import type { JsonPath } from '../formats/json-path.ts';
import type { Column, ColumnType, Plan, TableDefinition } from '../model.ts';

/** A field of the body, in the order of `columns` (CSV), or by name or path (JSON). */
export interface Source {
  readonly name: string;
  /** The column whose type the field is converted to; absent when an expression reads the field, or nothing does. */
  readonly column?: Column;
  /** Of the table column with this name, whether or not it is converted to it. */
  readonly type?: ColumnType;
}

/** Where the values of a column come from. */
export type Origin =
  | { readonly kind: 'source'; readonly index: number }
  /** DuckDB SQL over sources and mappings. */
  | { readonly kind: 'expression'; readonly sql: string }
  | { readonly kind: 'default' }
  /** Made when the rows are published. */
  | { readonly kind: 'automatic' };

export interface Target {
  readonly column: Column;
  readonly origin: Origin;
}

/** `name = sql` of the header `columns`. */
export interface Mapping {
  readonly name: string;
  /** As written. */
  readonly text: string;
  readonly sql: string;
}

export interface CsvFormat {
  readonly kind: 'csv';
  /** Bytes, one per character; so are the others. */
  readonly columnSeparator: string;
  readonly rowDelimiter: string;
  readonly enclose?: string;
  readonly escape?: string;
  readonly skipHeader: number;
  readonly trimSpace: boolean;
}

export interface JsonFormat {
  readonly kind: 'json';
  readonly stripOuterArray: boolean;
  readonly root?: JsonPath;
  /** The i-th path belongs to the i-th source. */
  readonly paths?: readonly JsonPath[];
  /** Objects are events of Debezium, whose images are the rows. */
  readonly debezium: boolean;
}

export type Compression = 'none' | 'gzip' | 'zstd' | 'zlib' | 'lz4-frame';

/** What the frontend makes of headers and table. */
export interface LoadPlan extends Plan {
  readonly format: CsvFormat | JsonFormat;
  readonly compression: Compression;
  readonly strict: boolean;
  /** Seconds east of UTC. */
  readonly zoneSeconds: number;
  readonly sources: readonly Source[];
  readonly mappings: readonly Mapping[];
  /** The columns to be written, in table order: all of them, or those of a partial update. */
  readonly targets: readonly Target[];
  /** Primary-key tables: 0 upserts, 1 deletes. Undefined for other tables. */
  readonly operation?: Origin | { readonly kind: 'constant'; readonly value: 0 | 1 };
  readonly where?: { readonly text: string; readonly sql: string };
  readonly partial: boolean;
  readonly mergeCondition?: string;
  readonly negative: boolean;
}

export const operationField = '__op';

/** Headers or columns that no plan can be made of; the message is StarRocks'. */
export class PlanFault extends Error {
  override readonly name = 'PlanFault';
}

/** A body that cannot be read, whatever its rows are. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody';
  /** What the error log quotes of the body; absent when it says nothing of this. */
  readonly location: string | undefined;

  constructor(message: string, location?: string) {
    super(message);
    this.location = location;
  }
}

/** A column by name, letter case aside. */
export function columnNamed(table: TableDefinition, name: string): Column | undefined {
  return table.columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
}

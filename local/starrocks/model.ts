/**
 * The words that the parts of the stand-in share. Way of the data:
 *
 *   DDL (query port) ─▶ Catalog ◀─ plan (headers against a table) ─▶ stage (body → hidden rows) ─▶ publish (by table model)
 */

export type TableModel = 'DUP_KEYS' | 'AGG_KEYS' | 'UNIQUE_KEYS' | 'PRIMARY_KEYS';

/** A StarRocks type as declared, e.g. DECIMAL(10,2), VARCHAR(20), ARRAY<INT>. */
export interface ColumnType {
  /** Upper-case base name: TINYINT … LARGEINT, FLOAT, DOUBLE, DECIMAL, BOOLEAN, CHAR, VARCHAR, VARBINARY, DATE, DATETIME, JSON, ARRAY, MAP, STRUCT, BITMAP, HLL. */
  readonly base: string;
  /** VARCHAR/CHAR/VARBINARY length in bytes. */
  readonly length?: number;
  readonly precision?: number;
  readonly scale?: number;
  /** ARRAY: the element; MAP: key and value; STRUCT: the fields, named in `fieldNames`. */
  readonly elements?: readonly ColumnType[];
  readonly fieldNames?: readonly string[];
  /** As information_schema.columns.COLUMN_TYPE prints it. */
  readonly text: string;
}

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  readonly key: boolean;
  /** AGG_KEYS: SUM, MAX, MIN, REPLACE, REPLACE_IF_NOT_NULL, … */
  readonly aggregate?: string;
  /** The literal or expression of DEFAULT; null for DEFAULT NULL; absent when there is none. */
  readonly default?: string | null;
  readonly generated?: string;
  readonly autoIncrement?: boolean;
  readonly comment: string;
}

export interface TableDefinition {
  readonly database: string;
  readonly name: string;
  readonly model: TableModel;
  readonly columns: readonly Column[];
  /** Key columns, in key order. */
  readonly keys: readonly string[];
  readonly partitions: readonly string[];
  /** What stands after PARTITION BY when the table is shown. */
  readonly partitionBy?: string;
  /** ORDER BY; as the key when left out. */
  readonly sortKeys?: readonly string[];
  readonly distribution: {
    readonly type: 'HASH' | 'RANDOM';
    readonly columns: readonly string[];
    readonly buckets?: number;
  };
  readonly properties: Readonly<Record<string, string>>;
  readonly comment: string;
  /** Where DuckDB keeps the rows, when not under the names above. */
  readonly storedAs?: StoredName;
}

export interface StoredName {
  readonly schema: string;
  readonly table: string;
}

/** A query under a name. */
export interface ViewDefinition {
  readonly database: string;
  readonly name: string;
  readonly columns: readonly Column[];
  /** As SHOW CREATE VIEW prints it. */
  readonly query: string;
  readonly comment: string;
  readonly storedAs?: StoredName;
}

/** Databases and tables that exist. Names are case-sensitive, as in StarRocks. */
export interface Catalog {
  hasDatabase(database: string): boolean;
  databases(): readonly string[];
  table(database: string, table: string): TableDefinition | undefined;
  view?(database: string, view: string): ViewDefinition | undefined;
  /** Finishes schema changes whose time has come; undefined when there are none. */
  settle?(): Promise<void> | undefined;
}

/** The request headers of one load; names lower-case. */
export type LoadHeaders = Readonly<Record<string, string | undefined>>;

/** What StarRocks' frontend would have planned, or the Message it refuses with. */
export type Planned = { readonly ok: true; readonly plan: Plan } | { readonly ok: false; readonly message: string };

/** Made by `plan`, read by `stage`; opaque to the protocol side. */
export interface Plan {
  readonly table: TableDefinition;
}

/** Rows that were parsed and checked, and that nobody sees yet. */
export interface Staged {
  readonly table: TableDefinition;
  readonly total: number;
  readonly loaded: number;
  readonly filtered: number;
  readonly unselected: number;
  /** Lines of the error log, at most 50, in StarRocks' format. */
  readonly errors: readonly string[];
}

/** A body that cannot be read at all (JSON shape, delimiters): the load fails whatever max_filter_ratio says. */
export type StageOutcome =
  | { readonly ok: true; readonly staged: Staged }
  | {
      readonly ok: false;
      readonly message: string;
      /** Lines of the error log. */
      readonly errors?: readonly string[];
    };

/** Keeps rows. One implementation, on DuckDB. */
export interface Storage {
  readonly catalog: Catalog;
  /** Checks headers against the table, before a body byte is read. Database and table exist. */
  plan(table: TableDefinition, headers: LoadHeaders): Planned;
  /** Checks the expressions of a plan; what the frontend says against them. */
  analyze(plan: Plan): Promise<string | undefined>;
  /**
   * Reads bodies (files, each a whole request body as it came: still compressed) into hidden rows. One body for a plain
   * load; all bodies of a transaction, in order: CSV bodies are one concatenated text, JSON bodies are parsed apart.
   */
  stage(plan: Plan, bodyFiles: readonly string[]): Promise<StageOutcome>;
  /** Makes staged rows visible, all or none, by the rules of each table's model. Calls are serialised in call order. */
  publish(...staged: readonly Staged[]): Promise<void>;
  /** Forgets staged rows. */
  discard(staged: Staged): Promise<void>;
}

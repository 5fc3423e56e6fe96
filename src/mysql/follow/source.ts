/**
 * What the follower asks of a MySQL or MariaDB server: the seam between reading it (binlog, snapshot, checks) and running (state,
 * plan, sending). Types only; `connectSource` of connect-source.ts makes a `MySqlSource`, tests make their own.
 *
 * Everything that cannot go on is thrown as a SinkError whose code is in the table of failures: with the verdict `retry` it passes
 * (a lost connection, a server that restarts: open again from the last position), with `reject` a person must act first. Either is
 * thrown behind the last event that is whole, and no position moves past what was not understood.
 */
import type { CompiledRoute } from '../../options/compile-routes.ts';
import type { MysqlTls } from '../connection-options.ts';
import type { SourceTable } from '../information-schema.ts';
import type { MysqlAddress } from '../smt-config.ts';

/** The server, and who we are to it. */
export interface SourceAddress {
  readonly address: MysqlAddress;
  readonly tls: MysqlTls;
  /** Our id among the replicas of the server, 1 to 2^32-1; nobody else's. */
  readonly serverId: number;
  /** Columns that nobody wants: `database.table.column`, where * is any part of a name. */
  readonly leaveOut?: readonly string[];
  /** server: the binlog does not name columns; their names are those of when following began. */
  readonly columnNames?: 'binlog' | 'server';
}

/** A place between two transactions of the binlog. Plain data: JSON keeps it. `comparePositions` of position.ts orders two. */
export interface SourcePosition {
  /** Everything in it was read: the GTID set of MySQL (`uuid:1-5,…`) or the GTID position of MariaDB (`0-1-5,…`). This counts. */
  readonly gtid: string;
  /** Where the server keeps it, for people; empty where nobody asked. */
  readonly file: string;
  readonly offset: number;
  /** From where to read again, since an XA transaction that was prepared before this position is still open. Absent: from `gtid`. */
  readonly readFrom?: string;
}

/** The columns of a table as they were when a row was written. The same object for all rows of one version of the table. */
export interface RowShape {
  readonly database: string;
  readonly table: string;
  readonly columns: readonly ShapeColumn[];
}

export interface ShapeColumn {
  readonly name: string;
  /**
   * What the JSON text of its cells is: `number` a JSON number; `digits` a JSON string of a number that a double may not hold (DECIMAL,
   * integers beyond 2^53); `json` the document itself (JSON, geometry as GeoJSON with srid); `bytes` base64; `moment` a date or
   * datetime as MySQL prints it, zero dates too; `text` anything else. A cell of an unsafe integer in a column of `number` is quoted.
   */
  readonly kind: 'number' | 'digits' | 'json' | 'bytes' | 'moment' | 'text';
}

/** JSON text by column, `null` for NULL. Equal cells are equal values, so a changed key shows. */
export type Cells = readonly string[];

export interface RowChange {
  readonly kind: 'row';
  readonly shape: RowShape;
  readonly operation: 'insert' | 'update' | 'delete';
  /** Of update and delete. */
  readonly before?: Cells;
  /** Of insert and update. */
  readonly after?: Cells;
  /** Counts the rows of followed tables within the transaction from 0: always the same number for the same row. */
  readonly index: number;
}

/** A transaction begins. Its rows follow, before its commit is known. */
export interface Begin {
  readonly kind: 'begin';
  /** GTID of the transaction: unique, and the same whenever it is read. */
  readonly gtid: string;
  /** When the server wrote it, in seconds since 1970, as ms. */
  readonly atMs: number;
}

/** Everything up to here is whole: the position that may be kept once its rows are safe. */
export interface Commit {
  readonly kind: 'commit';
  readonly position: SourcePosition;
  readonly atMs: number;
}

/** A statement that changes what tables are or hold without row events. It stands in a transaction of its own (begin … commit). */
export interface SchemaChange {
  readonly kind: 'schema-change';
  readonly database: string;
  /** Empty: the statement concerns a whole database. */
  readonly table: string;
  /**
   * alter: columns may have changed. truncate: all rows are gone. drop: the table is gone. create, rename: a table has this name now.
   * partition: rows may be gone or exchanged.
   */
  readonly change: 'alter' | 'truncate' | 'drop' | 'create' | 'rename' | 'partition';
  readonly statement: string;
}

/** Nothing happened for a while: the connection lives, and all up to the position was read. */
export interface Heartbeat {
  readonly kind: 'heartbeat';
  readonly position: SourcePosition;
}

export type SourceEvent = Begin | RowChange | Commit | SchemaChange | Heartbeat;

/** A table that is followed, and the route that takes it. */
export interface FollowedTable {
  readonly database: string;
  readonly table: string;
  readonly route: CompiledRoute;
  /** Names of the columns of its row key, in key order. Empty: it has none, and cannot be followed. */
  readonly key: readonly string[];
  readonly shape: RowShape;
  /** As information_schema describes it, without what is left out. */
  readonly source: SourceTable;
  /** With it. */
  readonly whole: SourceTable;
}

/** A point between two rows in key order: the cells of the key of the row before it. */
export type KeyPoint = Cells;

/** Rows behind `after` up to and including `upTo`; open ends where absent. Plain data: JSON keeps it. */
export interface KeyRange {
  readonly after?: KeyPoint;
  readonly upTo?: KeyPoint;
}

/** Some rows of a range, in key order. `last` is where to go on: {...range, after: last}. */
export interface RangeRows {
  readonly shape: RowShape;
  readonly rows: readonly Cells[];
  readonly last: KeyPoint;
}

/** Something about the server or a table that is in the way of following it, or that a person should know. */
export interface SourceFinding {
  /** stop: following is refused until it is mended. */
  readonly weight: 'stop' | 'tell';
  /** A variable, a privilege, `database.table` or `database.table.column`. */
  readonly where: string;
  readonly text: string;
  /** Statements that mend it, if any do. */
  readonly statements: readonly string[];
}

/** An open server. */
export interface MySqlSource {
  /** The binlog names the columns of its rows. */
  readonly namesColumns: boolean;
  readonly flavour: 'mysql' | 'mariadb';
  readonly version: string;
  /** The tables that routes take, as they are now, in the order of their names. */
  tables(): Promise<readonly FollowedTable[]>;
  /** Everything that is in the way, all at once. */
  check(): Promise<readonly SourceFinding[]>;
  /** A position such that a row read after this call holds everything up to it. Nothing is locked. */
  notePosition(): Promise<SourcePosition>;
  /** How long the server keeps what it has written, in ms; undefined: until somebody deletes it. */
  keptMs(): Promise<number | undefined>;
  /** How many rows the table has, as the server believes: wrong by half at times. */
  estimateRows(table: FollowedTable): Promise<number>;
  /**
   * Ranges that together hold every row of the table once.
   *
   * @in  rangeRows: about so many rows each; 50,000 if not given
   */
  planRanges(table: FollowedTable, rangeRows?: number): Promise<readonly KeyRange[]>;
  /** Streams the rows of a range over a connection of its own; several may be read at once. */
  readRange(table: FollowedTable, range: KeyRange): AsyncIterable<RangeRows>;
  /**
   * Reads the binlog behind a position, until the consumer stops asking (`return()` closes the connection) or something throws. The socket
   * is paused while nobody asks, so memory is bounded by some MB and one row, whatever the size of a transaction.
   *
   * @in  defined: followed tables as they were when following began, where the binlog does not name columns
   */
  openBinlog(from: SourcePosition, defined?: readonly SourceTable[]): AsyncIterable<readonly SourceEvent[]>;
  close(): Promise<void>;
}

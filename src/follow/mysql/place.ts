import type { KeyPoint, SourcePosition } from '../../mysql/follow/source.ts';
import type { VersionPlace } from './versions.ts';

/** How far the rows of one table are copied. */
export interface TableProgress {
  readonly database: string;
  readonly table: string;
  /** Its ranges stand in an object of their own: there may be many. Absent: it was not begun. */
  readonly ranges?: { readonly key: string; readonly count: number } | undefined;
  /** Ranges below are copied, or among the open ones. */
  readonly next: number;
  readonly open: readonly OpenRange[];
  /** Rows that were copied. */
  readonly rows: number;
  /** What the server believes. */
  readonly estimatedRows: number;
}

export interface OpenRange {
  readonly index: number;
  /** The key of the last row that was copied; absent: none was. */
  readonly after?: KeyPoint | undefined;
}

export interface SnapshotPlace {
  readonly phase: 'snapshot';
  /** Noted before the first row was read: the binlog is followed from here. */
  readonly start: SourcePosition;
  readonly tables: readonly TableProgress[];
  readonly versions?: VersionPlace | undefined;
  /** Tables as they were when following began, where the binlog does not name columns: the object that describes them. */
  readonly defined?: string | undefined;
}

export interface BinlogPlace {
  readonly phase: 'binlog';
  /** Everything up to it is behind. */
  readonly position: SourcePosition;
  /** Of transactions behind it, the first rows that are in the queue already: those that are larger than a portion. */
  readonly inside?: readonly Inside[] | undefined;
  /** A transaction whose statement stopped somebody, and that a person has seen to. */
  readonly past?: string | undefined;
  /** Tables that were copied, or followed since they were made: the object that names them. */
  readonly tables?: string | undefined;
  readonly versions?: VersionPlace | undefined;
  /** Tables as they were when following began, where the binlog does not name columns: the object that describes them. */
  readonly defined?: string | undefined;
}

export interface Inside {
  readonly gtid: string;
  readonly rows: number;
  /** By which routes they were counted. */
  readonly routes?: string | undefined;
}

/** Where a MySQL server is read on. */
export type MySqlPlace = SnapshotPlace | BinlogPlace;

export const isCopied = ({ ranges, next, open }: TableProgress): boolean =>
  ranges !== undefined && next >= ranges.count && open.length === 0;

import type { LoadContext } from './load-context.ts';

/** What a transaction over several tables has of one of them. */
export interface TablePart {
  readonly table: string;
  /** Index of the backend that takes its rows. */
  readonly backend: number;
  readonly context: LoadContext;
}

/** A transaction over several tables, as the frontend keeps it. */
export interface MultiTableTask {
  readonly label: string;
  readonly database: string;
  readonly txnId: number;
  readonly createdAtMs: number;
  readonly timeoutMs: number;
  state: 'BEGIN' | 'COMMITING' | 'COMMITED' | 'CANCELLED';
  /** Why it was cancelled. */
  error: string;
  /** By table. */
  readonly parts: Map<string, TablePart>;
}

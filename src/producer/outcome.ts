import { type FailureCode, SinkError } from '../kit/errors.ts';
import type { RowPack } from './message.ts';

/** Totals since the producer was made, of what SQS has taken. */
export interface SendSummary {
  readonly rows: number;
  readonly messages: number;
  /** Bytes that SQS counts: bodies and attributes. */
  readonly bytes: number;
  /** Messages whose rows are in S3. */
  readonly offloaded: number;
}

/** A row that `send` did not take. The others of the call were taken. */
export interface RefusedRow {
  /** Position in the call, from 0. */
  readonly index: number;
  readonly code: FailureCode;
  readonly detail: string;
}

/** What `send` rejects with when rows cannot be sent as they are. */
export type RowsRefused = SinkError & {
  /** The first hundred of them. */
  readonly refused: readonly RefusedRow[];
  readonly refusedRows: number;
};

/** Rows that did not reach SQS, as text: `send(table, rows, { chunk })` sends them again under the same chunk id. */
export interface UnsentChunk {
  readonly chunk: string;
  readonly database: string | undefined;
  readonly table: string;
  readonly rows: readonly string[];
  readonly reason: string;
}

/** What `flush` and `close` reject with when SQS did not take everything. */
export type SendFailed = SinkError & { readonly unsent: readonly UnsentChunk[] };

const namedAtMost = 10;

export function rowsRefused(refused: readonly RefusedRow[], refusedRows: number): RowsRefused {
  const [first] = refused;
  const more = refusedRows > 1 ? ` ${refusedRows - 1} more rows of the call were refused.` : '';
  const detail = `Row ${(first?.index ?? 0) + 1} of the call: ${first?.detail}${more}`;
  return Object.assign(new SinkError(first?.code ?? 'ROW_NOT_JSON', detail), { refused, refusedRows });
}

export function sendFailed(unsent: readonly UnsentChunk[]): SendFailed {
  const rows = unsent.reduce((sum, chunk) => sum + chunk.rows.length, 0);
  const named = unsent
    .slice(0, namedAtMost)
    .map(
      ({ chunk, table, rows, reason }) =>
        `chunk ${chunk} (${rows.length} rows for ${table}): ${reason.replace(/\.$/, '')}`,
    );
  const more = unsent.length > namedAtMost ? `; and ${unsent.length - namedAtMost} more chunks` : '';
  const detail = `${rows} rows in ${unsent.length} chunks were not sent: ${named.join('; ')}${more}.`;
  return Object.assign(new SinkError('SEND_FAILED', detail), { unsent });
}

export const unsentChunk = ({ chunkId, table, rows }: RowPack, reason: string): UnsentChunk => ({
  chunk: chunkId,
  database: table.database,
  table: table.table,
  rows,
  reason,
});

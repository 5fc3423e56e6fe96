import type { Transaction } from '../../http/labels.ts';
import type { Answer } from '../../mysql/mysql-replies.ts';
import type { ClusterView } from '../cluster-view.ts';
import { SqlError } from '../sql-error.ts';
import { timeText } from '../time-text.ts';
import type { TokenReader } from '../token-reader.ts';
import { type Cell, readDatabase, type Shown, table } from './answer.ts';

interface Shower {
  readonly name: string;
  readonly cell: (transaction: Transaction) => Cell;
  /** Only in releases that read `prepared_timeout`. */
  readonly ofPrepared?: true;
}

const transactionColumns: readonly Shower[] = [
  { name: 'TransactionId', cell: ({ id }) => id },
  { name: 'Label', cell: ({ label }) => label },
  { name: 'Coordinator', cell: () => 'BE: 127.0.0.1' },
  { name: 'TransactionStatus', cell: ({ state }) => state },
  { name: 'LoadJobSourceType', cell: ({ source }) => source },
  { name: 'PrepareTime', cell: ({ beganAtMs }) => timeText(beganAtMs) },
  { name: 'PreparedTime', cell: ({ preparedAtMs }) => timeOr(preparedAtMs), ofPrepared: true },
  { name: 'CommitTime', cell: ({ committedAtMs }) => timeOr(committedAtMs) },
  { name: 'PublishTime', cell: ({ state, finishedAtMs }) => (state === 'VISIBLE' ? timeOr(finishedAtMs) : null) },
  { name: 'FinishTime', cell: ({ finishedAtMs }) => timeOr(finishedAtMs) },
  { name: 'Reason', cell: ({ reason }) => reason },
  { name: 'ErrorReplicasCount', cell: () => '0' },
  { name: 'ListenerId', cell: ({ id }) => `[${id}]` },
  { name: 'TimeoutMs', cell: ({ timeoutMs }) => timeoutMs },
  { name: 'PreparedTimeoutMs', cell: ({ preparedTimeoutMs }) => preparedTimeoutMs, ofPrepared: true },
  { name: 'ErrMsg', cell: () => '' },
];

/** SHOW TRANSACTION [FROM database] WHERE ID = … */
export function showTransaction(reader: TokenReader, shown: Shown): Answer {
  const database = readDatabase(reader, shown);
  const id = readId(reader);
  const found = shown.cluster.transactions().find((each) => each.database === database && each.id === id);
  if (found === undefined) throw SqlError.refused(`transaction with id ${id} does not exist`);
  return transactionsTable([found], shown.cluster);
}

function readId(reader: TokenReader): number {
  const unclear = () => SqlError.analyzed(5064, '42000', 'Where clause should looks like: ID = $transaction_id');
  if (!reader.accept('WHERE') || !reader.accept('ID') || !reader.acceptSymbol('=')) throw unclear();
  if (reader.peek().kind !== 'number') throw unclear();
  return reader.integer();
}

export function isRunning({ state }: Transaction): boolean {
  return state !== 'VISIBLE' && state !== 'ABORTED';
}

/** As SHOW PROC '/transactions/…' and SHOW TRANSACTION print them, the newest first. */
export function transactionsTable(transactions: readonly Transaction[], cluster: ClusterView): Answer {
  const columns = transactionColumns.filter(({ ofPrepared }) => ofPrepared === undefined || cluster.showsPrepared);
  const rows = transactions.toSorted((a, b) => b.id - a.id);
  return table(
    columns.map(({ name }) => name).join(', '),
    rows.map((transaction) => columns.map(({ cell }) => cell(transaction))),
  );
}

function timeOr(epochMs: number | undefined): string | null {
  return epochMs === undefined ? null : timeText(epochMs);
}

import type { Transaction } from '../../http/labels.ts';
import type { Answer } from '../../mysql/mysql-replies.ts';
import { SqlError } from '../sql-error.ts';
import { timeText } from '../time-text.ts';
import type { TokenReader } from '../token-reader.ts';
import { type Cell, readDatabase, type Shown, table } from './answer.ts';

const COLUMNS = `TransactionId, Label, Coordinator, TransactionStatus, LoadJobSourceType, PrepareTime, CommitTime,
  PublishTime, FinishTime, Reason, ErrorReplicasCount, ListenerId, TimeoutMs, ErrMsg`;

/** SHOW TRANSACTION [FROM database] WHERE ID = … */
export function showTransaction(reader: TokenReader, shown: Shown): Answer {
  const database = readDatabase(reader, shown);
  const id = readId(reader);
  const found = shown.cluster.transactions().find((each) => each.database === database && each.id === id);
  if (found === undefined) throw SqlError.refused(`transaction with id ${id} does not exist`);
  return transactionsTable([found]);
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
export function transactionsTable(transactions: readonly Transaction[]): Answer {
  return table(COLUMNS, [...transactions].sort((a, b) => b.id - a.id).map(transactionRow));
}

function transactionRow(transaction: Transaction): Cell[] {
  const { id, label, state, source, reason, beganAtMs, committedAtMs, finishedAtMs, timeoutMs } = transaction;
  const head = [id, label, 'BE: 127.0.0.1', state, source, timeText(beganAtMs)];
  const published = state === 'VISIBLE' ? timeOr(finishedAtMs) : null;
  return [...head, timeOr(committedAtMs), published, timeOr(finishedAtMs), reason, '0', `[${id}]`, timeoutMs, ''];
}

function timeOr(epochMs: number | undefined): string | null {
  return epochMs === undefined ? null : timeText(epochMs);
}

import type { Transaction, TransactionState } from './http/labels.ts';
import type { LoadRecord } from './sql/cluster-view.ts';

/** States as information_schema.loads spells them. */
const states: Readonly<Record<TransactionState, string>> = {
  PREPARE: 'LOADING',
  PREPARED: 'PREPARED',
  COMMITTED: 'COMMITED',
  VISIBLE: 'FINISHED',
  ABORTED: 'CANCELLED',
};

/** What information_schema.loads shows of a transaction. */
export function loadRecord(transaction: Transaction): LoadRecord {
  const { id, label, database, table, state, reason, beganAtMs } = transaction;
  return {
    ID: id,
    LABEL: label,
    DB_NAME: database,
    TABLE_NAME: table,
    STATE: states[state],
    PROGRESS: state === 'VISIBLE' ? '100%' : '0%',
    TYPE: label.startsWith('merge_commit_') ? 'MERGE_COMMIT' : 'STREAM_LOAD',
    PRIORITY: 'NORMAL',
    CREATE_TIME: new Date(beganAtMs).toISOString().slice(0, 19).replace('T', ' '),
    ERROR_MSG: reason === '' ? null : reason,
  };
}

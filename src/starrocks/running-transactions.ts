import type { QueryPort } from './query-port.ts';

/**
 * How many transactions of a database are begun and not visible yet, of all who load into it: what max_running_txn_num_per_db limits.
 *
 * @throws SinkError STARROCKS_PRIVILEGE_MISSING: it needs OPERATE; others as the query port says
 * @source StarRocks docs, SHOW PROC; test/fixtures/recorded: PREPARE and PREPARED count
 */
export async function runningTransactions(port: QueryPort, database: string): Promise<number> {
  const rows = await port.query(`SHOW PROC '/transactions/${database}'`, [], { database });
  const row = rows.find(({ STATE }) => STATE === 'running');
  return Number(row?.['NUMBER'] ?? 0);
}

/** @out  what a frontend is configured with; undefined: it knows no such name @throws SinkError as above */
export async function frontendConfig(port: QueryPort, name: string): Promise<number | undefined> {
  const [row] = await port.query(`ADMIN SHOW FRONTEND CONFIG LIKE '${name}'`, [], { database: '' });
  const value = Number(row?.['VALUE']);
  return row !== undefined && Number.isFinite(value) ? value : undefined;
}

/** Where in the source's log a change of Debezium stands. */
import { type ChangeOrigin, digitsOf, isObject, type Json, textOr } from './change.ts';
import { binlogVersion, lsnVersion } from './versions.ts';

/** @in  source, transaction: of the envelope */
export function originOf(source: Json, transaction: unknown): ChangeOrigin {
  const id = isObject(transaction) ? transaction['id'] : undefined;
  return originOfAdded((field) => (field === 'transaction_id' ? id : source[field]));
}

/**
 * @in      field: gives a field of the source
 * @source  Debezium: the source struct of its connectors for MySQL, MariaDB, Postgres and SQL Server
 */
export function originOfAdded(field: (name: string) => unknown): ChangeOrigin {
  const ms = digitsOf(field('ts_ms'));
  const committedAtMs = ms === undefined ? Number.NaN : Number(ms);
  const transaction = transactionOf(field);
  return {
    ...placeOf(field),
    ...(Number.isFinite(committedAtMs) ? { committedAtMs } : {}),
    ...(transaction === undefined ? {} : { transaction }),
  };
}

/**
 * The name of the transaction where Debezium is told to say it (`provide.transaction.metadata`), or else what the source has for one:
 * GTIDs of MySQL and MariaDB, numbers of Postgres and Oracle, the place of the commit of SQL Server.
 */
function transactionOf(field: (name: string) => unknown): string | undefined {
  const named = ['transaction_id', 'gtid', 'txId', 'commit_lsn']
    .map(field)
    .find((id) => id !== undefined && id !== null);
  return textOr(digitsOf(named) ?? named);
}

function placeOf(field: (name: string) => unknown): Pick<ChangeOrigin, 'position' | 'version'> {
  const [file, pos, row = '0'] = [field('file'), digitsOf(field('pos')), digitsOf(field('row'))];
  if (typeof file === 'string' && pos !== undefined) {
    const version = binlogVersion(file, pos, row);
    return { position: `${file}:${pos}:${row}`, ...(version === undefined ? {} : { version }) };
  }
  // A transaction may have begun before a snapshot was taken and end behind it: whatever it wrote is newer.
  const isSnapshot = !['false', false, undefined, null].includes(field('snapshot') as string | boolean | undefined);
  const lsn = digitsOf(field('lsn'));
  if (lsn !== undefined) return { position: lsn, version: isSnapshot ? 0n : BigInt(lsn) };
  const change = field('change_lsn') ?? field('commit_lsn');
  if (typeof change !== 'string') return {};
  const serial = digitsOf(field('event_serial_no')) ?? '0';
  const version = isSnapshot ? 0n : lsnVersion(change, serial);
  return { position: change, ...(version === undefined ? {} : { version }) };
}

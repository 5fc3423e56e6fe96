/** Where in the source's log a change of Debezium stands. */
import { type ChangeOrigin, digitsOf, type Json } from './change.ts';
import { binlogVersion, lsnVersion } from './versions.ts';

/** @in  source: of the envelope */
export const originOf = (source: Json): ChangeOrigin => originOfAdded((field) => source[field]);

/**
 * @in      field: gives a field of the source
 * @source  Debezium: the source struct of its connectors for MySQL, MariaDB, Postgres and SQL Server
 */
export function originOfAdded(field: (name: string) => unknown): ChangeOrigin {
  const ms = digitsOf(field('ts_ms'));
  const committedAtMs = ms === undefined ? Number.NaN : Number(ms);
  return { ...placeOf(field), ...(Number.isFinite(committedAtMs) ? { committedAtMs } : {}) };
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

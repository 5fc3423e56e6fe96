import type { Connection, RowDataPacket } from 'mysql2/promise';

export type ServerVariables = ReadonlyMap<string, string>;

export async function readVariables(connection: Connection): Promise<ServerVariables> {
  const [rows] = await connection.query<RowDataPacket[]>('SHOW GLOBAL VARIABLES');
  return new Map(rows.map((row) => [String(row['Variable_name']), String(row['Value'])]));
}

/**
 * How long a server keeps its binlogs.
 *
 * @out     seconds; undefined: until somebody deletes them
 * @source  MySQL manual, binlog_expire_logs_seconds, binlog_expire_logs_auto_purge; MariaDB, expire_logs_days
 */
export function keptSeconds(variables: ServerVariables): number | undefined {
  if (variables.get('binlog_expire_logs_auto_purge') === 'OFF') return undefined;
  const [seconds, days] = [variables.get('binlog_expire_logs_seconds'), variables.get('expire_logs_days')];
  const kept = Number(seconds ?? 0) || Number(days ?? 0) * 86_400;
  return kept === 0 ? undefined : kept;
}

import type { Connection, RowDataPacket } from 'mysql2/promise';
import { SinkError } from '../../kit/errors.ts';
import type { Flavour } from './gtid.ts';
import type { SourcePosition } from './source.ts';

/**
 * A position such that a row read from now on holds everything up to it.
 *
 * What SHOW MASTER STATUS says is not one: a transaction stands in the binlog a moment before its rows are seen. MariaDB tells the
 * position of a consistent snapshot; MySQL adds a GTID to gtid_executed once the rows of its transaction are seen.
 *
 * @in      connection: nobody else uses it meanwhile
 * @throws  SinkError SOURCE_XA: rows of a prepared transaction would be missed, since they are not seen and stand before the position
 * @source  MariaDB manual, binlog_snapshot_position; MySQL, sql/binlog.cc, process_commit_stage_queue
 */
export async function notePosition(connection: Connection, flavour: Flavour): Promise<SourcePosition> {
  const position = flavour === 'mariadb' ? await snapshotPosition(connection) : await executedPosition(connection);
  const waiting = await preparedCount(connection);
  if (waiting > 0) throw new SinkError('SOURCE_XA', `${waiting} are prepared and not ended.`);
  return position;
}

async function snapshotPosition(connection: Connection): Promise<SourcePosition> {
  await connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
  const [rows] = await connection.query<RowDataPacket[]>("SHOW STATUS LIKE 'binlog_snapshot_%'");
  const status = new Map(rows.map((row) => [String(row['Variable_name']).toLowerCase(), String(row['Value'])]));
  const file = status.get('binlog_snapshot_file') ?? '';
  const offset = Number(status.get('binlog_snapshot_position') ?? 0);
  const [[row]] = await connection.query<RowDataPacket[]>('SELECT BINLOG_GTID_POS(?, ?) AS gtid', [file, offset]);
  await connection.query('COMMIT');
  return { gtid: String(row?.['gtid'] ?? ''), file, offset };
}

async function executedPosition(connection: Connection): Promise<SourcePosition> {
  const [[row]] = await connection.query<RowDataPacket[]>('SELECT @@GLOBAL.gtid_executed AS gtid');
  const status = await connection
    .query<RowDataPacket[]>('SHOW BINARY LOG STATUS')
    // Its name before MySQL 8.4.
    .catch(() => connection.query<RowDataPacket[]>('SHOW MASTER STATUS'));
  const [[log]] = status;
  const gtid = String(row?.['gtid'] ?? '').replaceAll(/\s/g, '');
  return { gtid, file: String(log?.['File'] ?? ''), offset: Number(log?.['Position'] ?? 0) };
}

/** Where the user may not ask (XA_RECOVER_ADMIN), the end of such a transaction stops the follower. */
async function preparedCount(connection: Connection): Promise<number> {
  const [rows] = await connection.query<RowDataPacket[]>('XA RECOVER').catch(() => [[]]);
  return rows.length;
}

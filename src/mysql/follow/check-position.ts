import type { Connection, RowDataPacket } from 'mysql2/promise';
import { SinkError } from '../../kit/errors.ts';
import { type Flavour, isSubset, parseGtidSet } from './gtid.ts';
import type { SourcePosition } from './source.ts';

/**
 * Looks whether a server can go on from a position. MySQL answers a set of another server, or an empty one, with all that it has; what
 * MariaDB cannot find it refuses by itself.
 *
 * @throws  SinkError SOURCE_FOREIGN, SOURCE_PURGED
 */
export async function checkPosition(connection: Connection, flavour: Flavour, from: SourcePosition): Promise<void> {
  if (flavour === 'mariadb') return;
  const sql = 'SELECT @@GLOBAL.gtid_executed AS executed, @@GLOBAL.gtid_purged AS purged, @@server_uuid AS server';
  const [[row]] = await connection.query<RowDataPacket[]>(sql);
  const [executed, purged] = [String(row?.['executed']), String(row?.['purged'])].map(parseGtidSet);
  const read = parseGtidSet(from.gtid);
  if (executed === undefined || purged === undefined) return;
  if (!isSubset(read, executed)) {
    throw new SinkError('SOURCE_FOREIGN', `Reached is ${from.gtid}, it has executed ${String(row?.['executed'])}.`);
  }
  if (!isSubset(purged, parseGtidSet(from.readFrom ?? from.gtid))) {
    throw new SinkError('SOURCE_PURGED', `Reached is ${from.gtid}, purged is ${String(row?.['purged'])}.`);
  }
}

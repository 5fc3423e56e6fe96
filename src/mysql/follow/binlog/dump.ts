/** The binlog as the server sends it to a replica. */
import type { Connection } from 'mysql2';
import { SinkError } from '../../../kit/errors.ts';
import { type Flavour, parseGtidSet } from '../gtid.ts';
import { sendCommand } from '../raw-command.ts';

export interface DumpRequest {
  readonly connection: Connection;
  readonly flavour: Flavour;
  readonly serverId: number;
  /** GTIDs that are not sent again. */
  readonly behind: string;
  /** Given a view that is not kept. */
  readonly onEvent: (event: Buffer) => void;
  /** Once, with what ended it. */
  readonly onEnd: (error: unknown) => void;
}

/** Seconds without an event after which the server says that it lives. */
export const heartbeatSeconds = 1;

/** Statements that make the session one of a replica. The dump's own thread waits on us for hours when nobody asks for more. */
export function replicaSettings({ flavour, behind }: Pick<DumpRequest, 'flavour' | 'behind'>): readonly string[] {
  const both = [
    // The format event of each file says whether its events have checksums.
    "SET @master_binlog_checksum = 'CRC32', @source_binlog_checksum = 'CRC32'",
    `SET @master_heartbeat_period = ${heartbeatSeconds}000000000, @source_heartbeat_period = ${heartbeatSeconds}000000000`,
    'SET SESSION net_write_timeout = 7200, SESSION net_read_timeout = 7200',
  ];
  // GTIDs in the stream, and where it begins; @slave_connect_state holds digits, dashes and commas only.
  const mariaDb = ['SET @mariadb_slave_capability = 4', `SET @slave_connect_state = '${behind}'`];
  return flavour === 'mariadb' ? [...both, ...mariaDb] : both;
}

/** COM_BINLOG_DUMP_GTID of MySQL, COM_BINLOG_DUMP of MariaDB: begins once the connection has done what it was asked before. */
export function startDump({ connection, flavour, serverId, behind, onEvent, onEnd }: DumpRequest): void {
  sendCommand(connection, flavour === 'mysql' ? gtidDump(serverId, behind) : plainDump(serverId), {
    // Behind a byte that says that all is well.
    onPacket: (buffer, from, to) => onEvent(buffer.subarray(from + 1, to)),
    onEof: () => {
      onEnd(new SinkError('SOURCE_LOST', 'It ended the binlog.'));
      return true;
    },
    onError: onEnd,
  });
}

/** File and position are empty: the server finds its way by the GTIDs. */
function gtidDump(serverId: number, behind: string): Buffer {
  const set = encodeGtidSet(behind);
  const head = Buffer.alloc(1 + 2 + 4 + 4 + 8 + 4);
  head[0] = 0x1e;
  head.writeUInt32LE(serverId, 3);
  head.writeBigUInt64LE(4n, 11);
  head.writeUInt32LE(set.length, 19);
  return Buffer.concat([head, set]);
}

function plainDump(serverId: number): Buffer {
  const body = Buffer.alloc(1 + 4 + 2 + 4);
  body[0] = 0x12;
  body.writeUInt32LE(4, 1);
  body.writeUInt32LE(serverId, 7);
  return body;
}

/** @source  MySQL, sql/rpl_gtid_set.cc, Gtid_set::encode: with tags since 8.3, and only when there are any */
function encodeGtidSet(text: string): Buffer {
  const sources = [...parseGtidSet(text)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const hasTags = sources.some(([source]) => source.length > 36);
  const count = BigInt(sources.length);
  const parts = [long(hasTags ? (1n << 56n) | (count << 8n) | 1n : count)];
  for (const [source, intervals] of sources) {
    const tag = source.slice(37);
    parts.push(Buffer.from(source.slice(0, 36).replaceAll('-', ''), 'hex'));
    if (hasTags) parts.push(Buffer.from([tag.length << 1]), Buffer.from(tag));
    parts.push(long(BigInt(intervals.length)), ...intervals.flatMap(([first, last]) => [long(first), long(last + 1n)]));
  }
  return Buffer.concat(parts);
}

function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

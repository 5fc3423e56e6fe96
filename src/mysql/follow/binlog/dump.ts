/**
 * The binlog as the server sends it to a replica, over a connection of mysql2.
 *
 * mysql2 has commands for statements only; one of our own asks for the binlog and is given every packet. While nobody asks for more,
 * the socket is paused, and the server waits.
 */
import type { Connection } from 'mysql2';
import { SinkError } from '../../../kit/errors.ts';
import { type Flavour, parseGtidSet } from '../gtid.ts';

/** What of mysql2 is used and not in its types. The version is pinned; test/integration/follow-binlog.test.ts shows that it holds. */
interface RawConnection extends Connection {
  addCommand(command: RawCommand): void;
  writePacket(packet: RawPacket): void;
  _resetSequenceId(): void;
}

interface RawCommand {
  execute(packet: ReceivedPacket | null, connection: RawConnection): boolean;
}

interface ReceivedPacket {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly end: number;
  isError(): boolean;
  isEOF(): boolean;
  asError(encoding?: string): NodeJS.ErrnoException;
}

interface RawPacket {
  readonly buffer: Buffer;
  length(): number;
  writeHeader(sequence: number): void;
}

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

/** Begins. Nothing is sent to `onEvent` before the connection has done what it was asked before. */
export function startDump(request: DumpRequest): void {
  const raw = request.connection as RawConnection;
  const command: RawCommand = {
    execute: (_, connection) => {
      connection._resetSequenceId();
      connection.writePacket(requestPacket(request));
      command.execute = receive;
      return false;
    },
  };
  const receive = (packet: ReceivedPacket | null): boolean => {
    if (packet === null) return false;
    if (packet.isError()) request.onEnd(packet.asError('utf8'));
    else if (packet.isEOF()) request.onEnd(new SinkError('SOURCE_LOST', 'It ended the binlog.'));
    else {
      request.onEvent(packet.buffer.subarray(packet.offset + 1, packet.end));
      return false;
    }
    return true;
  };
  raw.addCommand(command);
}

/** COM_BINLOG_DUMP_GTID of MySQL, COM_BINLOG_DUMP of MariaDB. */
function requestPacket({ flavour, serverId, behind }: DumpRequest): RawPacket {
  const body = flavour === 'mysql' ? gtidDump(serverId, behind) : plainDump(serverId);
  const buffer = Buffer.concat([Buffer.alloc(4), body]);
  return {
    buffer,
    length: () => buffer.length,
    writeHeader: (sequence) => {
      buffer.writeUIntLE(body.length, 0, 3);
      buffer[3] = sequence;
    },
  };
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

/**
 * Commands of our own on a connection of mysql2, which are given the packets of their answer as they are: mysql2 has none for the
 * binlog, and makes an object of every value of a row.
 */
import type { Connection } from 'mysql2';

/** What of mysql2 is used and not in its types. Its version is pinned, and test/integration/follow-*.test.ts show that it holds. */
interface RawConnection extends Connection {
  addCommand(command: Command): void;
  writePacket(packet: SentPacket): void;
  _resetSequenceId(): void;
}

interface Command {
  /** @out  true: the command is done */
  execute(packet: MysqlPacket | null, connection: RawConnection): boolean;
}

interface MysqlPacket {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly end: number;
  isError(): boolean;
  isEOF(): boolean;
  asError(encoding?: string): NodeJS.ErrnoException;
}

interface SentPacket {
  readonly buffer: Buffer;
  length(): number;
  writeHeader(sequence: number): void;
}

/** What becomes of the packets of an answer; none is given after `onEnd` or `onError`. */
export interface Answer {
  /** @in  the bytes from `from` to `to`, which do not stay */
  readonly onPacket: (buffer: Buffer, from: number, to: number) => void;
  /** @out  true: nothing more comes */
  readonly onEof: () => boolean;
  readonly onError: (error: Error) => void;
}

/** Sends a command once the connection has done what it was asked before. */
export function sendCommand(connection: Connection, body: Buffer, answer: Answer): void {
  const raw = connection as RawConnection;
  const command: Command = {
    execute: (_, own) => {
      own._resetSequenceId();
      own.writePacket(sent(body));
      command.execute = receive;
      return false;
    },
  };
  const receive = (packet: MysqlPacket | null): boolean => {
    if (packet === null) return false;
    if (packet.isEOF()) return answer.onEof();
    if (packet.isError()) {
      answer.onError(packet.asError('utf8'));
      return true;
    }
    answer.onPacket(packet.buffer, packet.offset, packet.end);
    return false;
  };
  raw.addCommand(command);
}

function sent(body: Buffer): SentPacket {
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

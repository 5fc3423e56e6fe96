import { randomInt } from 'node:crypto';
import { PacketReader, PacketWriter } from './mysql-packets.ts';

/** Capability flags of the protocol, those that a frontend offers (recorded in cluster.json). */
const connectWithDb = 0x8;
const protocol41 = 0x200;
const secureConnection = 0x8000;
const pluginAuth = 0x8_0000;
const pluginAuthLengthCoded = 0x20_0000;
const capabilities =
  0x4 | // LONG_FLAG
  connectWithDb |
  protocol41 |
  secureConnection |
  pluginAuth |
  0x10_0000 | // CONNECT_ATTRS
  pluginAuthLengthCoded;

export const nativePassword = 'mysql_native_password';
const scrambleBytes = 20;
const utf8GeneralCi = 33;

export interface Login {
  readonly user: string;
  readonly database: string | undefined;
  /** The method that the client assumed; its proof is void when it is not ours. */
  readonly plugin: string;
  readonly proof: Buffer;
}

/** What the password is mixed with, so that no proof is good twice. No zero bytes: clients read it as text. */
export function makeScramble(): Buffer {
  return Buffer.from(Array.from({ length: scrambleBytes }, () => randomInt(1, 128)));
}

/** The first packet of a connection (HandshakeV10). */
export function greeting(version: string, connectionId: number, scramble: Buffer): Buffer {
  return new PacketWriter()
    .int(10, 1)
    .textZero(version)
    .int(connectionId, 4)
    .bytes(scramble.subarray(0, 8))
    .int(0, 1)
    .int(capabilities & 0xffff, 2)
    .int(utf8GeneralCi, 1)
    .int(0, 2) // No status.
    .int(capabilities >>> 16, 2)
    .int(scrambleBytes + 1, 1)
    .bytes(Buffer.alloc(10))
    .bytes(scramble.subarray(8))
    .int(0, 1)
    .textZero(nativePassword)
    .finish();
}

/** Asks a client that assumed another method to prove its password again, by ours. */
export function authSwitch(scramble: Buffer): Buffer {
  return new PacketWriter().int(0xfe, 1).textZero(nativePassword).bytes(scramble).int(0, 1).finish();
}

/** The client's answer to the greeting (HandshakeResponse41). */
export function readLogin(packet: Buffer): Login {
  const reader = new PacketReader(packet);
  const flags = reader.int(4) & capabilities;
  if ((flags & protocol41) === 0) throw new RangeError('The client speaks a protocol older than MySQL 4.1.');
  reader.skip(4 + 1 + 23);
  const user = reader.textZero();
  const lengthCoded = (flags & pluginAuthLengthCoded) !== 0;
  const proof = reader.bytes(lengthCoded ? reader.lengthCoded() : reader.int(1));
  const database = (flags & connectWithDb) !== 0 && reader.left > 0 ? reader.textZero() : '';
  const plugin = (flags & pluginAuth) !== 0 && reader.left > 0 ? reader.textZero() : nativePassword;
  return { user, database: database === '' ? undefined : database, plugin, proof };
}

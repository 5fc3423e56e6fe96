import { randomInt } from 'node:crypto';
import { PacketReader, PacketWriter } from './mysql-packets.ts';

/** Capability flags of the protocol, those that a frontend offers (recorded in cluster.json). */
const CONNECT_WITH_DB = 0x8;
const PROTOCOL_41 = 0x200;
const SECURE_CONNECTION = 0x8000;
const PLUGIN_AUTH = 0x8_0000;
const PLUGIN_AUTH_LENGTH_CODED = 0x20_0000;
const CAPABILITIES =
  0x4 | // LONG_FLAG
  CONNECT_WITH_DB |
  PROTOCOL_41 |
  SECURE_CONNECTION |
  PLUGIN_AUTH |
  0x10_0000 | // CONNECT_ATTRS
  PLUGIN_AUTH_LENGTH_CODED;

export const NATIVE_PASSWORD = 'mysql_native_password';
const SCRAMBLE_BYTES = 20;
const UTF8_GENERAL_CI = 33;

export interface Login {
  readonly user: string;
  readonly database: string | undefined;
  /** The method that the client assumed; its proof is void when it is not ours. */
  readonly plugin: string;
  readonly proof: Buffer;
}

/** What the password is mixed with, so that no proof is good twice. No zero bytes: clients read it as text. */
export function makeScramble(): Buffer {
  return Buffer.from(Array.from({ length: SCRAMBLE_BYTES }, () => randomInt(1, 128)));
}

/** The first packet of a connection (HandshakeV10). */
export function greeting(version: string, connectionId: number, scramble: Buffer): Buffer {
  return new PacketWriter()
    .int(10, 1)
    .textZero(version)
    .int(connectionId, 4)
    .bytes(scramble.subarray(0, 8))
    .int(0, 1)
    .int(CAPABILITIES & 0xffff, 2)
    .int(UTF8_GENERAL_CI, 1)
    .int(0, 2) // No status.
    .int(CAPABILITIES >>> 16, 2)
    .int(SCRAMBLE_BYTES + 1, 1)
    .bytes(Buffer.alloc(10))
    .bytes(scramble.subarray(8))
    .int(0, 1)
    .textZero(NATIVE_PASSWORD)
    .finish();
}

/** Asks a client that assumed another method to prove its password again, by ours. */
export function authSwitch(scramble: Buffer): Buffer {
  return new PacketWriter().int(0xfe, 1).textZero(NATIVE_PASSWORD).bytes(scramble).int(0, 1).finish();
}

/** The client's answer to the greeting (HandshakeResponse41). */
export function readLogin(packet: Buffer): Login {
  const reader = new PacketReader(packet);
  const flags = reader.int(4) & CAPABILITIES;
  if ((flags & PROTOCOL_41) === 0) throw new RangeError('The client speaks a protocol older than MySQL 4.1.');
  reader.skip(4 + 1 + 23);
  const user = reader.textZero();
  const lengthCoded = (flags & PLUGIN_AUTH_LENGTH_CODED) !== 0;
  const proof = reader.bytes(lengthCoded ? reader.lengthCoded() : reader.int(1));
  const database = (flags & CONNECT_WITH_DB) !== 0 && reader.left > 0 ? reader.textZero() : '';
  const plugin = (flags & PLUGIN_AUTH) !== 0 && reader.left > 0 ? reader.textZero() : NATIVE_PASSWORD;
  return { user, database: database === '' ? undefined : database, plugin, proof };
}

/** Events that are no rows. @source  MySQL, libs/mysql/binlog/event/control_events.h; MariaDB, sql/log_event.cc */
import { usualQuotes } from '../session-quotes.ts';
import type { Bytes } from './bytes.ts';
import { inflated } from './row-events.ts';

export const codes = {
  query: 2,
  rotate: 4,
  format: 15,
  xid: 16,
  tableMap: 19,
  incident: 26,
  heartbeat: 27,
  gtid: 33,
  anonymousGtid: 34,
  xaPrepare: 38,
  partialUpdate: 39,
  payload: 40,
  heartbeat2: 41,
  taggedGtid: 42,
  mariaGtid: 162,
  queryCompressed: 165,
} as const;

/** Events that say nothing about rows. */
export const idleCodes: ReadonlySet<number> = new Set([
  ...[3, 5, 13, 14, 28, 29, 35, 36, 37], // stop, values for statements, ignorable, text of a query, previous GTIDs, group replication
  ...[160, 161, 163, 164], // MariaDB: text of a query, checkpoint, list of GTIDs, begin of encryption
]);

/** LOAD DATA as a statement. */
export const loadCodes: ReadonlySet<number> = new Set([6, 8, 9, 10, 11, 12, 17, 18]);

export interface EventHead {
  readonly atMs: number;
  readonly code: number;
  readonly serverId: number;
  /** Where the event ends in its file; 0: not told. Only its low 32 bits. */
  readonly endsAt: number;
  /** The server holds that one may pass over it. */
  readonly isIgnorable: boolean;
}

export const headBytes = 19;

export function readHead(bytes: Bytes): EventHead {
  const atMs = bytes.u32() * 1000;
  const code = bytes.u8();
  const serverId = bytes.u32();
  bytes.skip(4);
  const endsAt = bytes.u32();
  return { atMs, code, serverId, endsAt, isIgnorable: (bytes.u16() & 0x80) !== 0 };
}

export function readGtid(bytes: Bytes): string {
  bytes.skip(1);
  return `${uuidText(bytes.take(16))}:${bytes.u64()}`;
}

const uuidText = (bytes: Buffer) => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

/** GTIDs with a tag: fields with a number each, of which the first four matter. @source  MySQL, libs/mysql/serialization */
export function readTaggedGtid(bytes: Bytes): string {
  const version = varint(bytes);
  if (version !== 1n) throw new RangeError(`a tagged GTID of version ${version}`);
  varint(bytes);
  varint(bytes);
  const parts = { uuid: '', number: 0n, tag: '' };
  for (let field = varint(bytes); ; field = varint(bytes)) {
    if (field === 0n) varint(bytes);
    else if (field === 1n) parts.uuid = uuidText(Buffer.from(Array.from({ length: 16 }, () => Number(varint(bytes)))));
    else if (field === 2n) parts.number = signed(varint(bytes));
    else if (field === 3n) parts.tag = bytes.utf8(Number(varint(bytes)));
    if (field >= 3n || bytes.left === 0) break;
  }
  return `${parts.uuid}:${parts.tag === '' ? '' : `${parts.tag}:`}${parts.number}`;
}

/** As many ones at the low end of the first byte as bytes follow. */
function varint(bytes: Bytes): bigint {
  const first = bytes.u8();
  let more = 0;
  while (more < 8 && (first >> more) & 1) more++;
  if (more === 8) return bytes.u64();
  let rest = 0n;
  for (let index = 0; index < more; index++) rest |= BigInt(bytes.u8()) << BigInt(8 * index);
  return BigInt(first >> (more + 1)) | (rest << BigInt(7 - more));
}

const signed = (value: bigint) => (value & 1n ? -(value >> 1n) - 1n : value >> 1n);

export interface MariaGtid {
  readonly gtid: string;
  /** A statement of its own, which nothing closes. */
  readonly isStandalone: boolean;
  /** The XA transaction that is prepared by what follows: there is no XA START. */
  readonly preparedXid?: string;
}

/** @source  MariaDB, sql/log_event.h, Gtid_log_event */
const mariaGtidFlags = { standalone: 0x01, groupCommit: 0x02, preparedXa: 0x40 } as const;

export function readMariaGtid(bytes: Bytes, serverId: number): MariaGtid {
  const number = bytes.u64();
  const domain = bytes.u32();
  const flags = bytes.u8();
  const gtid = `${domain}-${serverId}-${number}`;
  const isStandalone = (flags & mariaGtidFlags.standalone) !== 0;
  if ((flags & mariaGtidFlags.preparedXa) === 0) return { gtid, isStandalone };
  if (flags & mariaGtidFlags.groupCommit) bytes.skip(8);
  const [format, global, branch] = [bytes.u32(), bytes.u8(), bytes.u8()];
  return { gtid, isStandalone, preparedXid: xidText(bytes, format, global, branch) };
}

/** A statement in the usual quotes, and the database that its session was in. */
export function readQuery(bytes: Bytes, isCompressed: boolean): { readonly database: string; readonly text: string } {
  bytes.skip(8);
  const databaseLength = bytes.u8();
  bytes.skip(2);
  const variables = bytes.u16();
  const sqlMode = sqlModeIn(bytes.take(variables));
  const database = bytes.utf8(databaseLength);
  bytes.skip(1);
  const text = isCompressed ? inflated(bytes).toString('utf8') : bytes.utf8(bytes.left);
  return { database, text: usualQuotes(text, sqlMode) };
}

/** Of the variables of a session, flags stand first, if they are told, then the mode. @source  MySQL, Query_event */
function sqlModeIn(variables: Buffer): bigint {
  const [flags, mode] = [0, 1];
  const at = variables[0] === flags ? 5 : 0;
  return variables[at] === mode && variables.length >= at + 9 ? variables.readBigUInt64LE(at + 1) : 0n;
}

export function readXaPrepare(bytes: Bytes): { readonly xid: string; readonly isOnePhase: boolean } {
  const isOnePhase = bytes.u8() !== 0;
  const format = bytes.u32();
  const [global, branch] = [bytes.u32(), bytes.u32()];
  return { xid: xidText(bytes, format, global, branch), isOnePhase };
}

/** An XA id as statements write it. @in  global, branch: lengths of its parts */
function xidText(bytes: Bytes, format: number, global: number, branch: number): string {
  const hex = (length: number) => `x'${bytes.take(length).toString('hex')}'`;
  return `${hex(global)},${hex(branch)},${format}`;
}

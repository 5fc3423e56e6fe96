/** The description of a table that stands before its rows. @source  MySQL, libs/mysql/binlog/event/rows_event.h, Table_map_event */
import { Bytes } from './bytes.ts';

/** Codes of column types, as the binlog has them. */
export const columnTypes = {
  tiny: 1,
  short: 2,
  long: 3,
  float: 4,
  double: 5,
  longlong: 8,
  int24: 9,
  date: 10,
  year: 13,
  newdate: 14,
  varchar: 15,
  bit: 16,
  timestamp2: 17,
  datetime2: 18,
  time2: 19,
  blobCompressed: 140,
  varcharCompressed: 141,
  vector: 242,
  json: 245,
  decimal: 246,
  enum: 247,
  set: 248,
  tinyBlob: 249,
  mediumBlob: 250,
  longBlob: 251,
  blob: 252,
  varString: 253,
  string: 254,
  geometry: 255,
} as const;

/** Temporal types of before MySQL 5.6: the binlog does not tell how many decimals they have. */
const oldTemporal: readonly number[] = [7, 11, 12];

export interface BinlogColumn {
  readonly name: string;
  readonly type: number;
  /** Bytes or digits, by type: length, precision, decimals, size of the length. */
  readonly size: number;
  /** Of DECIMAL. */
  readonly scale: number;
  readonly unsigned: boolean;
  /** null: bytes. */
  readonly charset: string | null;
  /** Members of an enum or set, in its character set. */
  readonly members: readonly Buffer[];
}

export interface TableMap {
  readonly database: string;
  readonly table: string;
  readonly columns: readonly BinlogColumn[];
}

/** What a table map says first, and where the rest begins. */
export interface TableMapHead {
  readonly tableId: number;
  readonly database: string;
  readonly table: string;
  readonly rest: Bytes;
}

export function readTableMapHead(bytes: Bytes): TableMapHead {
  const tableId = bytes.uint(6);
  bytes.skip(2);
  const name = () => {
    const text = bytes.utf8(bytes.u8());
    bytes.skip(1);
    return text;
  };
  const database = name();
  const table = name();
  return { tableId, database, table, rest: bytes };
}

/** `metadata`: the server writes no names of columns; `definition`: those that it had are none of this table. */
type Reason = 'metadata' | 'type' | 'definition';

/** Why a table cannot be read. */
export class UnreadableTable extends Error {
  readonly reason: Reason;
  constructor(reason: Reason, found: string) {
    super(found);
    this.reason = reason;
  }
}

/**
 * @in      charsets: name by id of a collation; named: the columns, where the event does not name them
 * @throws  UnreadableTable
 */
export function readTableMap(
  head: TableMapHead,
  charsets: ReadonlyMap<number, string>,
  named?: (types: readonly Type[]) => readonly BinlogColumn[],
): TableMap {
  const { database, table, rest } = head;
  const count = rest.length();
  const codes = [...rest.take(count)];
  const metadata = new Bytes(rest.take(rest.length()));
  const types = codes.map((code, index) => readType(code, metadata, `column ${index + 1}`));
  rest.skip((count + 7) >> 3);
  if (named) return { database, table, columns: named(types) };
  const more = readMore(rest, types);
  const { names } = more;
  if (names === undefined || names.length !== count) {
    throw new UnreadableTable('metadata', 'the event names no columns');
  }
  const columns = types.map((type, index) => {
    const name = names[index] ?? '';
    const collation = more.collations[index];
    const isText = collation !== undefined && collation !== binaryCollation;
    const charset = isText ? (charsets.get(collation) ?? `of the collation ${collation}`) : null;
    return { name, ...type, unsigned: more.unsigned[index] ?? false, charset, members: more.members[index] ?? [] };
  });
  return { database, table, columns };
}

const binaryCollation = 63;

type Type = Pick<BinlogColumn, 'type' | 'size' | 'scale'>;

function readType(code: number, metadata: Bytes, which: string): Type {
  const t = columnTypes;
  switch (code) {
    case t.varchar:
    case t.varcharCompressed:
      return { type: code, size: metadata.u16(), scale: 0 };
    case t.bit: {
      const bits = metadata.u8();
      return { type: code, size: Math.ceil((metadata.u8() * 8 + bits) / 8), scale: 0 };
    }
    case t.decimal:
      return { type: code, size: metadata.u8(), scale: metadata.u8() };
    case t.string:
    case t.varString:
    case t.enum:
    case t.set:
      return readStringType(code, metadata.u8(), metadata.u8());
    case t.float:
    case t.double:
    case t.timestamp2:
    case t.datetime2:
    case t.time2:
    case t.blob:
    case t.tinyBlob:
    case t.mediumBlob:
    case t.longBlob:
    case t.blobCompressed:
    case t.geometry:
    case t.json:
    case t.vector:
      return { type: code, size: metadata.u8(), scale: 0 };
    default:
      if (oldTemporal.includes(code)) throw new UnreadableTable('type', `${which} is a time of the format before 5.6`);
      if (!(Object.values(t) as number[]).includes(code))
        throw new UnreadableTable('type', `${which} is of type ${code}`);
      return { type: code, size: 0, scale: 0 };
  }
}

/** Two bytes say the real type and its size; of a CHAR of more than 255 bytes, two bits of the size hide in the type. */
function readStringType(code: number, first: number, second: number): Type {
  const { enum: enumType, set } = columnTypes;
  if (first === enumType || first === set) return { type: first, size: second, scale: 0 };
  return { type: code, size: second | (((first & 0x30) ^ 0x30) << 4), scale: 0 };
}

interface More {
  names?: readonly string[];
  unsigned: boolean[];
  collations: (number | undefined)[];
  members: (readonly Buffer[] | undefined)[];
}

/** What the server adds at the end: all of it with binlog_row_metadata=FULL. */
function readMore(bytes: Bytes, types: readonly Type[]): More {
  const where = (kinds: readonly number[]) => types.flatMap(({ type }, index) => (kinds.includes(type) ? [index] : []));
  const { enum: enumType, set } = columnTypes;
  const [texts, lists] = [where(textTypes), where([enumType, set])];
  const more: More = { unsigned: [], collations: [], members: [] };
  while (bytes.left > 0) {
    const field = bytes.u8();
    const length = bytes.length();
    const part = new Bytes(bytes.take(length));
    if (field === 1) readBits(part, where(numericTypes), more.unsigned);
    else if (field === 2) readDefaultCollation(part, texts, more.collations);
    else if (field === 3) readCollations(part, texts, more.collations);
    else if (field === 4) more.names = readAll(part, () => part.utf8(part.length()));
    else if (field === 5) readMembers(part, where([set]), more.members);
    else if (field === 6) readMembers(part, where([enumType]), more.members);
    else if (field === 10) readDefaultCollation(part, lists, more.collations);
    else if (field === 11) readCollations(part, lists, more.collations);
  }
  return more;
}

const t = columnTypes;
const numericTypes = [t.tiny, t.short, t.int24, t.long, t.longlong, t.decimal, t.float, t.double, t.year];
const textTypes = [
  ...[t.varchar, t.varString, t.string, t.blob, t.tinyBlob, t.mediumBlob, t.longBlob],
  ...[t.blobCompressed, t.varcharCompressed],
];

function readAll<T>(bytes: Bytes, read: () => T): T[] {
  const all: T[] = [];
  while (bytes.left > 0) all.push(read());
  return all;
}

function readBits(bytes: Bytes, columns: readonly number[], into: boolean[]): void {
  for (const [at, column] of columns.entries()) {
    into[column] = ((bytes.buffer[at >> 3] ?? 0) & (0x80 >> (at % 8))) !== 0;
  }
}

/** The collation of most of them, then pairs of a column and its own. */
function readDefaultCollation(bytes: Bytes, columns: readonly number[], into: (number | undefined)[]): void {
  const usual = bytes.length();
  for (const column of columns) into[column] = usual;
  while (bytes.left > 0) {
    const column = columns[bytes.length()];
    const own = bytes.length();
    if (column !== undefined) into[column] = own;
  }
}

function readCollations(bytes: Bytes, columns: readonly number[], into: (number | undefined)[]): void {
  for (const column of columns) into[column] = bytes.length();
}

function readMembers(bytes: Bytes, columns: readonly number[], into: (readonly Buffer[] | undefined)[]): void {
  for (const column of columns) {
    const count = bytes.length();
    into[column] = Array.from({ length: count }, () => bytes.take(bytes.length()));
  }
}

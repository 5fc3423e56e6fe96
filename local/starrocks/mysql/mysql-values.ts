import {
  DuckDBDecimalType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from '@duckdb/node-api';
import { PacketWriter } from './mysql-packets.ts';

/** Column types of the MySQL protocol, by their numbers. */
const MYSQL = {
  TINY: 1,
  SHORT: 2,
  LONG: 3,
  FLOAT: 4,
  DOUBLE: 5,
  NULL: 6,
  LONGLONG: 8,
  DATE: 10,
  DATETIME: 12,
  NEWDECIMAL: 246,
  BLOB: 252,
  VAR_STRING: 253,
  STRING: 254,
} as const;

const UTF8_GENERAL_CI = 33;
const BINARY = 63;
const BINARY_FLAG = 128;

/** A column of a result set: its name, and how its values look to a MySQL client. */
export interface ResultColumn {
  readonly name: string;
  /** Number of the MySQL type. */
  readonly code: number;
  /** Digits after the point. */
  readonly decimals: number;
  /** For values that are no plain text: what DuckDB calls their type. */
  readonly type?: DuckDBType;
}

const CODES: Readonly<Partial<Record<DuckDBTypeId, number>>> = {
  [DuckDBTypeId.BOOLEAN]: MYSQL.TINY,
  [DuckDBTypeId.TINYINT]: MYSQL.TINY,
  [DuckDBTypeId.UTINYINT]: MYSQL.SHORT,
  [DuckDBTypeId.SMALLINT]: MYSQL.SHORT,
  [DuckDBTypeId.USMALLINT]: MYSQL.LONG,
  [DuckDBTypeId.INTEGER]: MYSQL.LONG,
  [DuckDBTypeId.UINTEGER]: MYSQL.LONGLONG,
  [DuckDBTypeId.BIGINT]: MYSQL.LONGLONG,
  [DuckDBTypeId.FLOAT]: MYSQL.FLOAT,
  [DuckDBTypeId.DOUBLE]: MYSQL.DOUBLE,
  [DuckDBTypeId.DECIMAL]: MYSQL.NEWDECIMAL,
  [DuckDBTypeId.DATE]: MYSQL.DATE,
  [DuckDBTypeId.TIMESTAMP]: MYSQL.DATETIME,
  [DuckDBTypeId.BLOB]: MYSQL.BLOB,
  [DuckDBTypeId.SQLNULL]: MYSQL.NULL,
};

/** Types that are not listed (LARGEINT, JSON, nested ones) are STRING, as StarRocks sends them. */
export function resultColumn(name: string, type: DuckDBType): ResultColumn {
  const decimals = type instanceof DuckDBDecimalType ? type.scale : type.typeId === DuckDBTypeId.TIMESTAMP ? 6 : 0;
  return { name, code: isVarchar(type) ? MYSQL.VAR_STRING : (CODES[type.typeId] ?? MYSQL.STRING), decimals, type };
}

/** DuckDB's JSON is a VARCHAR that is called otherwise. */
function isVarchar(type: DuckDBType): boolean {
  return type.typeId === DuckDBTypeId.VARCHAR && type.alias === undefined;
}

/** A column for answers that come from no table. */
export function plainColumn(name: string, kind: 'text' | 'integer' = 'text'): ResultColumn {
  return { name, code: kind === 'integer' ? MYSQL.LONGLONG : MYSQL.VAR_STRING, decimals: 0 };
}

/** The packet that introduces a column (ColumnDefinition41). */
export function columnDefinition({ name, code, decimals }: ResultColumn): Buffer {
  const isText = code === MYSQL.STRING || code === MYSQL.VAR_STRING;
  return new PacketWriter()
    .lengthCodedText('def')
    .lengthCodedText('')
    .lengthCodedText('')
    .lengthCodedText('')
    .lengthCodedText(name)
    .lengthCodedText(name)
    .int(0x0c, 1)
    .int(isText ? UTF8_GENERAL_CI : BINARY, 2)
    .int(isText || code === MYSQL.BLOB ? 0x00ff_ffff : 255, 4)
    .int(code, 1)
    .int(isText ? 0 : BINARY_FLAG, 2)
    .int(decimals, 1)
    .int(0, 2)
    .finish();
}

/** A row as texts (the answer to COM_QUERY). */
export function textRow(columns: readonly ResultColumn[], row: readonly unknown[]): Buffer {
  const writer = new PacketWriter();
  columns.forEach((column, index) => {
    const value = row[index] ?? null;
    if (value === null) writer.int(0xfb, 1);
    else writeText(writer, value, column);
  });
  return writer.finish();
}

/** A row in binary (the answer to COM_STMT_EXECUTE): a bit per NULL, numbers and times in their own form. */
export function binaryRow(columns: readonly ResultColumn[], row: readonly unknown[]): Buffer {
  // The first two bits are not used.
  const nulls = Buffer.alloc((columns.length + 7 + 2) >> 3);
  const values = new PacketWriter();
  columns.forEach((column, index) => {
    const value = row[index] ?? null;
    if (value !== null) {
      writeBinary(values, value, column);
      return;
    }
    const bit = index + 2;
    nulls[bit >> 3] = (nulls[bit >> 3] ?? 0) | (1 << (bit & 7));
  });
  return new PacketWriter().int(0, 1).bytes(nulls).bytes(values.finish()).finish();
}

function writeBinary(writer: PacketWriter, value: unknown, column: ResultColumn): void {
  const part = Buffer.alloc(8);
  switch (column.code) {
    case MYSQL.TINY:
      part.writeInt8(Number(value));
      return void writer.bytes(part.subarray(0, 1));
    case MYSQL.SHORT:
      part.writeInt16LE(Number(value));
      return void writer.bytes(part.subarray(0, 2));
    case MYSQL.LONG:
      part.writeInt32LE(Number(value));
      return void writer.bytes(part.subarray(0, 4));
    case MYSQL.LONGLONG:
      part.writeBigInt64LE(BigInt(value as bigint | number));
      return void writer.bytes(part);
    case MYSQL.FLOAT:
      part.writeFloatLE(Number(value));
      return void writer.bytes(part.subarray(0, 4));
    case MYSQL.DOUBLE:
      part.writeDoubleLE(Number(value));
      return void writer.bytes(part);
    case MYSQL.DATE:
    case MYSQL.DATETIME:
      return void writer.lengthCodedBytes(binaryTime(String(value)));
    default:
      writeText(writer, value, column);
  }
}

/** '2026-01-02 03:04:05.678' in as few bytes as hold it. */
function binaryTime(text: string): Buffer {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = text.split(/[^\d]/).map(Number);
  const micros = Number((text.split('.')[1] ?? '').padEnd(6, '0').slice(0, 6));
  const writer = new PacketWriter().int(year, 2).int(month, 1).int(day, 1);
  if (hour + minute + second + micros > 0) writer.int(hour, 1).int(minute, 1).int(second, 1);
  if (micros > 0) writer.int(micros, 4);
  return writer.finish();
}

function writeText(writer: PacketWriter, value: unknown, column: ResultColumn): void {
  if (Buffer.isBuffer(value)) writer.lengthCodedBytes(value);
  else writer.lengthCodedText(mysqlText(value, column.type));
}

/** A plain value as StarRocks prints it: 1 and 0 for booleans, `[1,"a"]`, `{"k":1}` for nested ones. */
function mysqlText(value: unknown, type: DuckDBType | undefined): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'object' && value !== null && type !== undefined) return nestedText(value, type);
  if (typeof value === 'number' && type?.typeId === DuckDBTypeId.FLOAT) return floatText(value);
  return String(value);
}

/** The shortest text that gives the same 32-bit number: 0.1, not 0.10000000149011612. */
function floatText(value: number): string {
  for (let digits = 6; digits <= 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(value);
}

function nestedText(value: unknown, type: DuckDBType): string {
  if (value === null) return 'null';
  if (type instanceof DuckDBListType) {
    return `[${(value as unknown[]).map((item) => nestedText(item, type.valueType)).join(',')}]`;
  }
  if (type instanceof DuckDBMapType) {
    const entries = value as [unknown, unknown][];
    return `{${entries.map(([key, entry]) => `${nestedText(key, type.keyType)}:${nestedText(entry, type.valueType)}`).join(',')}}`;
  }
  if (type instanceof DuckDBStructType) {
    const fields = value as Record<string, unknown>;
    return `{${type.entryNames
      .map((name, index) => `${JSON.stringify(name)}:${nestedText(fields[name], type.entryTypes[index] as DuckDBType)}`)
      .join(',')}}`;
  }
  const isText = typeof value === 'string' && type.typeId !== DuckDBTypeId.DECIMAL;
  return isText ? JSON.stringify(value) : mysqlText(value, type);
}

import { DuckDBListType, DuckDBMapType, DuckDBStructType, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { mysql, type ResultColumn } from './mysql-columns.ts';
import { PacketWriter } from './mysql-packets.ts';

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
    case mysql.TINY:
      part.writeInt8(Number(value));
      return void writer.bytes(part.subarray(0, 1));
    case mysql.SHORT:
      part.writeInt16LE(Number(value));
      return void writer.bytes(part.subarray(0, 2));
    case mysql.LONG:
      part.writeInt32LE(Number(value));
      return void writer.bytes(part.subarray(0, 4));
    case mysql.LONGLONG:
      part.writeBigInt64LE(BigInt(value as bigint | number));
      return void writer.bytes(part);
    case mysql.FLOAT:
      part.writeFloatLE(Number(value));
      return void writer.bytes(part.subarray(0, 4));
    case mysql.DOUBLE:
      part.writeDoubleLE(Number(value));
      return void writer.bytes(part);
    case mysql.DATE:
    case mysql.DATETIME:
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

import { DuckDBDecimalType, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import type { ColumnType } from '../model.ts';
import { PacketWriter } from './mysql-packets.ts';

/** Column types of the MySQL protocol, by their numbers. */
export const mysql = {
  TINY: 1,
  SHORT: 2,
  LONG: 3,
  FLOAT: 4,
  DOUBLE: 5,
  LONGLONG: 8,
  DATE: 10,
  DATETIME: 12,
  NEWDECIMAL: 246,
  BLOB: 252,
  VAR_STRING: 253,
  STRING: 254,
} as const;

const utf8GeneralCi = 33;
const binary = 63;

/** A column of a result set: its name, and how its values look to a MySQL client. */
export interface ResultColumn {
  readonly name: string;
  /** Number of the MySQL type. */
  readonly code: number;
  /** Digits after the point; 31 where there is no fixed number of them. */
  readonly decimals: number;
  /** Bytes of the longest value, as StarRocks reckons them. */
  readonly length: number;
  /** For values that are no plain text: what DuckDB calls their type. */
  readonly type?: DuckDBType;
}

/** Code and length of types whose length is always the same. */
const fixedColumns: Readonly<Record<string, readonly [code: number, length: number]>> = {
  BOOLEAN: [mysql.TINY, 1],
  TINYINT: [mysql.TINY, 4],
  SMALLINT: [mysql.SHORT, 6],
  INT: [mysql.LONG, 11],
  BIGINT: [mysql.LONGLONG, 20],
  // No integer of MySQL is that long.
  LARGEINT: [mysql.STRING, 40],
  FLOAT: [mysql.FLOAT, 12],
  DOUBLE: [mysql.DOUBLE, 22],
  DATE: [mysql.DATE, 10],
  DATETIME: [mysql.DATETIME, 19],
  JSON: [mysql.STRING, 60],
};

/** Characters that are reckoned for a text of no declared length. */
const unknownLength = 64;
const bytesPerCharacter = 3;

/**
 * How StarRocks introduces a column of one of its types.
 *
 * @source test/fixtures/recorded/information-schema.json, cluster.json
 */
export function resultColumn(
  name: string,
  declared: Pick<ColumnType, 'base' | 'length' | 'precision' | 'scale'>,
  type?: DuckDBType,
): ResultColumn {
  const { base, precision = 10, scale = 0 } = declared;
  const duck = type === undefined ? {} : { type };
  const fixed = fixedColumns[base];
  if (fixed !== undefined) {
    const [code, length] = fixed;
    return { name, code, length, decimals: base === 'FLOAT' || base === 'DOUBLE' ? 31 : 0, ...duck };
  }
  if (base === 'DECIMAL') {
    // Sign, point, and a byte for what overflows.
    const length = precision + (scale > 0 ? 1 : 0) + 3;
    return { name, code: mysql.NEWDECIMAL, length, decimals: scale, ...duck };
  }
  if (base === 'ARRAY' || base === 'MAP' || base === 'STRUCT') {
    return { name, code: mysql.VAR_STRING, length: 60, decimals: 0, ...duck };
  }
  const code = base === 'VARBINARY' ? mysql.BLOB : base === 'CHAR' ? mysql.STRING : mysql.VAR_STRING;
  const length = (declared.length ?? unknownLength) * bytesPerCharacter;
  return { name, code, length, decimals: 0, ...duck };
}

const bases: Readonly<Partial<Record<DuckDBTypeId, string>>> = {
  [DuckDBTypeId.BOOLEAN]: 'BOOLEAN',
  [DuckDBTypeId.TINYINT]: 'TINYINT',
  [DuckDBTypeId.UTINYINT]: 'SMALLINT',
  [DuckDBTypeId.SMALLINT]: 'SMALLINT',
  [DuckDBTypeId.USMALLINT]: 'INT',
  [DuckDBTypeId.INTEGER]: 'INT',
  [DuckDBTypeId.UINTEGER]: 'BIGINT',
  [DuckDBTypeId.BIGINT]: 'BIGINT',
  [DuckDBTypeId.HUGEINT]: 'LARGEINT',
  [DuckDBTypeId.FLOAT]: 'FLOAT',
  [DuckDBTypeId.DOUBLE]: 'DOUBLE',
  [DuckDBTypeId.DATE]: 'DATE',
  [DuckDBTypeId.TIMESTAMP]: 'DATETIME',
  [DuckDBTypeId.BLOB]: 'VARBINARY',
  [DuckDBTypeId.LIST]: 'ARRAY',
  [DuckDBTypeId.MAP]: 'MAP',
  [DuckDBTypeId.STRUCT]: 'STRUCT',
  // NULL is a BOOLEAN.
  [DuckDBTypeId.SQLNULL]: 'BOOLEAN',
};

/** The StarRocks type of a value that no table declares. */
export function typeOfDuck(type: DuckDBType): Pick<ColumnType, 'base' | 'length' | 'precision' | 'scale'> {
  if (type instanceof DuckDBDecimalType) return { base: 'DECIMAL', precision: type.width, scale: type.scale };
  // DuckDB's JSON is a VARCHAR that is called otherwise.
  if (type.typeId === DuckDBTypeId.VARCHAR) return { base: type.alias === undefined ? 'VARCHAR' : 'JSON' };
  return { base: bases[type.typeId] ?? 'LARGEINT' };
}

/** The packet that introduces a column (ColumnDefinition41). */
export function columnDefinition({ name, code, length, decimals }: ResultColumn): Buffer {
  const isText = code === mysql.STRING || code === mysql.VAR_STRING;
  return new PacketWriter()
    .lengthCodedText('def')
    .lengthCodedText('')
    .lengthCodedText('')
    .lengthCodedText('')
    .lengthCodedText(name)
    .lengthCodedText(name)
    .int(0x0c, 1)
    .int(isText ? utf8GeneralCi : binary, 2)
    .int(length, 4)
    .int(code, 1)
    .int(0, 2)
    .int(decimals, 1)
    .int(0, 2)
    .finish();
}

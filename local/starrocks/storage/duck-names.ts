import type { ColumnType } from '../model.ts';

/** `"database"."table"`: where the rows of a table are. */
export function duckName(database: string, table: string): string {
  return `${quoted(database)}.${quoted(table)}`;
}

/** A name as DuckDB reads it whatever it contains. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text literal. DuckDB takes a zero byte for the end of the statement. */
export function literal(text: string): string {
  const written = `'${text.replaceAll("'", "''").replaceAll('\0', "' || chr(0) || '")}'`;
  return text.includes('\0') ? `(${written})` : written;
}

const SAME = new Set(['BOOLEAN', 'TINYINT', 'SMALLINT', 'BIGINT', 'FLOAT', 'DOUBLE', 'DATE', 'JSON']);

const RENAMED: Readonly<Record<string, string>> = {
  INT: 'INTEGER',
  LARGEINT: 'HUGEINT',
  CHAR: 'VARCHAR',
  VARCHAR: 'VARCHAR',
  VARBINARY: 'BLOB',
  DATETIME: 'TIMESTAMP',
};

/**
 * The DuckDB type that keeps every value of a StarRocks type; lengths of texts are for the caller to enforce.
 *
 * @throws Error for types that the stand-in does not keep (BITMAP, HLL, PERCENTILE, DECIMAL beyond 38 digits)
 */
export function duckType(type: ColumnType): string {
  if (SAME.has(type.base)) return type.base;
  if (type.base === 'DECIMAL' && (type.precision ?? 0) <= 38)
    return `DECIMAL(${type.precision ?? 10},${type.scale ?? 0})`;
  const name = RENAMED[type.base];
  if (name !== undefined) return name;
  const elements = type.elements?.map(duckType) ?? [];
  if (type.base === 'ARRAY') return `${elements[0]}[]`;
  if (type.base === 'MAP') return `MAP(${elements.join(', ')})`;
  if (type.base === 'STRUCT') {
    return `STRUCT(${elements.map((element, index) => `${quoted(type.fieldNames?.[index] ?? '')} ${element}`).join(', ')})`;
  }
  throw new Error(`The stand-in has no place for values of the type ${type.text}.`);
}

import type { ColumnType, TableDefinition } from '../model.ts';

/** Where the rows of a table are. */
export function duckTable({
  database,
  name,
  storedAs,
}: Pick<TableDefinition, 'database' | 'name' | 'storedAs'>): string {
  return duckName(storedAs?.schema ?? database, storedAs?.table ?? name);
}

/** `"database"."table"`. */
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

const same = new Set(['BOOLEAN', 'TINYINT', 'SMALLINT', 'BIGINT', 'FLOAT', 'DOUBLE', 'DATE', 'JSON']);

const renamed: Readonly<Record<string, string>> = {
  INT: 'INTEGER',
  LARGEINT: 'HUGEINT',
  CHAR: 'VARCHAR',
  VARCHAR: 'VARCHAR',
  VARBINARY: 'BLOB',
  DATETIME: 'TIMESTAMP',
  // The members; StarRocks keeps hashes in HLL, and a sketch of the numbers in PERCENTILE.
  BITMAP: 'UBIGINT[]',
  HLL: 'UBIGINT[]',
  PERCENTILE: 'DOUBLE[]',
};

/**
 * The DuckDB type that keeps every value of a StarRocks type; lengths of texts are for the caller to enforce.
 *
 * @throws Error for types that no column has
 */
export function duckType(type: ColumnType): string {
  if (same.has(type.base)) return type.base;
  if (type.base === 'DECIMAL') return decimalType(type);
  const name = renamed[type.base];
  if (name !== undefined) return name;
  const elements = type.elements?.map(duckType) ?? [];
  if (type.base === 'ARRAY') return `${elements[0]}[]`;
  if (type.base === 'MAP') return `MAP(${elements.join(', ')})`;
  if (type.base === 'STRUCT') {
    return `STRUCT(${elements.map((element, index) => `${quoted(type.fieldNames?.[index] ?? '')} ${element}`).join(', ')})`;
  }
  throw new Error(`The stand-in has no place for values of the type ${type.text}.`);
}

/** DuckDB has no more than 38 digits: longer numbers are kept as texts. */
function decimalType({ precision = 10, scale = 0 }: ColumnType): string {
  return precision > 38 ? 'VARCHAR' : `DECIMAL(${precision},${scale})`;
}

import type { Column } from '../model.ts';
import { duckType, literal } from './duck-names.ts';

const numbers = ['TINYINT', 'SMALLINT', 'INT', 'BIGINT', 'LARGEINT', 'FLOAT', 'DOUBLE', 'DECIMAL', 'BOOLEAN'];
const zeros: Readonly<Record<string, string>> = {
  ...Object.fromEntries(numbers.map((base) => [base, '0'])),
  VARCHAR: "''",
  CHAR: "''",
  VARBINARY: "''",
  JSON: "'null'",
  DATE: "'1970-01-01'",
  DATETIME: "'1970-01-01 00:00:00'",
};

/** The default of a column: its own, NULL, or for NOT NULL without one what partial updates put there. */
export function defaultSql(column: Column): string {
  const type = duckType(column.type);
  if (column.type.base === 'BITMAP' || column.type.base === 'HLL') return `CAST([] AS ${type})`;
  if (column.default !== undefined && column.default !== null) {
    if (/^\(?current_timestamp/i.test(column.default)) return `CAST(now() AS ${type})`;
    if (/^\(?uuid\(\)\)?$/i.test(column.default)) return 'CAST(uuid() AS VARCHAR)';
    if (/^\(?uuid_numeric\(\)\)?$/i.test(column.default)) return 'CAST(hash(uuid()) AS HUGEINT)';
    return `CAST(${literal(column.default)} AS ${type})`;
  }
  if (column.nullable) return `CAST(NULL AS ${type})`;
  const zero = zeros[column.type.base];
  return zero === undefined ? `CAST(NULL AS ${type})` : `CAST(${zero} AS ${type})`;
}

import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';

/**
 * A DuckDB value as a plain one, without loss: null, boolean, number (TINYINT … INT, FLOAT, DOUBLE), bigint (BIGINT,
 * HUGEINT), Buffer (BLOB), text (all others), arrays (ARRAY, and MAP as [key, value] pairs) and records (STRUCT).
 */
export function plainValue(value: DuckDBValue): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes);
  if (value instanceof DuckDBTimestampValue)
    return value.toString().replace(/\.\d+$/, (fraction) => fraction.padEnd(7, '0'));
  if (value instanceof DuckDBDateValue || value instanceof DuckDBDecimalValue) return value.toString();
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(plainValue);
  if (value instanceof DuckDBMapValue) {
    return value.entries.map(({ key, value: entry }) => [plainValue(key), plainValue(entry)]);
  }
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([name, field]) => [name, plainValue(field)]));
  }
  return value.toString();
}

import { nameProblem } from '../rows/names.ts';

/** The name with `_` for whatever the sink, or StarRocks, does not take in one. */
export const tableName = (name: string) =>
  [...name.replace(/\.{2,}/g, '_')].map((char) => (char === '.' || !nameProblem(char) ? char : '_')).join('');

/** Stream Load has a meaning of its own for these fields, and CREATE TABLE refuses them. Observed on a real frontend. */
const reservedColumn = /^_(?=_(op|row)$)/i;

/** @source FeNameFormat in the StarRocks frontend: a column name that is an operator is refused */
export const columnName = (name: string) =>
  tableName(name)
    .replace(/[=<>!]/g, '_')
    .replace(reservedColumn, '');

/** @source FeNameFormat.DB_NAME_REGEX in the StarRocks frontend */
export const databaseName = (name: string) =>
  tableName(name)
    .replace(/[^\w\-~!@#$%^&<>=+]/g, '_')
    .replace(/^(?![A-Za-z_])/, 'db_');

/** The name, or `name_2`, `name_3`, … when it is taken. Column names that differ in case only are one name. */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? name : `${name}_${n}`;
    if (!isTaken(candidate)) return candidate;
  }
}

/** The names of a column list as people write it: `a`, `b` with or without backticks. */
export function namesInList(list: string): readonly string[] {
  return list
    .split(',')
    .map((name) => name.trim().replace(/^`(.*)`$/, '$1'))
    .filter((name) => name !== '');
}

/** The SQL between the texts of a body and typed rows of a table. */

import { isComplex, typeName } from '../formats/values.ts';
import type { Column, ColumnType } from '../model.ts';
import { defaultSql } from './default-sql.ts';
import { duckType, literal, quoted } from './duck-names.ts';
import { duckExpression } from './expressions.ts';
import { type LoadPlan, type Origin, operationField, type Source, type Target } from './load-plan.ts';

/**
 * How expressions see source fields: as texts, as StarRocks does first; or, since DuckDB does not turn texts into
 * numbers and dates by itself, as what the table has under that name, and else as one of these.
 */
export const readings = ['VARCHAR', 'table', 'BIGINT', 'DOUBLE', 'TIMESTAMP'] as const;
export type Reading = (typeof readings)[number];

/** A relation as row files have it, without rows. */
export function emptyRelation(columns: number): string {
  const values = Array.from({ length: columns }, (_, index) => `CAST(NULL AS VARCHAR) AS "#${index}"`);
  return `(SELECT ${['CAST(0 AS BIGINT) AS "#o"', ...values].join(', ')} WHERE false)`;
}

/**
 * Rows to be written: "#o", "#op" (primary-key tables), the targets under their names, and in strict mode "#problem".
 *
 * @in relation: "#o", and source i as text "#i"
 */
export function stagingSelect(plan: LoadPlan, reading: Reading, relation: string): string {
  const sources = plan.sources.map((source, index) => `${sourceSql(source, index, reading)} AS ${quoted(source.name)}`);
  const mapped = plan.mappings.map(({ sql }, index) => `(${sql}) AS ${quoted(mappingName(plan, index))}`);
  const operation =
    plan.operation === undefined ? [] : [`CAST(${operationSql(plan, plan.operation)} AS TINYINT) AS "#op"`];
  const targets = plan.targets
    .filter(({ origin }) => origin.kind !== 'automatic')
    .map((target) => `${targetSql(plan, target)} AS ${quoted(target.column.name)}`);
  const problem = plan.strict ? [`${problemSql(plan)} AS "#problem"`] : [];
  return `SELECT ${['"#o"', ...operation, ...targets, ...problem].join(', ')}
    FROM (SELECT ${['*', ...mapped].join(', ')}
      FROM (SELECT ${['*', ...sources].join(', ')} FROM ${relation}))
    ${plan.where === undefined ? '' : `WHERE (${plan.where.sql})`}`;
}

function sourceSql(source: Source, index: number, reading: Reading): string {
  const field = `"#${index}"`;
  if (source.column !== undefined) return castText(field, source.column.type);
  if (reading === 'VARCHAR') return field;
  if (source.type !== undefined) return `TRY_CAST(${field} AS ${duckType(source.type)})`;
  return reading === 'table' ? field : `TRY_CAST(${field} AS ${reading})`;
}

/** Texts were made by the converters, so that only arrays, maps and structs can still be of the wrong shape. */
function castText(field: string, type: ColumnType): string {
  if (isComplex(type)) return `TRY_CAST(CAST(${field} AS JSON) AS ${duckType(type)})`;
  if (type.base === 'VARBINARY') return `unhex(${field})`;
  return type.base === 'VARCHAR' || type.base === 'CHAR' ? field : `CAST(${field} AS ${duckType(type)})`;
}

/** A mapping is known to later mappings and to `where` by its name, unless a field has it. */
function mappingName(plan: LoadPlan, index: number): string {
  const name = plan.mappings[index]?.name ?? '';
  return plan.sources.some((source) => source.name.toLowerCase() === name.toLowerCase()) ? `#mapped${index}` : name;
}

function originSql(plan: LoadPlan, column: Column, origin: Origin): string {
  switch (origin.kind) {
    case 'source':
      return quoted(plan.sources[origin.index]?.name ?? '');
    case 'expression': {
      const index = plan.mappings.findIndex(({ name }) => name.toLowerCase() === column.name.toLowerCase());
      return index < 0 ? origin.sql : quoted(mappingName(plan, index));
    }
    default:
      return defaultSql(column);
  }
}

function operationSql(plan: LoadPlan, operation: NonNullable<LoadPlan['operation']>): string {
  if (operation.kind === 'constant') return String(operation.value);
  if (operation.kind === 'expression') return `TRY_CAST((${operation.sql}) AS TINYINT)`;
  return operation.kind === 'source' ? quoted(plan.sources[operation.index]?.name ?? operationField) : '0';
}

function targetSql(plan: LoadPlan, { column, origin }: Target): string {
  const value = originSql(plan, column, origin);
  const cast = origin.kind === 'expression' ? castExpression(value, column.type) : value;
  return plan.negative && column.aggregate?.toUpperCase() === 'SUM'
    ? `CAST(-(${cast}) AS ${duckType(column.type)})`
    : cast;
}

function castExpression(sql: string, type: ColumnType): string {
  if (type.base === 'VARBINARY') return `TRY_CAST(${sql} AS BLOB)`;
  if (isComplex(type)) return `TRY_CAST(${sql} AS ${duckType(type)})`;
  const cast = `TRY_CAST(${sql} AS ${duckType(type)})`;
  const limited = (type.base === 'VARCHAR' || type.base === 'CHAR') && type.length !== undefined;
  return limited ? `CASE WHEN strlen(${cast}) <= ${type.length} THEN ${cast} END` : cast;
}

/** The first cast that loses a value, in the words of the file scanner. */
function problemSql(plan: LoadPlan): string {
  const checks = plan.targets.flatMap(({ column, origin }) => {
    const before = rawSql(plan, column, origin);
    if (before === undefined) return [];
    const after = origin.kind === 'expression' ? castExpression(before, column.type) : originSql(plan, column, origin);
    const tail = literal(`' is out of range. The type of '${column.name}' is ${typeName(column.type)}`);
    return [
      `CASE WHEN ${before} IS NOT NULL AND ${after} IS NULL THEN 'Value ''' || CAST(${before} AS VARCHAR) || ${tail} END`,
    ];
  });
  return `COALESCE(${[...checks, 'CAST(NULL AS VARCHAR)'].join(', ')})`;
}

function rawSql(plan: LoadPlan, column: Column, origin: Origin): string | undefined {
  if (origin.kind === 'expression') return `(${originSql(plan, column, origin)})`;
  return origin.kind === 'source' && isComplex(column.type) ? `"#${origin.index}"` : undefined;
}

/** Generated columns of whole rows, added to a select. */
export function withGenerated(columns: readonly Column[], select: string): string {
  const generated = columns.flatMap((column) =>
    column.generated === undefined
      ? []
      : [`${castExpression(`(${duckExpression(column.generated)})`, column.type)} AS ${quoted(column.name)}`],
  );
  return generated.length === 0 ? select : `SELECT *, ${generated.join(', ')} FROM (${select})`;
}

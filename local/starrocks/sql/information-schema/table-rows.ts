import type { Column, TableDefinition, TableModel, ViewDefinition } from '../../model.ts';

export type Cell = string | number | null;
export type Row = Readonly<Record<string, Cell>>;

const columnKeys: Readonly<Record<TableModel, string>> = {
  PRIMARY_KEYS: 'PRI',
  UNIQUE_KEYS: 'UNI',
  DUP_KEYS: 'DUP',
  AGG_KEYS: 'AGG',
};

/** Digits of numeric types, in all and after the point. */
const digitsOfType: Readonly<Record<string, readonly [size: number | null, scale: number | null]>> = {
  BOOLEAN: [null, 0],
  TINYINT: [3, 0],
  SMALLINT: [5, 0],
  INT: [10, 0],
  BIGINT: [19, 0],
  LARGEINT: [39, null],
  FLOAT: [7, 7],
  DOUBLE: [15, 15],
};

/** Bytes of a character, as the frontend reckons. */
const bytesPerCharacter = 3;
const hllBytes = 16_385;

/** A row of information_schema.columns. */
export function columnRow(table: TableDefinition | ViewDefinition, column: Column, index: number): Row {
  const { type } = column;
  const length = type.base === 'VARCHAR' || type.base === 'CHAR' ? (type.length ?? null) : null;
  const [digits, scale] =
    type.base === 'DECIMAL' ? [type.precision ?? null, type.scale ?? null] : (digitsOfType[type.base] ?? [null, null]);
  return {
    TABLE_SCHEMA: table.database,
    TABLE_NAME: table.name,
    COLUMN_NAME: column.name,
    ORDINAL_POSITION: index + 1,
    COLUMN_DEFAULT: column.default ?? (type.base === 'HLL' || type.base === 'BITMAP' ? '\0' : null),
    IS_NULLABLE: column.nullable ? 'YES' : 'NO',
    DATA_TYPE: dataType(column),
    CHARACTER_MAXIMUM_LENGTH: length,
    CHARACTER_OCTET_LENGTH: length === null ? null : length * bytesPerCharacter,
    NUMERIC_PRECISION: digits,
    NUMERIC_SCALE: scale,
    COLUMN_TYPE: type.text,
    COLUMN_KEY: column.key && 'model' in table ? columnKeys[table.model] : '',
    EXTRA: '',
    PRIVILEGES: '',
    COLUMN_COMMENT: column.comment,
    COLUMN_SIZE: length ?? (type.base === 'HLL' ? hllBytes : digits),
    DECIMAL_DIGITS: scale,
    GENERATION_EXPRESSION: column.generated === undefined ? null : shownExpression(column.generated),
  };
}

/** Of a generated column, without the brackets around all of it. */
export function shownExpression(expression: string): string {
  const inner = /^\(([^()]*)\)$/.exec(expression.trim());
  return inner?.[1]?.trim() ?? expression;
}

/** DATA_TYPE: the type without its parameters, as MySQL calls it. */
function dataType({ type }: Column): string {
  if (type.base === 'BOOLEAN') return 'tinyint';
  return type.base === 'LARGEINT' ? 'bigint unsigned' : type.base.toLowerCase();
}

/** A row of information_schema.tables_config. */
export function configRow(table: TableDefinition, id: number): Row {
  const names = (columns: readonly string[]) => columns.map((name) => `\`${name}\``).join(', ');
  const hasPrimaryKey = table.model === 'PRIMARY_KEYS' || table.model === 'UNIQUE_KEYS';
  return {
    TABLE_SCHEMA: table.database,
    TABLE_NAME: table.name,
    TABLE_ENGINE: 'OLAP',
    TABLE_MODEL: table.model,
    PRIMARY_KEY: hasPrimaryKey ? names(table.keys) : '',
    PARTITION_KEY: names(table.partitions),
    DISTRIBUTE_KEY: names(table.distribution.columns),
    DISTRIBUTE_TYPE: table.distribution.type,
    DISTRIBUTE_BUCKET: table.distribution.buckets ?? 0,
    SORT_KEY: names(table.sortKeys ?? table.keys),
    PROPERTIES: JSON.stringify(shownProperties(table)),
    TABLE_ID: id,
  };
}

/** Properties of a table, in the order of their names. */
export function shownProperties({ properties }: TableDefinition): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1)));
}

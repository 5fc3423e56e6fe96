/** The ways in which StarRocks writes types. Source: Type.toSql, toString and toMysqlDataTypeString of the frontend. */
import type { ColumnType } from '../model.ts';

/** As DDL writes it: `largeint(40)`, `array<int(11)>`, `decimal(10, 2)`. */
export function typeSql(type: ColumnType): string {
  if (type.base === 'BOOLEAN') return 'boolean';
  if (type.base === 'LARGEINT') return 'largeint(40)';
  return nested(type, typeSql) ?? type.text;
}

/** As DESC writes it: `largeint`, `array<int>`, `decimal(10,2)`; structs as DDL writes them. */
export function describedType(type: ColumnType): string {
  if (type.base === 'STRUCT') return typeSql(type);
  if (type.base === 'DECIMAL') return `decimal(${type.precision},${type.scale})`;
  if (/INT$/.test(type.base)) return type.base.toLowerCase();
  return nested(type, describedType) ?? typeSql(type);
}

/** As messages write it: `DECIMAL64(10,2)`, `ARRAY<INT>`, `VARCHAR(20)`. */
export function typeName(type: ColumnType): string {
  const { base, precision = 0, scale = 0, length } = type;
  if (base === 'DECIMAL') return `DECIMAL${precision <= 18 ? 64 : precision <= 38 ? 128 : 256}(${precision},${scale})`;
  if (base === 'CHAR' || base === 'VARCHAR') return `${base}(${length})`;
  return nested(type, typeName, base) ?? base;
}

function nested(
  type: ColumnType,
  write: (element: ColumnType) => string,
  name = type.base.toLowerCase(),
): string | undefined {
  if (type.elements === undefined) return undefined;
  const isStruct = type.base === 'STRUCT';
  const parts = type.elements.map((element, index) =>
    isStruct ? `${type.fieldNames?.[index]} ${write(element)}` : write(element),
  );
  return `${name}<${parts.join(isStruct ? ', ' : ',')}>`;
}

import type { Column, TableDefinition } from '../model.ts';

const integers = ['TINYINT', 'SMALLINT', 'INT', 'BIGINT'];
const numbers = [...integers, 'LARGEINT', 'FLOAT', 'DOUBLE', 'DECIMAL'];

/** What a column of each type can become, besides itself. Source: StarRocks docs, ALTER TABLE, "Modify the data type". */
const becomes: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(integers.map((base) => [base, [...integers, 'LARGEINT', 'DOUBLE', 'DECIMAL', 'VARCHAR']])),
  INT: [...integers, 'LARGEINT', 'DOUBLE', 'DECIMAL', 'DATE', 'VARCHAR'],
  LARGEINT: ['DOUBLE', 'DECIMAL', 'VARCHAR'],
  FLOAT: ['DOUBLE', 'VARCHAR'],
  DOUBLE: ['VARCHAR'],
  DECIMAL: ['VARCHAR'],
  CHAR: ['VARCHAR'],
  VARCHAR: [...numbers, 'DATE', 'JSON'],
  DATE: ['DATETIME'],
  DATETIME: ['DATE'],
  JSON: ['VARCHAR', 'CHAR'],
};

/**
 * Why a column cannot become another, in StarRocks' words.
 *
 * @source SchemaChangeHandler.processModifyColumn and Column.checkSchemaChangeAllowed in the StarRocks frontend
 */
export function modificationFault(table: TableDefinition, old: Column, changed: Column): string | undefined {
  return tableFault(table, old, changed) ?? typeFault(old, changed);
}

function tableFault(table: TableDefinition, old: Column, changed: Column): string | undefined {
  const { name } = old;
  const longer = (changed.type.length ?? 0) > (old.type.length ?? 0) && changed.type.base === old.type.base;
  if (table.model === 'PRIMARY_KEYS' && old.key && !longer) {
    return `Can not modify key column: ${name} for primary key table except for increasing varchar length`;
  }
  if (table.partitions.includes(name)) return `Can not modify partition column[${name}]. index[${table.name}]`;
  if (table.distribution.columns.includes(name))
    return `Can not modify distribution column[${name}]. index[${table.name}]`;
  const mentioned = table.columns.some(({ generated }) => generated?.includes(name) === true);
  if (mentioned) return `Do not support modify column: ${name}, because it associates with the generated column`;
  if (old.autoIncrement === true) return "Can't not modify a AUTO_INCREMENT column";
  if (old.generated === undefined && changed.generated !== undefined) {
    return 'Can not modify a non-generated column to a generated column';
  }
  if (old.generated !== undefined && changed.generated === undefined) {
    return 'Can not modify a generated column to a non-generated column';
  }
  return undefined;
}

function typeFault(old: Column, changed: Column): string | undefined {
  const [from, to] = [old.type.base, changed.type.base];
  if (from !== to && becomes[from]?.includes(to) !== true) return `Can not change ${from} to ${to}`;
  if (old.aggregate !== changed.aggregate) return 'Can not change aggregation type';
  if (old.nullable && !changed.nullable) return 'Can not change from nullable to non-nullable';
  if ((old.default ?? null) !== (changed.default ?? null)) return 'Can not change default value';
  const isText = (base: string) => base === 'CHAR' || base === 'VARCHAR';
  if (isText(from) && isText(to) && (old.type.length ?? 1) > (changed.type.length ?? 1)) {
    return 'Cannot shorten string length';
  }
  return undefined;
}

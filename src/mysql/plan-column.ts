import { parseColumnType, type SourceType } from './column-type.ts';
import { defaultClause, isGenerated } from './defaults.ts';
import type { Finding, FindingKind } from './findings.ts';
import type { SourceColumn } from './information-schema.ts';
import { capacityBytes, starRocksType, type TypeChoices } from './types.ts';

/** A column of a planned StarRocks table. */
export interface PlannedColumn {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  /** What follows DEFAULT. */
  readonly default?: string;
  readonly comment: string;
  /** The MySQL column, or which name of the source table fills the column; `order`: `sink.order-by` does; `change`: what is told of a change. */
  readonly origin: SourceColumn | 'database' | 'table' | 'order' | 'change';
}

/** Bytes that the longest value of a type can take; types not listed are short. */
const mostBytes: Readonly<Record<string, number>> = {
  text: 65_535,
  mediumtext: 2 ** 24,
  longtext: 2 ** 32,
  blob: 65_535,
  mediumblob: 2 ** 24,
  longblob: 2 ** 32,
  json: 2 ** 30,
};

/**
 * Maps one column, and tells what somebody should know about it.
 *
 * @in  name: in StarRocks; where: `database.table.column`, for findings
 */
export function planColumn(
  column: SourceColumn,
  name: string,
  where: string,
  isPrimaryKey: boolean,
  choices: TypeChoices,
): { readonly column: PlannedColumn; readonly findings: readonly Finding[] } {
  const source = parseColumnType(column);
  const mapped = starRocksType(source, choices, isPrimaryKey);
  const clause = defaultClause(column, mapped.type, choices.profile);
  const findings: Finding[] = [];
  const find = (kind: FindingKind, text: string) => findings.push({ kind, where, text });
  if (!mapped.known) find('unsupported-type', `${column.columnType} is not known; text is taken as ${mapped.type}.`);
  if (mapped.why) find('widened', `${column.columnType} → ${mapped.type}: ${mapped.why}.`);
  const longest = longestBytes(source);
  const capacity = capacityBytes(mapped.type);
  if (longest > capacity) {
    find('too-long', `${column.columnType} → ${mapped.type}: values of more than ${capacity} bytes are refused.`);
  }
  if (clause.isZeroDate) {
    find(
      'zero-date',
      `the default ${column.default} is no date in StarRocks; rows that hold it need NULL, or another date.`,
    );
  } else if (clause.leftOut) find('default', `${clause.leftOut}: ${column.default}.`);
  if (column.isPeriod) find('generated', 'bounds the time of a row version: it is in no key, and StarRocks stores it.');
  else if (isGenerated(column)) find('generated', 'StarRocks stores the values that MySQL generates.');
  if (/\bINVISIBLE\b/i.test(column.extra)) {
    find('invisible', 'SELECT * gives it in StarRocks; in MySQL only a query that names it does.');
  }
  const planned = {
    name,
    type: mapped.type,
    nullable: !isPrimaryKey && (column.nullable || clause.mustBeNullable === true),
    ...(clause.sql !== undefined && { default: clause.sql }),
    comment: column.comment,
    origin: column,
  };
  return { column: planned, findings };
}

function longestBytes(type: SourceType): number {
  const isSized = ['char', 'varchar', 'binary', 'varbinary'].includes(type.name);
  return isSized
    ? (type.numbers[0] ?? 1) * (type.name.endsWith('char') ? type.bytesPerChar : 1)
    : (mostBytes[type.name] ?? 0);
}

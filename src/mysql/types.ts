import type { SourceType } from './column-type.ts';

/** native: for StarRocks from 3.3 on. smt: what StarRocks' migration tool gives, without its defects. */
export type Profile = 'native' | 'smt';

export interface TypeChoices {
  readonly profile: Profile;
  /** smt profile: 38 decimal digits, otherwise 27. */
  readonly useDecimalV3: boolean;
  /** What tinyint(1) becomes in the native profile. */
  readonly tinyint1: 'tinyint' | 'boolean';
  /** What binary, varbinary and blobs become in the native profile; as text they hold base64. */
  readonly binary: 'varbinary' | 'text';
  readonly json: 'json' | 'string';
}

type Target = string | ((type: SourceType, choices: TypeChoices) => string);

export interface TypeRule {
  /** DATA_TYPE of MySQL or MariaDB. */
  readonly names: readonly string[];
  readonly when?: (type: SourceType, choices: TypeChoices) => boolean;
  /** Column types for docs/types.md, which shows what each becomes. */
  readonly examples: readonly string[];
  readonly native: Target;
  /** In a primary key, where `native` may not stand; the smt profile takes STRING there. */
  readonly key?: Target;
  readonly smt: Target;
  readonly flink: Target;
  /** Why the target is wider than the source, or of another kind. */
  readonly why?: string;
}

/** Types of StarRocks that may stand in a primary key; STRING is a VARCHAR. */
const primaryKeyTypes = /^(BOOLEAN|TINYINT|SMALLINT|INT|BIGINT|LARGEINT|VARCHAR|STRING|DATE|DATETIME)\b/;
const maxVarchar = 1_048_576;
const varchar = (bytes: number) => `VARCHAR(${Math.min(Math.max(bytes, 1), maxVarchar)})`;
const varbinary = (bytes: number) => `VARBINARY(${Math.min(Math.max(bytes, 1), maxVarchar)})`;
const base64 = (bytes: number) => varchar(4 * Math.ceil(bytes / 3));
const first = (type: SourceType, standIn: number) => type.numbers[0] ?? standIn;
const digits = (type: SourceType) => ({ precision: first(type, 10), scale: type.numbers[1] ?? 0 });
const unsigned = (type: SourceType) => type.unsigned;
const noUnsigned = 'StarRocks has no unsigned integers';
const sizes: Readonly<Record<string, number>> = { tinyblob: 255, blob: 65_535 };

function decimal(type: SourceType, limit: number): string {
  const { precision, scale } = digits(type);
  return precision > limit ? 'STRING' : `DECIMAL(${precision}, ${scale})`;
}
const smtDecimal: Target = (type, { useDecimalV3 }) => decimal(type, useDecimalV3 ? 38 : 27);

/** The narrowest integer that holds so many bits, by smt's reckoning. */
function integerOfBits(type: SourceType): string {
  const bits = first(type, 1);
  if (bits < 8) return 'TINYINT';
  if (bits < 16) return 'SMALLINT';
  if (bits < 32) return 'INT';
  return bits < 64 ? 'BIGINT' : 'LARGEINT';
}

const same = (type: string): Pick<TypeRule, 'native' | 'smt' | 'flink'> => ({ native: type, smt: type, flink: type });
const text = { smt: 'STRING', flink: 'STRING' } as const;

/** MySQL and MariaDB types, and what they become. The first rule that fits counts; docs/types.md is made from it. */
export const typeRules: readonly TypeRule[] = [
  {
    names: ['tinyint'],
    when: (type, choices) => choices.tinyint1 === 'boolean' && type.numbers[0] === 1 && !type.unsigned,
    examples: [],
    native: 'BOOLEAN',
    smt: 'TINYINT',
    flink: 'TINYINT',
    why: 'tinyint(1) is read as a truth value',
  },
  { names: ['tinyint'], when: unsigned, examples: ['tinyint unsigned'], ...same('SMALLINT'), why: noUnsigned },
  { names: ['tinyint'], examples: ['tinyint', 'tinyint(1)'], ...same('TINYINT') },
  { names: ['smallint'], when: unsigned, examples: ['smallint unsigned'], ...same('INT'), why: noUnsigned },
  { names: ['smallint'], examples: ['smallint'], ...same('SMALLINT') },
  {
    names: ['mediumint'],
    when: unsigned,
    examples: ['mediumint unsigned'],
    native: 'INT',
    smt: 'BIGINT',
    flink: 'BIGINT',
    why: noUnsigned,
  },
  {
    names: ['int', 'integer'],
    when: unsigned,
    examples: ['int unsigned', 'int(8) unsigned zerofill'],
    ...same('BIGINT'),
    why: noUnsigned,
  },
  { names: ['mediumint', 'int', 'integer'], examples: ['mediumint', 'int', 'int(11)'], ...same('INT') },
  {
    names: ['bigint'],
    when: unsigned,
    examples: ['bigint unsigned'],
    ...same('LARGEINT'),
    flink: 'DECIMAL(20, 0)',
    why: noUnsigned,
  },
  { names: ['bigint'], examples: ['bigint'], ...same('BIGINT') },
  {
    names: ['bit'],
    examples: ['bit(1)', 'bit(8)', 'bit(31)', 'bit(32)', 'bit(64)'],
    native: integerOfBits,
    smt: integerOfBits,
    flink: (type) => (first(type, 1) === 1 ? 'BOOLEAN' : 'BINARY'),
    why: 'bits are read as a number',
  },
  {
    names: ['float'],
    when: (type) => type.numbers.length === 2,
    examples: ['float(10,2)'],
    native: 'DOUBLE',
    key: 'VARCHAR(32)',
    smt: 'FLOAT',
    flink: 'FLOAT',
    why: 'so many digits do not fit a FLOAT',
  },
  { names: ['float'], examples: ['float'], ...same('FLOAT'), key: 'VARCHAR(32)' },
  { names: ['double', 'real'], examples: ['double'], ...same('DOUBLE'), key: 'VARCHAR(32)' },
  {
    names: ['decimal'],
    examples: ['decimal(10,2)', 'decimal(38,10)', 'decimal(65,30)'],
    native: (type) => decimal(type, 38),
    // digits, sign, point, and the zero before the point
    key: (type) => varchar(digits(type).precision + 3),
    smt: smtDecimal,
    flink: smtDecimal,
  },
  {
    names: ['char', 'varchar'],
    examples: ['char(2) character set ascii', 'char(36)', 'varchar(80)', 'varchar(80) character set utf8mb3'],
    native: (type) => varchar(first(type, 1) * type.bytesPerChar),
    ...text,
  },
  { names: ['tinytext'], examples: ['tinytext'], native: varchar(1020), ...text },
  {
    names: ['text', 'mediumtext', 'longtext'],
    examples: ['text', 'mediumtext', 'longtext'],
    native: varchar(maxVarchar),
    ...text,
  },
  {
    names: ['binary', 'varbinary'],
    examples: ['binary(16)', 'varbinary(200)'],
    native: (type, { binary }) => (binary === 'text' ? base64(first(type, 1)) : varbinary(first(type, 1))),
    key: (type) => base64(first(type, 1)),
    smt: 'STRING',
    flink: (type) => type.name.toUpperCase(),
  },
  {
    names: ['tinyblob', 'blob', 'mediumblob', 'longblob'],
    examples: ['tinyblob', 'blob', 'longblob'],
    native: (_, { binary }) => (binary === 'text' ? varchar(maxVarchar) : varbinary(maxVarchar)),
    key: (type) => base64(sizes[type.name] ?? maxVarchar),
    ...text,
  },
  {
    names: ['enum', 'set'],
    examples: ["enum('small','large')", "set('a','b','c')"],
    native: (type) => varchar(type.longestMember * type.bytesPerChar),
    ...text,
    why: 'members are stored as text, a set separated by commas',
  },
  {
    names: ['json'],
    examples: ['json'],
    native: (_, { json }) => (json === 'string' ? varchar(maxVarchar) : 'JSON'),
    // only MariaDB's json, a longtext, may be there
    key: varchar(maxVarchar),
    ...text,
  },
  { names: ['vector'], examples: ['vector(3)'], native: 'ARRAY<FLOAT>', ...text },
  { names: ['year'], examples: ['year'], native: 'SMALLINT', ...text },
  { names: ['date'], examples: ['date'], ...same('DATE') },
  {
    names: ['time'],
    examples: ['time', 'time(6)'],
    native: varchar(17),
    ...text,
    why: 'StarRocks has no column type for -838:59:59.000000',
  },
  {
    names: ['datetime', 'timestamp'],
    examples: ['datetime', 'datetime(6)', 'timestamp'],
    ...same('DATETIME'),
    flink: 'TIMESTAMP',
  },
  {
    names: [
      ...['geometry', 'point', 'linestring', 'polygon', 'multipoint', 'multilinestring', 'multipolygon'],
      ...['geometrycollection', 'geomcollection'],
    ],
    examples: ['point', 'geometry'],
    native: (_, { json }) => (json === 'string' ? varchar(maxVarchar) : 'JSON'),
    key: varchar(maxVarchar),
    ...text,
    why: 'shapes are stored as GeoJSON with their srid',
  },
  { names: ['uuid'], examples: ['uuid'], native: varchar(36), ...text },
  { names: ['inet4'], examples: ['inet4'], native: varchar(15), ...text },
  { names: ['inet6'], examples: ['inet6'], native: varchar(45), ...text },
];

/** Most bytes that a StarRocks type of text, bytes or JSON takes. */
export function capacityBytes(type: string): number {
  if (type === 'STRING') return 65_533;
  if (type === 'JSON') return 2 ** 24;
  return Number(/^VAR\w+\((\d+)\)$/.exec(type)?.[1] ?? Number.POSITIVE_INFINITY);
}

export interface MappedType {
  readonly type: string;
  readonly why?: string;
  /** false: the type is in no rule, and text was taken. */
  readonly known: boolean;
}

/** The StarRocks type of a MySQL type. */
export function starRocksType(type: SourceType, choices: TypeChoices, isPrimaryKey: boolean): MappedType {
  const rule = findRule(type, choices);
  const isNative = choices.profile === 'native';
  if (rule === undefined) return { type: isNative ? varchar(maxVarchar) : 'STRING', known: false };
  const target = resolve(isNative ? rule.native : rule.smt, type, choices);
  if (isPrimaryKey && rule.key && !primaryKeyTypes.test(target)) {
    const keyType = isNative ? resolve(rule.key, type, choices) : 'STRING';
    return { type: keyType, known: true, why: `StarRocks takes no ${target} in a primary key` };
  }
  return { type: target, known: true, ...(rule.why && { why: rule.why }) };
}

/** The type that smt declares in Flink, which is the same in both profiles. */
export function flinkType(type: SourceType, choices: TypeChoices): string {
  const rule = findRule(type, choices);
  return rule ? resolve(rule.flink, type, choices) : 'STRING';
}

const findRule = (type: SourceType, choices: TypeChoices) =>
  typeRules.find((rule) => rule.names.includes(type.name) && (rule.when?.(type, choices) ?? true));

const resolve = (target: Target, type: SourceType, choices: TypeChoices) =>
  typeof target === 'string' ? target : target(type, choices);

import { SinkError } from '../kit/errors.ts';
import { type IniEntry, type IniSection, readIni } from './ini.ts';

export interface MysqlAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** One `[table-rule.N]`: which tables it takes, and what becomes of them. */
export interface TableRule {
  /** What follows `table-rule.`; names the output files. */
  readonly name: string;
  readonly line: number;
  /** Unanchored regular expressions. */
  readonly database: string;
  readonly table: string;
  readonly partitionKey?: string;
  /** SQL between the brackets of PARTITION BY RANGE, as written. */
  readonly partitions?: string;
  /** Column lists as written, with or without backticks. */
  readonly duplicateKeys?: string;
  readonly distributedBy?: string;
  readonly buckets?: number;
  /** `properties.*`: PROPERTIES of the StarRocks table. */
  readonly properties: Readonly<Record<string, string>>;
  /** `flink.starrocks.*`: options of the sink. */
  readonly sink: Readonly<Record<string, string>>;
  /** `flink.cdc.*`: options of Flink's MySQL source. */
  readonly source: Readonly<Record<string, string>>;
}

/** smt's config file. */
export interface SmtConfig {
  readonly mysql: MysqlAddress;
  /** StarRocks backends. */
  readonly backends: number;
  readonly useDecimalV3: boolean;
  readonly outputDir: string;
  /** In file order: a table belongs to the last rule that matches it. */
  readonly rules: readonly TableRule[];
  /** Keys that mean nothing here, one sentence each. */
  readonly notices: readonly string[];
}

const rulePrefix = 'table-rule.';
const knownKeys = {
  db: ['host', 'port', 'user', 'password', 'type', 'authentication'],
  other: ['be_num', 'use_decimal_v3', 'output_dir'],
  rule: [
    'database',
    'schema',
    'table',
    'partition_key',
    'partitions',
    'duplicate_keys',
    'distributed_by',
    'bucket_num',
  ],
};
const rulePrefixes = ['properties.', 'external.properties.', 'flink.starrocks.', 'flink.cdc.'];

/**
 * Reads smt's config file as it is.
 *
 * @throws SinkError MIGRATION_CONFIG_INVALID, naming every problem with its line and key
 * @source StarRocks/smt conf/config.go
 */
export function parseSmtConfig(text: string): SmtConfig {
  const { sections, problems: unreadable } = readIni(text);
  const problems = [...unreadable];
  const notices: string[] = [];
  const read = (name: string) => {
    const section = sections.find((one) => one.name === name);
    if (section === undefined) problems.push(`[${name}] is missing.`);
    return sectionReader(name, section, problems);
  };
  const db = read('db');
  const other = read('other');
  const type = db.optional('type');
  if (type && type.value !== '' && type.value !== 'mysql') {
    problems.push(`line ${type.line}, type: expected mysql, found ${type.value}; no other source is read.`);
  }
  const config = {
    mysql: {
      host: db.text('host'),
      port: db.integer('port', 1, 65535),
      user: db.text('user'),
      password: db.text('password', true),
    },
    backends: other.integer('be_num', 1, 100_000),
    useDecimalV3: other.boolean('use_decimal_v3'),
    outputDir: other.text('output_dir', true) || './result',
  };
  const ruleSections = sections.filter((section) => section.name.startsWith(rulePrefix));
  if (ruleSections.length === 0) problems.push('there is no [table-rule.N].');
  const rules = ruleSections.map((section) => readRule(section, problems));
  for (const section of sections) {
    const first = sections.find((one) => one.name === section.name);
    if (first !== section) problems.push(`line ${section.line}: [${section.name}] was begun in line ${first?.line}.`);
    notices.push(...unknownKeys(section));
  }
  if (problems.length > 0) throw new SinkError('MIGRATION_CONFIG_INVALID', problems.join(' '));
  return { ...config, rules, notices };
}

function readRule(section: IniSection, problems: string[]): TableRule {
  const rule = sectionReader(section.name, section, problems);
  const name = section.name.slice(rulePrefix.length);
  if (!/^[\w.-]+$/.test(name) || /^\.+$/.test(name)) {
    problems.push(`line ${section.line}: [${section.name}] names output files; use letters, digits, dots, - and _.`);
  }
  const given = (key: string) => rule.optional(key)?.value || undefined;
  const optional = {
    partitionKey: given('partition_key'),
    partitions: given('partitions'),
    duplicateKeys: given('duplicate_keys'),
    distributedBy: given('distributed_by'),
    buckets: given('bucket_num') === undefined ? undefined : rule.integer('bucket_num', 1, 1_000_000),
  };
  return {
    name,
    line: section.line,
    database: rule.text('database'),
    table: rule.text('table'),
    ...(Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)) as Partial<TableRule>),
    properties: rule.withPrefix('properties.'),
    sink: rule.withPrefix('flink.starrocks.'),
    source: rule.withPrefix('flink.cdc.'),
  };
}

/** Reads values of one section; what is wrong is added to `problems`, and a stand-in value returned. */
function sectionReader(name: string, section: IniSection | undefined, problems: string[]) {
  const optional = (key: string): IniEntry | undefined => section?.entries.get(key);
  const text = (key: string, mayBeEmpty = false): string => {
    const entry = optional(key);
    if (entry === undefined) {
      if (section) problems.push(`line ${section.line}, ${key}: is missing in [${name}].`);
    } else if (entry.value === '' && !mayBeEmpty) problems.push(`line ${entry.line}, ${key}: is empty.`);
    return entry?.value ?? '';
  };
  const parsed = <T>(key: string, expected: string, parse: (value: string) => T | undefined, standIn: T): T => {
    const value = text(key);
    if (value === '') return standIn;
    const result = parse(value);
    if (result !== undefined) return result;
    problems.push(`line ${optional(key)?.line}, ${key}: expected ${expected}, found ${JSON.stringify(value)}.`);
    return standIn;
  };
  return {
    optional,
    text,
    integer: (key: string, min: number, max: number) =>
      parsed(key, `a whole number from ${min} to ${max}`, (value) => wholeNumber(value, min, max), min),
    boolean: (key: string) => parsed(key, 'true or false', truth, false),
    withPrefix: (prefix: string) =>
      Object.fromEntries(
        [...(section?.entries.values() ?? [])]
          .filter((entry) => entry.key.startsWith(prefix))
          .map((entry) => [entry.key.slice(prefix.length), entry.value]),
      ),
  };
}

function wholeNumber(value: string, min: number, max: number): number | undefined {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  return number >= min && number <= max ? number : undefined;
}

function truth(value: string): boolean | undefined {
  if (/^(1|t|true)$/i.test(value)) return true;
  return /^(0|f|false)$/i.test(value) ? false : undefined;
}

function unknownKeys(section: IniSection): readonly string[] {
  const isRule = section.name.startsWith(rulePrefix);
  const known = isRule
    ? knownKeys.rule
    : section.name === 'db'
      ? knownKeys.db
      : section.name === 'other'
        ? knownKeys.other
        : [];
  return [...section.entries.values()]
    .filter(({ key }) => !known.includes(key) && !(isRule && rulePrefixes.some((prefix) => key.startsWith(prefix))))
    .map(({ key, line }) => `line ${line}, ${key}: means nothing in [${section.name}], and is ignored.`);
}

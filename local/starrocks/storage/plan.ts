/** Headers against a table, as the frontend does it. Source: StreamLoadInfo, StreamLoadScanNode, Load.java. */

import { type JsonPath, parseJsonPath } from '../formats/json-path.ts';
import type { LoadHeaders, TableDefinition } from '../model.ts';
import { parseDelimiter } from './delimiter.ts';
import { duckExpression, zoneOffsetSeconds } from './expressions.ts';
import {
  type Compression,
  type CsvFormat,
  columnNamed,
  type JsonFormat,
  type LoadPlan,
  PlanFault,
} from './load-plan.ts';
import { planColumns } from './plan-columns.ts';

/** @throws PlanFault with the Message of the answer */
export function createPlan(table: TableDefinition, headers: LoadHeaders): LoadPlan {
  const given = (name: string) => headers[name] || undefined;
  const flag = (name: string) => headers[name]?.toLowerCase() === 'true';
  const name = given('format')?.toLowerCase() ?? 'csv';
  checkEnvelope(given, flag);
  const format = name === 'json' ? jsonFormat(given, flag) : csvFormat(given, flag);
  const compression = compressionOf(given, name);
  const partial = flag('partial_update');
  if (partial && table.model !== 'PRIMARY_KEYS') throw new PlanFault('Only primary key table support partial update');
  const columns = planColumns({ table, header: given('columns'), json: name === 'json', partial });
  const condition = mergeCondition(table, given('merge_condition'));
  checkPartitions(table, given('partitions'));
  const where = given('where');
  const plan: LoadPlan = {
    table,
    format,
    compression,
    ...columns,
    partial,
    strict: flag('strict_mode'),
    zoneSeconds: zoneSeconds(given('timezone') ?? 'Asia/Shanghai'),
    negative: headers['negative'] === 'true',
    ...(where === undefined ? {} : { where: { text: where, sql: duckExpression(where) } }),
    ...(condition === undefined ? {} : { mergeCondition: condition }),
  };
  if (condition !== undefined && !plan.targets.some(({ column }) => column.name === condition)) {
    throw new PlanFault(`Merge condition column ${condition} should be loaded`);
  }
  return plan;
}

type Given = (name: string) => string | undefined;

/** @source StreamLoadInfo: the envelope makes rows out of documents by itself */
function checkEnvelope(given: Given, flag: (name: string) => boolean): void {
  const envelope = given('envelope');
  if (envelope === undefined) return;
  if (envelope.toLowerCase() !== 'debezium') throw new PlanFault(`Unknown envelope type: ${envelope}`);
  if (given('format')?.toLowerCase() !== 'json') {
    throw new PlanFault('envelope can only be specified when format is json');
  }
  if (given('json_root') !== undefined) throw new PlanFault('json_root cannot be specified when envelope is set');
  if (flag('strip_outer_array')) throw new PlanFault('strip_outer_array cannot be specified when envelope is set');
}

function csvFormat(given: Given, flag: (name: string) => boolean): CsvFormat {
  const delimiter = (header: string, fallback: string): string => {
    const value = given(header);
    if (value === undefined) return fallback;
    const parsed = parseDelimiter(header, value);
    if (!parsed.ok) throw new PlanFault(parsed.message);
    return parsed.bytes;
  };
  const firstByte = (value: string | undefined) =>
    value === undefined ? undefined : Buffer.from(value, 'utf8').subarray(0, 1).toString('latin1');
  const enclose = firstByte(given('enclose'));
  const escape = firstByte(given('escape'));
  return {
    kind: 'csv',
    columnSeparator: delimiter('column_separator', '\t'),
    rowDelimiter: delimiter('row_delimiter', '\n'),
    ...(enclose === undefined ? {} : { enclose }),
    ...(escape === undefined ? {} : { escape }),
    skipHeader: Number.parseInt(given('skip_header') ?? '0', 10) || 0,
    trimSpace: flag('trim_space'),
  };
}

function jsonFormat(given: Given, flag: (name: string) => boolean): JsonFormat {
  const root = given('json_root');
  const paths = given('jsonpaths');
  return {
    kind: 'json',
    stripOuterArray: flag('strip_outer_array'),
    debezium: given('envelope') !== undefined,
    ...(root === undefined ? {} : { root: jsonPath(root) }),
    ...(paths === undefined ? {} : { paths: jsonPaths(paths) }),
  };
}

function jsonPath(text: string): JsonPath {
  const path = parseJsonPath(text);
  if (path === undefined) throw new PlanFault(`Invalid json path: ${text}`);
  return path;
}

function jsonPaths(header: string): JsonPath[] {
  let paths: unknown;
  try {
    paths = JSON.parse(header);
  } catch {
    throw new PlanFault(`Invalid json path: ${header}`);
  }
  if (!Array.isArray(paths) || !paths.every((path) => typeof path === 'string')) {
    throw new PlanFault(`Invalid json path: ${header}`);
  }
  return paths.map(jsonPath);
}

const compressions: Readonly<Record<string, Compression | 'unsupported'>> = {
  no_compression: 'none',
  gzip: 'gzip',
  zstd: 'zstd',
  deflate: 'zlib',
  zlib: 'zlib',
  bzip2: 'unsupported',
  lz4: 'unsupported',
  lz4_frame: 'lz4-frame',
  snappy: 'unsupported',
};

/** The names that formats have as compressions, where they are others. */
const compressedFormats: Readonly<Record<string, string>> = {
  csv: 'no_compression',
  json: 'no_compression',
  lz4: 'lz4_frame',
};

function compressionOf(given: Given, format: string): Compression {
  const encoding = given('content-encoding');
  const header = given('compression');
  if (encoding !== undefined && header !== undefined) {
    throw new PlanFault('Only one of http header content-encoding and compression can be set');
  }
  const named = header ?? encoding ?? compressedFormats[format] ?? format;
  const compression = compressions[named.toLowerCase()];
  if (compression === undefined) throw new PlanFault(`Unsupported compression type: ${named}`);
  if (compression === 'unsupported') {
    throw new PlanFault(`The stand-in does not decompress ${named}; it knows gzip, zstd, deflate and lz4_frame`);
  }
  return compression;
}

const conditionTypes = new Set([
  'TINYINT',
  'SMALLINT',
  'INT',
  'BIGINT',
  'LARGEINT',
  'FLOAT',
  'DOUBLE',
  'DECIMAL',
  'BOOLEAN',
  'DATE',
  'DATETIME',
]);

function mergeCondition(table: TableDefinition, name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  if (table.model !== 'PRIMARY_KEYS') {
    throw new PlanFault(`Conditional update only support primary key table ${table.name}`);
  }
  const column = columnNamed(table, name);
  if (column === undefined) {
    throw new PlanFault(
      `Merge condition column ${name} does not exist. If you are doing partial update with condition update, please check condition column is in the given update columns. Otherwise please check condition column is in table ${table.name}`,
    );
  }
  if (column.key) throw new PlanFault(`Merge condition column ${name} should not be primary key!`);
  if (!conditionTypes.has(column.type.base)) {
    throw new PlanFault(`Merge condition column ${name} has invalid type maybe bitmap/hll/percentile/json/varchar!`);
  }
  return column.name;
}

function checkPartitions(table: TableDefinition, header: string | undefined): void {
  for (const name of header?.split(',').map((part) => part.trim()) ?? []) {
    if (!table.partitions.includes(name)) throw new PlanFault(`Unknown partition '${name}' in table '${table.name}'`);
  }
}

function zoneSeconds(zone: string): number {
  const seconds = zoneOffsetSeconds(zone);
  if (seconds === undefined) throw new PlanFault(`Unknown or incorrect time zone: '${zone}'`);
  return seconds;
}

import { backticked } from '../kit/backticked.ts';
import { bucketsFor, type Growth } from './buckets.ts';
import type { FindingKind } from './findings.ts';
import { namesInList } from './names.ts';
import type { PlannedColumn } from './plan-column.ts';
import type { TableRule } from './smt-config.ts';
import type { Profile } from './types.ts';

/** How a StarRocks table is cut and kept. */
export interface Layout {
  /** What follows PARTITION BY. */
  readonly partitionBy?: string;
  /** What follows DISTRIBUTED BY. */
  readonly distributedBy: string;
  readonly properties: Readonly<Record<string, string>>;
}

interface LayoutTask {
  readonly rule: TableRule;
  readonly columns: readonly PlannedColumn[];
  readonly key: readonly string[];
  readonly isKeyless: boolean;
  readonly growth: Growth;
  readonly find: (kind: FindingKind, text: string) => void;
}

interface LayoutChoices {
  readonly profile: Profile;
  readonly backends: number;
}

interface Partitions {
  readonly by?: string;
  readonly properties?: Readonly<Record<string, string>>;
}

/** Partitions, buckets and properties, by the profile and the rule. */
export function planLayout(task: LayoutTask, choices: LayoutChoices): Layout {
  const { rule, growth, find } = task;
  const isSmt = choices.profile === 'smt';
  const buckets = rule.buckets ?? (isSmt ? bucketsFor(growth.partitionBytes, choices.backends) : undefined);
  if (!task.isKeyless && (rule.partitionKey || rule.partitions)) {
    find('clause', 'partition_key and partitions are left out: only tables without a key are partitioned.');
  }
  const noPartitions: Partitions = {};
  const partitions = !task.isKeyless
    ? noPartitions
    : isSmt
      ? smtPartitions(task, buckets ?? 1)
      : nativePartitions(task);
  const replication = { replication_num: String(Math.min(3, choices.backends)) };
  return {
    ...(partitions.by && { partitionBy: partitions.by }),
    distributedBy: distribution(task, isSmt) + (buckets === undefined ? '' : ` BUCKETS ${buckets}`),
    properties: {
      ...replication,
      ...(!isSmt && { fast_schema_evolution: 'true' }),
      ...(rule.properties['dynamic_partition.time_unit'] === undefined && partitions.properties),
      ...rule.properties,
    },
  };
}

function distribution({ rule, columns, key, isKeyless, find }: LayoutTask, isSmt: boolean): string {
  const list = rule.distributedBy;
  if (list === undefined) return isKeyless && !isSmt ? 'RANDOM' : `HASH(${key.map(backticked).join(', ')})`;
  const allowed = (isKeyless ? columns.map((column) => column.name) : key).map((name) => name.toLowerCase());
  const unfit = namesInList(list).filter((name) => !allowed.includes(name.toLowerCase()));
  if (unfit.length > 0) {
    find(
      'clause',
      `distributed_by names ${unfit.join(', ')}, which ${isKeyless ? 'the table does not have' : 'is not in the key'}.`,
    );
  }
  return `HASH(${list})`;
}

/** Only tables of 100 GiB and more are partitioned, by a column of dates. */
function smtPartitions({ rule, columns, growth }: LayoutTask, buckets: number): Partitions {
  const column = rule.partitionKey ?? firstDate(columns)?.name;
  if (column === undefined || growth.range === undefined) return {};
  const { unit, range } = growth;
  const ranges = rule.partitions ?? `START ("${range.start}") END ("${range.end}") EVERY (INTERVAL 1 ${unit})`;
  return {
    by: `RANGE (${/^\w+$/.test(column) ? column : backticked(column)}) (\n  ${ranges}\n)`,
    properties: {
      'dynamic_partition.enable': 'true',
      'dynamic_partition.time_unit': unit.toUpperCase(),
      'dynamic_partition.end': '3',
      'dynamic_partition.prefix': 'auto_gen_p_',
      'dynamic_partition.buckets': String(buckets),
    },
  };
}

/** Partitions are made when the rule asks for them. */
function nativePartitions({ rule, columns, growth, find }: LayoutTask): Partitions {
  if (rule.partitionKey === undefined) {
    if (rule.partitions) find('clause', 'partitions is left out: partition_key names no column.');
    return {};
  }
  const [wanted = ''] = namesInList(rule.partitionKey);
  const column = columns.find((one) => one.name.toLowerCase() === wanted.toLowerCase());
  if (column === undefined) {
    find('clause', `partition_key is left out: the table has no column ${wanted}.`);
    return {};
  }
  if (rule.partitions) return { by: `RANGE (${backticked(column.name)}) (\n  ${rule.partitions}\n)` };
  if (isDate(column)) return { by: `date_trunc('${growth.unit}', ${backticked(column.name)})` };
  find('clause', `partition_key is left out: ${wanted} is ${column.type}, and expected is DATE or DATETIME.`);
  return {};
}

const isDate = (column: PlannedColumn) => column.type === 'DATE' || column.type === 'DATETIME';
const firstDate = (columns: readonly PlannedColumn[]) => columns.find(isDate);

import { SqlError } from './sql-error.ts';

/** What StarRocks tells MySQL clients that it is, unless configured otherwise. */
export const MYSQL_VERSION = '8.0.33';

/** What current_version() answers: a version that programs can read, and that people see is none. */
export const STAND_IN_VERSION = '3.3.0-standin';

/** System variables that MySQL clients ask for when they connect. */
const VARIABLES: ReadonlyMap<string, string | number> = new Map<string, string | number>([
  ['auto_increment_increment', 1],
  ['autocommit', 1],
  ['character_set_client', 'utf8mb4'],
  ['character_set_connection', 'utf8mb4'],
  ['character_set_database', 'utf8mb4'],
  ['character_set_results', 'utf8mb4'],
  ['character_set_server', 'utf8mb4'],
  ['collation_connection', 'utf8mb4_general_ci'],
  ['collation_database', 'utf8mb4_general_ci'],
  ['collation_server', 'utf8mb4_general_ci'],
  ['have_ssl', 'DISABLED'],
  ['init_connect', ''],
  ['interactive_timeout', 3600],
  ['license', 'Apache-2.0'],
  ['lower_case_table_names', 0],
  ['max_allowed_packet', 33_554_432],
  ['net_buffer_length', 16_384],
  ['net_read_timeout', 60],
  ['net_write_timeout', 60],
  ['performance_schema', 0],
  ['query_cache_size', 1_048_576],
  ['query_cache_type', 0],
  ['query_timeout', 300],
  ['read_only', 0],
  ['socket', ''],
  ['sql_mode', 'ONLY_FULL_GROUP_BY'],
  ['sql_safe_updates', 0],
  ['sql_select_limit', '18446744073709551615'],
  ['system_time_zone', 'UTC'],
  ['time_zone', 'UTC'],
  ['transaction_isolation', 'REPEATABLE-READ'],
  ['transaction_read_only', 0],
  ['tx_isolation', 'REPEATABLE-READ'],
  ['tx_read_only', 0],
  ['version', MYSQL_VERSION],
  ['version_comment', `StarRocks stand-in version ${STAND_IN_VERSION}`],
  ['wait_timeout', 28_800],
]);

export function variables(): [string, string][] {
  return [...VARIABLES].map(([name, value]) => [name, String(value)]);
}

/** @throws SqlError 1193 for a variable that is not known */
export function variable(name: string): string | number {
  const value = VARIABLES.get(name.toLowerCase());
  if (value === undefined) throw new SqlError(1193, 'HY000', `Unknown system variable '${name}'`);
  return value;
}

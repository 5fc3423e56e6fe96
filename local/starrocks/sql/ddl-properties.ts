import type { TableModel } from '../model.ts';
import type { ClusterView } from './cluster-view.ts';
import type { Distribution } from './ddl-create-table.ts';
import { SqlError } from './sql-error.ts';

/** What the cluster that a table is made in lends to the analysis. */
export interface DdlSetting {
  /** Ids of the living backends; any number will do when left out. */
  readonly backends?: readonly number[];
  /** The frontend's configuration of that name. */
  readonly defaultReplicationNum?: number;
  /** A FLOAT takes a default only if it holds it exactly. */
  readonly exactFloats?: boolean;
  /** Refuses who may not make tables in a database: after the analysis, before replicas and properties are looked at. */
  readonly authorize?: (database: string) => void;
}

/** The setting that the cluster is now; one without any node takes every table. */
export function ddlSetting(cluster: ClusterView): DdlSetting {
  const backends = cluster.backends();
  return {
    ...(backends.length > 0 && { backends: backends.filter(({ alive }) => alive).map(({ id }) => id) }),
    defaultReplicationNum: cluster.config.number('default_replication_num'),
    exactFloats: cluster.exactFloatDefaults,
  };
}

/** Properties of CREATE TABLE that StarRocks knows, besides those that begin with one of `KNOWN_PREFIXES`. */
const known = new Set(
  `replication_num storage_medium storage_cooldown_time storage_cooldown_ttl bloom_filter_columns bloom_filter_fpp
  colocate_with in_memory enable_persistent_index persistent_index_type primary_index_cache_expire_sec replicated_storage
  write_quorum compression bucket_size mutable_bucket_num partition_live_number partition_ttl partition_ttl_number
  partition_retention_condition unique_constraints foreign_key_constraints storage_volume storage_type
  enable_async_write_back base_compaction_forbidden_time_ranges enable_load_profile fast_schema_evolution
  light_schema_change time_drift_constraint enable_statistic_collect_on_first_load file_bundling
  enable_partition_aggregation compaction_strategy lake_compaction_max_parallel tablet_type version_info
  storage_format`.split(/\s+/),
);
const knownPrefixes = [
  'dynamic_partition.',
  'binlog_',
  'binlog.',
  'datacache.',
  'flat_json.',
  'labels.',
  'bloom_filter_',
];

const compressions = /^(LZ4|LZ4_FRAME|SNAPPY|ZLIB|ZSTD(\(\d+\))?|NO_COMPRESSION|GZIP|DEFLATE|BZIP2)$/i;
const automaticBucketBytes = 4_294_967_296;

/**
 * The properties that the table has in the end, by name: those that were given and those that come unasked.
 *
 * @throws SqlError for what StarRocks does not know, or cannot keep
 * @source OlapTableFactory and PropertyAnalyzer; test/fixtures/recorded/create-table-refusals.json, show-statements.json
 */
export function concludeProperties(
  table: string,
  given: Readonly<Record<string, string>>,
  { model, distribution }: { readonly model: TableModel; readonly distribution: Distribution },
  setting: DdlSetting,
): Record<string, string> {
  const replicas = replicationOf(table, given, setting);
  const { compression = 'LZ4' } = given;
  if (!compressions.test(compression)) throw SqlError.failed(`unknown compression type: ${compression}`);
  const unknown = unknownProperties(given);
  if (unknown !== undefined) throw SqlError.failed(unknown);
  const sizesItself = distribution.type === 'RANDOM' && distribution.buckets === undefined;
  const properties = {
    ...(sizesItself && { bucket_size: String(automaticBucketBytes) }),
    ...(model === 'PRIMARY_KEYS' && { enable_persistent_index: 'true' }),
    fast_schema_evolution: 'true',
    replicated_storage: 'true',
    ...given,
    compression: compression.toUpperCase(),
    replication_num: String(replicas),
  };
  return Object.fromEntries(Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is said of properties that StarRocks does not know; undefined when there are none. */
export function unknownProperties(given: Readonly<Record<string, string>>): string | undefined {
  const unknown = Object.entries(given).filter(([name]) => !isKnown(name));
  if (unknown.length === 0) return undefined;
  return `Unknown properties: {${unknown.map(([name, value]) => `${name}=${value}`).join(', ')}}`;
}

function isKnown(name: string): boolean {
  return known.has(name) || knownPrefixes.some((prefix) => name.startsWith(prefix));
}

/** Each replica needs a living backend of its own. */
function replicationOf(table: string, given: Readonly<Record<string, string>>, setting: DdlSetting): number {
  const { backends, defaultReplicationNum = 1 } = setting;
  const { replication_num: written } = given;
  const replicas = written === undefined ? defaultReplicationNum : Number(written);
  if (written !== undefined && !/^[+-]?\d+$/.test(written)) {
    throw SqlError.failed(`For input string: "${written}" table=${table}, properties.replication_num=${written}`);
  }
  if (replicas <= 0) throw SqlError.refused('Replication num should larger than 0');
  if (backends === undefined || replicas <= backends.length) return replicas;
  const living = `[${backends.join(', ')}]`;
  const advice = 'You can change this default by setting the replication_num table properties.';
  if (written !== undefined) {
    const fault = 'Table replication num should be less than of equal to the number of available BE nodes.';
    throw SqlError.refused(`${fault} ${advice} Current alive backend is ${living}.`);
  }
  throw SqlError.failed(
    `Table replication num should be less than or equal to the number of available backends. ${advice} Current available backends: ${living}, table=${table}, replication_num=${replicas}, default_replication_num=${defaultReplicationNum}`,
  );
}

import type { TableDefinition } from '../../model.ts';
import type { Answer } from '../../mysql/mysql-replies.ts';
import { SqlError } from '../sql-error.ts';
import type { TableFacts } from '../table-facts.ts';
import { timeText } from '../time-text.ts';
import type { TokenReader } from '../token-reader.ts';
import { type Cell, nothing, readFrom, type Showing, type Shown, sizeText, table } from './answer.ts';
import { existing } from './columns.ts';

const partitions = `PartitionId, PartitionName, VisibleVersion, VisibleVersionTime, VisibleVersionHash, State, PartitionKey,
  Range, DistributionKey, Buckets, ReplicationNum, StorageMedium, CooldownTime, LastConsistencyCheckTime, DataSize,
  StorageSize, IsInMemory, RowCount, DataVersion, VersionEpoch, VersionTxnType`;

const tablets = `TabletId, ReplicaId, BackendId, SchemaHash, Version, VersionHash, LstSuccessVersion, LstSuccessVersionHash,
  LstFailedVersion, LstFailedVersionHash, LstFailedTime, DataSize, RowCount, State, LstConsistencyCheckTime, CheckVersion,
  CheckVersionHash, VersionCount, PathHash, MetaUrl, CompactionStatus, DiskRootPath, IsConsistent, Checksum`;

interface Partition {
  readonly name: string;
  readonly range: string;
}

/** The partitions that a table was made with; or those that rows make, and the one that a frontend makes before any row comes. */
export async function partitionsOf(table: TableDefinition, { partitionsOfRows }: TableFacts): Promise<Partition[]> {
  const { partitionBy } = table;
  if (partitionBy === undefined) return [{ name: table.name, range: '' }];
  const ranges = [...partitionBy.matchAll(/PARTITION (\S+) VALUES \[\((.*?)\), \((.*?)\)\)/g)];
  if (ranges.length === 0) {
    const names = ['$shadow_automatic_partition', ...(await partitionsOfRows(table))];
    return names.map((name) => ({ name, range: '' }));
  }
  const types = table.partitions.map((name) => table.columns.find((column) => column.name === name)?.type.base ?? '');
  const bound = (keys: string) => `types: [${types.join(', ')}]; keys: [${keys.replaceAll('"', '')}]; `;
  return ranges.map(([, name = '', from = '', to = '']) => ({ name, range: `[${bound(from)}..${bound(to)})` }));
}

/** SHOW PARTITIONS FROM table. All rows of a table are counted in its first partition. */
export async function showPartitions(reader: TokenReader, shown: Shown): Promise<Answer> {
  reader.expect('FROM');
  const found = readTable(reader, shown);
  reader.raw(() => false);
  const count = await shown.countRows(found);
  const rows = (await partitionsOf(found, shown)).map(({ name, range }, index): Cell[] => {
    const { id, createdAtMs } = shown.objects.of(found.database, found.name, name);
    const state = [name, 1, timeText(createdAtMs), 0, 'NORMAL', found.partitions.join(', '), range];
    const place = [distributionKey(found), found.distribution.buckets || 1, 1, 'SSD', '9999-12-31 15:59:59', null];
    return [id, ...state, ...place, '0B', '0B', 'false', index === 0 ? count : 0, 1, id, 'TXN_NORMAL'];
  });
  return table(partitions, rows);
}

function distributionKey({ distribution }: TableDefinition): string {
  return distribution.type === 'RANDOM' ? 'ALL KEY' : distribution.columns.join(', ');
}

export async function showTablets(reader: TokenReader, shown: Shown): Promise<Answer> {
  reader.expect('FROM');
  const found = readTable(reader, shown);
  reader.raw(() => false);
  const [backend] = shown.cluster.backends();
  const count = await shown.countRows(found);
  const rows = Array.from({ length: found.distribution.buckets ?? 1 }, (_, index): Cell[] => {
    const { id } = shown.objects.of(found.database, found.name, `tablet ${index}`);
    const replica = shown.objects.of(found.database, found.name, `replica ${index}`).id;
    const url = `http://${backend?.host}:${backend?.httpPort}/api`;
    const head = [id, replica, backend?.id ?? -1, 0, 1, 0, 1, 0, -1, 0, null, '0B', index === 0 ? count : 0, 'NORMAL'];
    const urls = [`${url}/meta/header/${id}`, `${url}/compaction/show?tablet_id=${id}`, '/storage'];
    return [...head, null, -1, 0, -1, 0, ...urls, 'true', -1];
  });
  return table(tablets, rows);
}

export async function showData(reader: TokenReader, shown: Shown): Promise<Answer> {
  const columns = 'TableName:20, IndexName:20, Size, ReplicaCount:20, RowCount:20';
  if (!reader.accept('FROM')) return showDatabaseData(shown);
  const found = readTable(reader, shown);
  const count = await shown.countRows(found);
  const replicas = found.distribution.buckets ?? 1;
  return table(columns, [
    [found.name, found.name, sizeText(0), replicas, count],
    ['', 'Total', sizeText(0), replicas, ''],
  ]);
}

function showDatabaseData({ catalog, session }: Shown): Answer {
  const tables = session.database === undefined ? [] : catalog.tables(session.database);
  const replicas = tables.reduce((sum, { distribution }) => sum + (distribution.buckets ?? 1), 0);
  return table('TableName:20, Size, ReplicaCount:20', [
    ...tables.map(({ name, distribution }) => [name, sizeText(0), distribution.buckets ?? 1]),
    ['Total', sizeText(0), replicas],
    ['Quota', '8388608.000 TB', '9223372036854775807'],
    ['Left', '8388608.000 TB', String(9_223_372_036_854_775_807n - BigInt(replicas))],
  ]);
}

/** SHOW INDEX, SHOW KEYS: keys of a table are none. */
export const showIndex: Showing = (reader, shown) => {
  if (reader.acceptOneOf(['FROM', 'IN']) !== undefined) {
    readTable(reader, shown);
    reader.raw(() => false);
  }
  return nothing(
    `Table:64, Non_unique:10, Key_name:80, Seq_in_index:64, Column_name:80, Collation:80, Cardinality:80, Sub_part:80,
     Packed:80, Null:80, Index_type:80, Comment:80`,
  )(reader, shown);
};

/** `[database.]table [FROM database]`. */
function readTable(reader: TokenReader, { catalog, session }: Shown): TableDefinition {
  const { database: qualified, name } = reader.qualifiedName();
  const database = readFrom(reader) ?? qualified ?? session.database;
  if (database === undefined) throw SqlError.noDatabase();
  const found = existing(catalog, database, name);
  if ('model' in found) return found;
  throw SqlError.refused(`Table[${name}] is not a OLAP table`);
}

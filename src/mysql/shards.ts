import type { SourceTable } from './information-schema.ts';
import { rowKey } from './keys.ts';

export type ShardName = 'doc' | 'smt';

export type Sharding =
  | { readonly verdict: 'merged'; readonly database: string; readonly table: string }
  | { readonly verdict: 'apart'; readonly reason?: string };

const suffix = '_auto_shard';

/**
 * Whether the tables of one rule are shards of one table. smt asks only for equal columns; here the names must be alike
 * too (equal but for digits at the end), and the keys the same, so that a broad rule does not pour unrelated tables together.
 *
 * @in   tables: those that the rule takes; shardName: `doc` gives course__auto_shard, as smt's documentation says;
 *       `smt` gives edu_db__auto_shard__course__auto_shard, as its code does
 * @out  apart, with a reason when something made them look like shards
 */
export function shardingOf(tables: readonly SourceTable[], shardName: ShardName): Sharding {
  const [first] = tables;
  if (first === undefined || tables.length < 2) return { verdict: 'apart' };
  const allSame = (fact: (table: SourceTable) => string) => tables.every((table) => fact(table) === fact(first));
  const hasSameColumns = allSame((table) => JSON.stringify(table.columns.map((c) => [c.name, c.columnType])));
  const hasAlikeNames = allSame((table) => `${stem(table.database)}\0${stem(table.name)}`);
  if (hasSameColumns && !hasAlikeNames) {
    return { verdict: 'apart', reason: 'their columns are the same, their names are not alike' };
  }
  if (hasAlikeNames && !hasSameColumns) {
    return { verdict: 'apart', reason: 'their names are alike, their columns differ' };
  }
  if (!hasSameColumns) return lookalikes(tables);
  if (!allSame((table) => JSON.stringify(rowKey(table)?.columns))) {
    return { verdict: 'apart', reason: 'their names and columns are alike, their keys differ' };
  }
  const database = shardedName(
    tables.map((table) => table.database),
    'db',
  );
  const table = shardedName(
    tables.map((one) => one.name),
    'table',
  );
  return { verdict: 'merged', database, table: shardName === 'smt' ? `${database}__${table}` : table };
}

function lookalikes(tables: readonly SourceTable[]): Sharding {
  const groups = Map.groupBy(tables, (table) => `${stem(table.database)}\0${stem(table.name)}`);
  const group = [...groups.values()].find((members) => shardingOf(members, 'doc').verdict === 'merged');
  if (group === undefined) return { verdict: 'apart' };
  const [first] = group;
  return {
    verdict: 'apart',
    reason: `${first?.database}.${first?.name} and ${group.length - 1} more look like shards, but the rule takes other tables too: give them a rule of their own`,
  };
}

const stem = (name: string) => name.replace(/\d+$/, '');

/** Longest common prefix with a suffix; equal names stay as they are. */
function shardedName(names: readonly string[], standIn: string): string {
  const [first = ''] = names;
  if (names.every((name) => name === first)) return first;
  let length = first.length;
  for (const name of names) {
    while (!name.startsWith(first.slice(0, length))) length--;
  }
  return `${first.slice(0, length) || standIn}${suffix}`;
}

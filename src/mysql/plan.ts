import { assignTables } from './assignment.ts';
import type { Finding } from './findings.ts';
import type { SourceSchema, SourceTable } from './information-schema.ts';
import { databaseName, freeName, tableName } from './names.ts';
import { type PlannedTable, planTable, type TableChoices, type TableTask } from './plan-table.ts';
import { type ShardName, shardingOf } from './shards.ts';
import type { SmtConfig, TableRule } from './smt-config.ts';

export interface PlanChoices extends TableChoices {
  readonly shardName: ShardName;
}

export interface MigrationPlan {
  /** In rule order, then by source name. */
  readonly tables: readonly PlannedTable[];
  readonly findings: readonly Finding[];
  readonly unmatched: readonly TableRule[];
}

/**
 * Decides what becomes of every table that a rule takes.
 *
 * @throws  SinkError MIGRATION_PATTERN_INVALID
 */
export function planMigration(config: SmtConfig, schema: SourceSchema, choices: PlanChoices): MigrationPlan {
  const assigned = assignTables(config.rules, schema.tables);
  const findings: Finding[] = config.notices.map((text) => ({ kind: 'config', where: 'config', text }));
  for (const { database, name, type } of schema.skipped) {
    findings.push({ kind: 'skipped', where: `${database}.${name}`, text: `is a ${type.toLowerCase()}.` });
  }
  const tasks = [...assigned].flatMap(([rule, tables]) => tasksOf(rule, tables, choices.shardName, findings));
  const planned = withUsableNames(tasks, findings).map((task) => planTable(task, choices));
  const unmatched = config.rules.filter((rule) => assigned.get(rule)?.length === 0);
  for (const rule of unmatched) {
    const patterns = `database = ${rule.database}, table = ${rule.table}`;
    const text = `${patterns} (line ${rule.line}) takes no table; a table belongs to the last rule that matches it.`;
    findings.push({ kind: 'unmatched', where: `[table-rule.${rule.name}]`, text });
  }
  return {
    tables: planned.flatMap(({ table }) => table ?? []),
    findings: [...findings, ...planned.flatMap((one) => one.findings)],
    unmatched,
  };
}

function tasksOf(
  rule: TableRule,
  tables: readonly SourceTable[],
  shardName: ShardName,
  findings: Finding[],
): TableTask[] {
  const sharding = shardingOf(tables, shardName);
  const where = `[table-rule.${rule.name}]`;
  const [first] = tables;
  if (sharding.verdict === 'merged' && first !== undefined) {
    const created = tables.flatMap((table) => table.createdAtMs ?? []);
    const merged = {
      ...first,
      bytes: tables.reduce((sum, table) => sum + table.bytes, 0),
      ...(created.length > 0 && { createdAtMs: Math.min(...created) }),
    };
    return [{ rule, table: merged, database: sharding.database, name: sharding.table, sources: tables }];
  }
  if (sharding.verdict === 'apart' && sharding.reason) {
    findings.push({ kind: 'shards-apart', where, text: `${tables.length} tables are not merged: ${sharding.reason}.` });
  }
  return tables.map((table) => ({ rule, table, database: table.database, name: table.name, sources: [table] }));
}

/** Gives every task a name that StarRocks takes and that no other task has. */
function withUsableNames(tasks: readonly TableTask[], findings: Finding[]): TableTask[] {
  const databases = new Map<string, string>();
  const taken = new Set<string>();
  return tasks.map((task) => {
    const inUse = new Set(databases.values());
    const database = databases.get(task.database) ?? freeName(databaseName(task.database), (name) => inUse.has(name));
    databases.set(task.database, database);
    const name = freeName(tableName(task.name), (candidate) => taken.has(`${database}\0${candidate}`));
    taken.add(`${database}\0${name}`);
    if (database !== task.database || name !== task.name) {
      const text = `is ${database}.${name} in StarRocks.`;
      findings.push({ kind: 'name-changed', where: `${task.database}.${task.name}`, text });
    }
    return { ...task, database, name };
  });
}

import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { packageRoot } from '../infra/package-root.ts';
import { systemClock } from '../src/kit/clock.ts';
import { SinkError } from '../src/kit/errors.ts';
import { fileFailure } from '../src/kit/file-failures.ts';
import { type ApplyPlan, planApply, runStatements } from '../src/mysql/apply.ts';
import type { MysqlTls } from '../src/mysql/connection-options.ts';
import { script } from '../src/mysql/ddl.ts';
import { type Finding, findingKinds } from '../src/mysql/findings.ts';
import { parseInformationSchema, type SourceSchema } from '../src/mysql/information-schema.ts';
import { type MigrateChoices, type Migration, migrate } from '../src/mysql/migrate.ts';
import type { PlannedTable } from '../src/mysql/plan-table.ts';
import { readSchema } from '../src/mysql/read-schema.ts';
import { parseSmtConfig, type SmtConfig, type TableRule } from '../src/mysql/smt-config.ts';
import { writeOutput } from '../src/mysql/write-output.ts';

export interface MigrateTask {
  /** Path of smt's config file. */
  readonly config: string;
  /** Path of a JSON file with the rows of information_schema, instead of a connection. */
  readonly fromJson?: string;
  readonly tls: MysqlTls;
  readonly choices: Omit<MigrateChoices, 'nowMs' | 'schemaPath'>;
  readonly force: boolean;
  readonly strict: boolean;
  /** show: compare with StarRocks and show the statements; run: then run them; run-and-add: ADD COLUMN too. */
  readonly apply?: 'show' | 'run' | 'run-and-add';
}

export interface MigrateDeps {
  readonly now: () => number;
  readonly print: (line: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads, plans, writes, and applies when asked to.
 *
 * @throws  SinkError MIGRATION_*, MYSQL_UNREACHABLE, STARROCKS_UNREACHABLE, STARROCKS_ACCESS_DENIED,
 *          STARROCKS_PRIVILEGE_MISSING
 */
export async function runMigrate(task: MigrateTask, deps: MigrateDeps): Promise<void> {
  const config = parseSmtConfig(await readText(task.config, 'MIGRATION_CONFIG_INVALID'));
  const schema = await schemaOf(task, config);
  const schemaPath = relative(config.outputDir, sinkSchema).replaceAll('\\', '/');
  const migration = migrate(config, schema, { ...task.choices, schemaPath, nowMs: deps.now() });
  const plans = task.apply ? await planAll(migration.tables, deps.env) : [];
  const report = migration.report(plans.flatMap(comparisons));
  const old = await writeOutput(config.outputDir, new Map([...migration.files, ['report.md', report]]), task.force);
  tellWhatWasWritten(config, migration, old, deps.print);
  if (task.strict && migration.unmatched.length > 0) {
    const names = migration.unmatched.map((rule) => `[table-rule.${rule.name}] (line ${rule.line})`);
    throw new SinkError('MIGRATION_RULE_UNMATCHED', `${names.join(', ')}.`);
  }
  for (const plan of plans) await applyOne(plan, task.apply, deps.print);
}

const sinkSchema = join(packageRoot(), 'docs/sink.schema.json');

async function schemaOf({ fromJson, tls }: MigrateTask, config: SmtConfig): Promise<SourceSchema> {
  if (fromJson === undefined) return readSchema(config.mysql, tls);
  const text = await readText(fromJson, 'MIGRATION_SCHEMA_UNREADABLE');
  try {
    return parseInformationSchema(JSON.parse(text));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new SinkError('MIGRATION_SCHEMA_UNREADABLE', `${fromJson} is not JSON.`, { cause });
  }
}

async function readText(
  path: string,
  code: 'MIGRATION_CONFIG_INVALID' | 'MIGRATION_SCHEMA_UNREADABLE',
): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new SinkError(code, fileFailure(path, cause), { cause });
  }
}

/** The clusters of the rules that take a table, each with its tables compared. */
async function planAll(tables: readonly PlannedTable[], env: MigrateDeps['env']): Promise<readonly ApplyPlan[]> {
  const byTarget = Map.groupBy(tables, ({ rule }) => `${rule.sink['jdbc-url']}\0${rule.sink['username']}`);
  const plans: ApplyPlan[] = [];
  for (const own of byTarget.values()) {
    const [first] = own;
    if (first) plans.push(await planApply(targetOf(first.rule, env), own));
  }
  return plans;
}

function targetOf(rule: TableRule, env: MigrateDeps['env']) {
  const jdbcUrl = rule.sink['jdbc-url'];
  const user = rule.sink['username'] ?? env['STARROCKS_USERNAME'];
  const lacks = jdbcUrl === undefined ? 'jdbc-url' : 'username';
  if (jdbcUrl === undefined || user === undefined) {
    const text = `line ${rule.line}: --apply needs flink.starrocks.${lacks} in [table-rule.${rule.name}].`;
    throw new SinkError('MIGRATION_CONFIG_INVALID', text);
  }
  return { jdbcUrl, user, password: rule.sink['password'] ?? env['STARROCKS_PASSWORD'] ?? '' };
}

const comparisons = ({ additions, differences }: ApplyPlan): readonly Finding[] =>
  [...additions.map((statement) => `lacks columns: ${statement}`), ...differences].map((text) => ({
    kind: 'existing',
    where: 'StarRocks',
    text,
  }));

function tellWhatWasWritten(
  config: SmtConfig,
  migration: Migration,
  old: readonly string[],
  print: MigrateDeps['print'],
) {
  const person = migration.findings.filter((finding) => findingKinds[finding.kind].needsPerson).length;
  print(`Tables: ${migration.tables.length}; files in ${config.outputDir}: ${migration.files.size + 1}.`);
  print(`Things that need a person: ${person}${person > 0 ? ', see report.md' : ''}.`);
  for (const { where, text } of migration.findings.filter((finding) => finding.kind === 'unmatched')) {
    print(`${where}: ${text}`);
  }
  if (old.length > 0) print(`Left from an earlier run: ${old.join(', ')}.`);
}

async function applyOne(plan: ApplyPlan, mode: MigrateTask['apply'], print: MigrateDeps['print']): Promise<void> {
  const { target, creations, additions, differences } = plan;
  print(`\n-- On ${target.jdbcUrl.replace(/\/\/[^@/]*@/, '//')} as ${target.user}:`);
  print(creations.length > 0 ? script(creations) : '-- Nothing to create.');
  if (additions.length > 0) {
    print(mode === 'run-and-add' ? '-- Columns to add:' : '-- Columns that are missing; --add-columns adds them:');
    print(script(additions));
  }
  for (const difference of differences) print(`-- Left as it is: ${difference}`);
  if (mode === 'show') return;
  const statements = mode === 'run-and-add' ? [...creations, ...additions] : creations;
  await runStatements(target, statements, { clock: systemClock, tell: print });
  print(`-- Ran ${statements.length} statements.`);
}

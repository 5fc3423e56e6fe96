import type { Finding } from './findings.ts';
import type { SourceSchema } from './information-schema.ts';
import { migrationFiles } from './output-files.ts';
import { type MigrationPlan, type PlanChoices, planMigration } from './plan.ts';
import { renderReport } from './report.ts';
import { optionsOfRules, unsharedOptions } from './routes.ts';
import type { SmtConfig } from './smt-config.ts';

/** What the person who migrates may choose, besides the config file. */
export interface MigrateChoices extends Omit<PlanChoices, 'backends' | 'useDecimalV3'> {
  /** Also write Flink's statements. */
  readonly flink: boolean;
  /** Also write the tables for producers in TypeScript. */
  readonly types?: boolean;
  /** The Secrets Manager secret that options refer to instead of a password. */
  readonly secretId: string;
  /** Where an editor finds the schema of sink-route.N.json: an address, or a path from there. */
  readonly schemaPath?: string;
}

export interface Migration extends MigrationPlan {
  /** Text by file name, without the report. */
  readonly files: ReadonlyMap<string, string>;
  readonly report: (more: readonly Finding[]) => string;
}

/**
 * From config and schema to everything that is written: pure, and the same for the same input.
 *
 * @throws  SinkError MIGRATION_PATTERN_INVALID
 */
export function migrate(config: SmtConfig, schema: SourceSchema, choices: MigrateChoices): Migration {
  const { backends, useDecimalV3, mysql } = config;
  const plan = planMigration(config, schema, { ...choices, backends, useDecimalV3 });
  const rules = [...new Set(plan.tables.map((table) => table.rule))];
  const translated = optionsOfRules(rules, choices.secretId);
  const findings = [...plan.findings, ...translated.findings, ...unsharedOptions(plan.tables, translated.options)];
  const flink = choices.flink ? { mysql, choices: { ...choices, useDecimalV3 } } : undefined;
  return {
    ...plan,
    findings,
    files: migrationFiles(plan.tables, translated.options, choices.schemaPath, flink, choices.types ?? false),
    report: (more) => renderReport(plan.tables, [...findings, ...more], choices.profile),
  };
}

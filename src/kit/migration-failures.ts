/** What `migrate` reports: a part of the failures of errors.ts. */
export const migrationFailures = {
  MIGRATION_CONFIG_INVALID: {
    verdict: 'reject',
    scope: 'start',
    says: 'The migration config cannot be used.',
    remedy: 'Correct every line named here; docs/migrate.md describes the file.',
  },
  MIGRATION_PATTERN_INVALID: {
    verdict: 'reject',
    scope: 'start',
    says: 'A pattern of a table rule cannot be used.',
    remedy: 'Correct the regular expression; repeated groups that hold repetitions, such as (a+)+, take for ever.',
  },
  MIGRATION_SCHEMA_UNREADABLE: {
    verdict: 'reject',
    scope: 'start',
    says: 'The description of the MySQL schema cannot be read.',
    remedy:
      'Give a JSON object with the rows of information_schema: tables, columns, and key_column_usage or statistics.',
  },
  MIGRATION_OUTPUT_REFUSED: {
    verdict: 'reject',
    scope: 'start',
    says: 'The output folder holds files that this command did not write.',
    remedy: 'Choose another output_dir, or add --force to write beside and over them.',
  },
  MIGRATION_RULE_UNMATCHED: {
    verdict: 'reject',
    scope: 'start',
    says: 'A table rule matches no table.',
    remedy: 'Correct its patterns, or leave out --strict.',
  },
  MIGRATION_APPLY_FAILED: {
    verdict: 'reject',
    scope: 'start',
    says: 'StarRocks could not be brought to the planned tables.',
    remedy: 'Correct what StarRocks names and run the command again: tables that exist are left as they are.',
  },
  MYSQL_UNREACHABLE: {
    verdict: 'retry',
    scope: 'start',
    says: 'MySQL could not be read.',
    remedy: 'Check host, port, user, password and TLS options, and that the user may read information_schema.',
  },
  STARROCKS_TABLE_BUSY: {
    verdict: 'retry',
    scope: 'start',
    says: 'StarRocks is carrying out another change of the table.',
    remedy: 'Run the command again when SHOW ALTER TABLE COLUMN says FINISHED.',
  },
} as const;

import { type column, smtConfig, table } from './migrate-schema-builder.ts';

export const GiB = 1024 ** 3;
export const rule = (lines: string, patterns = 'database = .*\ntable = .*') =>
  smtConfig(`[table-rule.1]\n${patterns}\n${lines}\n`);
export const people = (...more: (string | ReturnType<typeof column>)[]) =>
  table('d.people', ['id int NOT NULL', ...more], ['id']);

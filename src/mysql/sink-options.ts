import * as v from 'valibot';
import { ignoredFlinkOptions } from '../options/ignored-flink-options.ts';
import { optionNames, parseOptions } from '../options/parse.ts';
import { parseProperties } from '../options/properties.ts';
import type { OptionSpec } from '../options/spec.ts';
import { type OptionName, optionTable } from '../options/table.ts';
import { valueSchema } from '../options/values.ts';
import type { Finding } from './findings.ts';
import type { TableRule } from './smt-config.ts';

/** Options of the sink by name, `sink.properties.*` among them; secrets never. */
export type SinkFileOptions = Readonly<Record<string, string | number | boolean>>;

const specs: Readonly<Record<OptionName, OptionSpec>> = optionTable;
const propertyPrefix = 'sink.properties.';
/** What smt generates for every table, whatever the rule says. */
const generated = ['connector', 'database-name', 'table-name'];

/**
 * Translates `flink.starrocks.*` of a rule. Secrets become a reference: `sink.secret-id`.
 *
 * @out     what the option table knows; what it does not know, or refuses, is a finding, without the value
 * @throws  never
 */
export function translateSinkOptions(
  rule: TableRule,
  secretId: string,
): { readonly options: SinkFileOptions; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const find = (text: string) => findings.push({ kind: 'option', where: `[table-rule.${rule.name}]`, text });
  const options: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(rule.sink)) {
    if (generated.includes(name)) continue;
    const problem = readOption(name, value, options);
    if (problem) find(`flink.starrocks.${name} is left out: ${problem}`);
  }
  if (rule.sink['password'] !== undefined && options['sink.secret-id'] === undefined) {
    options['sink.secret-id'] = secretId;
    find(
      `the password is not written: put {"username": "…", "password": "…"} into the secret ${secretId}, or set STARROCKS_PASSWORD instead of sink.secret-id.`,
    );
  }
  const isGiven = Object.keys(rule.sink).length > 0;
  const parsed = parseOptions({ 'sink.tables.allow': '*.*', ...options });
  if (isGiven && !parsed.ok) find(`the sink will refuse these options: ${parsed.problems.join(' ')}`);
  return { options, findings };
}

/** Adds one option; says why when it cannot. */
function readOption(
  name: string,
  value: string,
  options: Record<string, string | number | boolean>,
): string | undefined {
  if (name.startsWith(propertyPrefix)) {
    const problems: string[] = [];
    parseProperties({ [name.slice(propertyPrefix.length)]: value }, problems);
    if (problems.length === 0) options[name] = value;
    return problems[0];
  }
  const ignored = ignoredFlinkOptions[name];
  if (ignored !== undefined) return `${ignored}.`;
  if (!isOptionName(name)) return 'it is not an option of this sink.';
  const spec = specs[name];
  if (spec.secret) return undefined;
  if (/\/\/[^/@\s]*@|[?&](user|password)=/i.test(value)) return 'it holds credentials.';
  const result = v.safeParse(valueSchema(spec), value);
  if (!result.success) return `${result.issues[0].message}.`;
  const { output } = result;
  options[name] = typeof output === 'number' || typeof output === 'boolean' ? output : value;
  return undefined;
}

const isOptionName = (name: string): name is OptionName => (optionNames as readonly string[]).includes(name);

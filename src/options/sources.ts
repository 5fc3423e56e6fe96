import type { RawOptions } from './parse.ts';
import { optionTable } from './table.ts';

const variablePrefix = 'STARROCKS_';
const propertyVariable = 'STARROCKS_SINK_PROPERTIES_';

/** The environment variable of an option: `sink.max-retries` is STARROCKS_SINK_MAX_RETRIES. */
export const variableOf = (name: string): string => variablePrefix + name.replace(/[-.]/g, '_').toUpperCase();

/**
 * Reads options from environment variables; variables of other programs are left alone, while a variable that begins
 * STARROCKS_SINK_ and is no option is kept, so that validation can name it.
 */
export function optionsFromVariables(env: Readonly<Record<string, string | undefined>>): RawOptions {
  const raw: Record<string, unknown> = {};
  for (const name of Object.keys(optionTable)) {
    const value = env[variableOf(name)];
    if (value !== undefined) raw[name] = value;
  }
  const known = new Set(Object.keys(optionTable).map(variableOf));
  for (const [variable, value] of Object.entries(env)) {
    if (known.has(variable) || !variable.startsWith('STARROCKS_SINK_')) continue;
    if (variable.startsWith(propertyVariable)) {
      raw[`sink.properties.${variable.slice(propertyVariable.length).toLowerCase()}`] = value;
    } else raw[variable] = value;
  }
  return raw;
}

/** Writes options as environment variables, for a function's configuration. */
export function variablesFromOptions(raw: RawOptions): Record<string, string> {
  const entries = Object.entries(raw).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(entries.map(([name, value]) => [variableOf(name), asText(value)]));
}

function asText(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([from, to]) => `${from}=${to}`)
      .join(',');
  }
  return String(value);
}

/**
 * Reads options as they stand in Flink SQL, `WITH ('load-url' = 'fe:8030', …)`, or in lines `load-url = fe:8030`, each
 * name with or without `flink.starrocks.` before it. `#` begins a comment line, `--` a comment in SQL. Backslashes are kept as written.
 */
export function optionsFromText(text: string): RawOptions {
  const isClause = /^\s*(WITH\s*)?\(?\s*'/i.test(text) || /\bWITH\s*\(\s*(--.*\s*)*'/i.test(text);
  const pair = isClause
    ? /--.*|'((?:[^']|'')+)'\s*=\s*'((?:[^']|'')*)'/g
    : /^[ \t]*([^#=\s][^=\r\n]*?)[ \t]*=[ \t]*(.*?)[ \t]*$/gm;
  const unquote = (part: string) => (isClause ? part.replaceAll("''", "'") : part);
  const found = [...text.matchAll(pair)].filter(([, name]) => name !== undefined);
  const entries = found.map(([, name = '', value = '']): [string, string] => [
    unquote(name).replace(/^flink\.starrocks\./, ''),
    unquote(value),
  ]);
  return Object.fromEntries(entries);
}

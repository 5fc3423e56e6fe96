import { ignoredFlinkOptions } from './ignored-flink-options.ts';
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

/** Writes options as environment variables, for a function's configuration. Options of Flink that mean nothing here stay behind. */
export function variablesFromOptions(raw: RawOptions): Record<string, string> {
  const isMeant = (name: string) => !Object.hasOwn(ignoredFlinkOptions, name);
  const entries = Object.entries(raw).filter(([name, value]) => isMeant(name) && value !== undefined && value !== null);
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
  const isClause = /^\s*(?:WITH\b\s*)?(?:\(\s*)?'/i.test(text) || /\bWITH\s*\(\s*(?:--.*[\r\n]\s*)*'/i.test(text);
  const pairs = isClause ? pairsOfClause(text) : text.split(/\r\n|\r|\n/).flatMap(pairOfLine);
  return Object.fromEntries(pairs.map(([name, value]) => [name.replace(/^flink\.starrocks\./, ''), value]));
}

type Pair = readonly [name: string, value: string];

/** Quoted texts with = between them. */
function pairsOfClause(text: string): readonly Pair[] {
  const tokens = (text.match(/--.*|'(?:[^']|'')*'|\S/g) ?? []).filter((token) => !token.startsWith('--'));
  const unquote = (token: string) => token.slice(1, -1).replaceAll("''", "'");
  const isQuoted = (token: string | undefined): token is string => token !== undefined && token.length > 1;
  return tokens.flatMap((name, at): readonly Pair[] => {
    const value = tokens[at + 2];
    const isPair = isQuoted(name) && name !== "''" && tokens[at + 1] === '=' && isQuoted(value);
    return isPair ? [[unquote(name), unquote(value)]] : [];
  });
}

function pairOfLine(line: string): readonly Pair[] {
  const at = line.indexOf('=');
  const name = line.slice(0, Math.max(0, at)).trim();
  return name === '' || name.startsWith('#') ? [] : [[name, line.slice(at + 1).trim()]];
}

import * as v from 'valibot';
import { SinkError } from '../kit/errors.ts';
import { nearest } from '../kit/nearest.ts';
import { contradictions } from './contradictions.ts';
import { ignoredFlinkOptions } from './ignored-flink-options.ts';
import { parseProperties } from './properties.ts';
import type { OptionSpec } from './spec.ts';
import { type OptionName, optionTable, type SinkOptions } from './table.ts';
import { valueSchema } from './values.ts';

/** Options as somebody wrote them: by name, values as text or as JSON has them. */
export type RawOptions = Readonly<Record<string, unknown>>;

export type ParsedOptions =
  | { readonly ok: true; readonly options: SinkOptions; readonly notices: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

export const optionNames = Object.keys(optionTable) as OptionName[];

const specs: Readonly<Record<OptionName, OptionSpec>> = optionTable;
const propertyPrefix = 'sink.properties.';
const isAbsent = (value: unknown) => value === undefined || value === null;

/**
 * Checks options and fills in defaults.
 *
 * @in      raw options by name, `sink.properties.*` among them
 * @out     the options, with notices about settings that mean nothing here; or every problem at once, one sentence each
 * @throws  never
 */
export function parseOptions(raw: RawOptions): ParsedOptions {
  const problems: string[] = [];
  const notices: string[] = [];
  for (const name of Object.keys(raw)) {
    if (isAbsent(raw[name]) || isOption(name)) continue;
    const reason = Object.hasOwn(ignoredFlinkOptions, name) ? ignoredFlinkOptions[name] : undefined;
    if (reason !== undefined) notices.push(`${name} is ignored: ${reason}.`);
    else problems.push(unknownName(name));
  }
  const values = Object.fromEntries(optionNames.map((name) => [name, readValue(name, raw[name], problems)]));
  const options = { ...values, properties: readProperties(raw, problems) } as SinkOptions;
  problems.push(...contradictions(options));
  return problems.length > 0 ? { ok: false, problems } : { ok: true, options, notices };
}

/** Whether there is an option of this name; headers of Stream Load are options too. */
export const isOption = (name: string): boolean => Object.hasOwn(optionTable, name) || name.startsWith(propertyPrefix);

/** The headers among the options; what is wrong with them is added to `problems`. */
export function readProperties(raw: RawOptions, problems: string[]): SinkOptions['properties'] {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(raw)) {
    if (!name.startsWith(propertyPrefix) || isAbsent(value)) continue;
    if (typeof value === 'object') problems.push(`${name}: expected text.`);
    else headers.set(name.slice(propertyPrefix.length), String(value));
  }
  return parseProperties(Object.fromEntries(headers), problems);
}

/** @throws SinkError OPTIONS_INVALID, naming every problem */
export function requireOptions(raw: RawOptions): SinkOptions {
  const parsed = parseOptions(raw);
  if (parsed.ok) return parsed.options;
  throw new SinkError('OPTIONS_INVALID', parsed.problems.join(' '));
}

/** The value of one option, or its default; what is wrong with it is added to `problems`. */
export function readValue(name: OptionName, given: unknown, problems: string[]): unknown {
  const spec = specs[name];
  // Only a password may be empty.
  const isDefaulted = isAbsent(given) || (given === '' && !spec.secret);
  if (isDefaulted) {
    if (spec.required) problems.push(`${name} is required.`);
    return 'default' in spec ? spec.default : undefined;
  }
  const result = v.safeParse(valueSchema(spec), given);
  if (result.success) return result.output;
  const text = JSON.stringify(given);
  const found = spec.secret || /@|passw/i.test(text) ? '' : `, found ${text}`;
  problems.push(`${name}: ${result.issues[0].message}${found}.`);
  // The wrong value, so that it is not also said to be missing.
  return given;
}

export function unknownName(name: string): string {
  const meant = nearest(name, optionNames);
  return `${name} is not an option${meant ? `; did you mean ${meant}?` : '.'}`;
}

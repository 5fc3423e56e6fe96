import { parseJsonPath } from '../kit/json-path.ts';

/** Headers that the sink itself sets: they make up the protocol, not the load. */
export const reservedProperties: ReadonlySet<string> = new Set([
  'label',
  'authorization',
  'expect',
  'content-length',
  'transfer-encoding',
  'host',
  'db',
  'table',
  'connection',
]);

/** Headers that would not do here what they say, with the reason. */
export const refusedProperties: Readonly<Record<string, string>> = {
  skip_header:
    'rows of many messages are joined, so only the first header line would be skipped; sink.csv.header reads the first line of each message or object as the names of its columns',
  compression: 'the sink sends rows as they are; compress messages at the producer instead',
  'content-encoding': 'the sink sends rows as they are; compress messages at the producer instead',
  envelope: 'it cannot go with the array that rows are sent in',
};

const delimiters = ['column_separator', 'row_delimiter'];

const matches = (pattern: RegExp) => (value: string) => pattern.test(value);
const isTimeout = (value: string) => /^\d{1,6}$/.test(value) && Number(value) >= 1 && Number(value) <= 259_200;

function isListOfPaths(value: string): boolean {
  try {
    const paths: unknown = JSON.parse(value);
    return Array.isArray(paths) && paths.length > 0 && paths.every((path) => typeof path === 'string');
  } catch {
    return false;
  }
}

interface PropertyCheck {
  readonly accepts: (value: string) => boolean;
  readonly expects: string;
}

/** Headers of `sink.properties.*` whose values StarRocks would take without a word, and then not do what was meant. */
export const propertyChecks: Readonly<Record<string, PropertyCheck>> = {
  format: { accepts: matches(/^(csv|json)$/i), expects: 'csv or json' },
  strict_mode: { accepts: matches(/^(true|false)$/i), expects: 'true or false' },
  partial_update: { accepts: matches(/^(true|false)$/), expects: 'true or false' },
  partial_update_mode: { accepts: matches(/^(row|auto|column)$/), expects: 'row, auto or column' },
  max_filter_ratio: {
    accepts: matches(/^0(\.0+)?$/),
    expects: '0: filtered rows would be lost without a word; here bad rows go to `rejected/`, and the others load',
  },
  timeout: { accepts: isTimeout, expects: 'seconds, from 1 to 259200' },
  enclose: { accepts: matches(/^\p{ASCII}$/u), expects: 'one ASCII character' },
  escape: { accepts: matches(/^\p{ASCII}$/u), expects: 'one ASCII character' },
  json_root: {
    accepts: (value) => parseJsonPath(value) !== undefined,
    expects: 'a path such as $.data.items: the sink takes the rows from there, one object or an array of them',
  },
  jsonpaths: { accepts: isListOfPaths, expects: 'a JSON array of paths such as ["$.id", "$.user.name"]' },
  trim_space: { accepts: matches(/^(true|false)$/i), expects: 'true or false' },
  strip_outer_array: { accepts: matches(/^true$/i), expects: 'true: rows are sent as one array' },
  enable_merge_commit: { accepts: matches(/^(true|false)$/), expects: 'true or false' },
  merge_commit_async: {
    accepts: matches(/^false$/),
    expects: 'false: otherwise Success says that rows were received, not that they are loaded',
  },
};

/**
 * Checks `sink.properties.*`; names become lower-case header names.
 *
 * @in   properties without the prefix
 * @out  headers; what is wrong is added to `problems`
 */
export function parseProperties(
  raw: Readonly<Record<string, string>>,
  problems: string[],
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [rawName, value] of Object.entries(raw)) {
    const name = rawName.toLowerCase();
    const problem = propertyProblem(name, value);
    if (problem) problems.push(`sink.properties.${rawName}: ${problem}`);
    else headers[name] = normalise(name, value);
  }
  return headers;
}

function propertyProblem(name: string, value: string): string | undefined {
  if (!/^[a-z][-a-z0-9_]*$/.test(name)) return 'is not the name of a Stream Load header.';
  const refused = refusedProperties[name];
  if (refused !== undefined) return `${refused}.`;
  if (reservedProperties.has(name)) return 'is set by the sink itself; leave it out.';
  if (/[^\P{Cc}\t]/u.test(value) && !delimiters.includes(name))
    return 'holds a control character, which no header may.';
  if (value === '') return 'is empty; leave it out or give a value.';
  const check = Object.hasOwn(propertyChecks, name) ? propertyChecks[name] : undefined;
  return check && !check.accepts(value) ? `expected ${check.expects}, found ${JSON.stringify(value)}.` : undefined;
}

/** Delimiters become safe for a header: two backslashes before x01 become one, and the character itself becomes hex. */
function normalise(name: string, value: string): string {
  if (name === 'format') return value.toLowerCase();
  if (!delimiters.includes(name)) return value;
  if (/^\\\\x/i.test(value)) return value.slice(1);
  return /[\p{Cc} ]/u.test(value) ? `\\x${Buffer.from(value).toString('hex')}` : value;
}

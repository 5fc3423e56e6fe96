import { readFileSync } from 'node:fs';
import { SinkError } from '../src/kit/errors.ts';
import { fileFailure } from '../src/kit/file-failures.ts';
import type { RawOptions } from '../src/options/parse.ts';
import { optionsFromText } from '../src/options/sources.ts';

/** @throws SinkError OPTIONS_INVALID: the file cannot be read as options */
export function readConfigFile(path: string): RawOptions {
  return configFromText(readText(path), path);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new SinkError('OPTIONS_INVALID', fileFailure(path, error));
  }
}

/**
 * Options and settings as they stand in a file: JSON by option name, the sink.json that `migrate` writes, a Flink
 * `WITH (…)` clause, or lines of `name = value`. In JSON the list `routes` stands beside them.
 *
 * @throws SinkError OPTIONS_INVALID: JSON that is broken, or no object
 */
export function configFromText(text: string, path: string): RawOptions {
  if (!text.trimStart().startsWith('{')) return optionsFromText(text);
  const content = parseJson(text, path);
  return isRecord(content['options']) ? fromSinkFile(content, content['options'], path) : withoutSchema(content);
}

function parseJson(text: string, path: string): RawOptions {
  try {
    return JSON.parse(text) as RawOptions;
  } catch (error) {
    throw new SinkError('OPTIONS_INVALID', `${path} is not JSON: ${error instanceof Error ? error.message : error}.`);
  }
}

/** As `migrate` writes it: options have an object of their own. */
function fromSinkFile(
  { options: _, routes, version, $schema, ...rest }: RawOptions,
  options: RawOptions,
  path: string,
): RawOptions {
  const [stray] = Object.keys(rest);
  if (stray !== undefined)
    throw new SinkError('OPTIONS_INVALID', `${path}: ${stray} stands beside options; expected inside of them.`);
  if (version !== undefined && version !== 1)
    throw new SinkError('OPTIONS_INVALID', `${path}: version is ${JSON.stringify(version)}, expected 1.`);
  return routes === undefined ? options : { ...options, routes };
}

/** Editors complete names by `$schema`. */
const withoutSchema = ({ $schema: _, ...options }: RawOptions): RawOptions => options;

const isRecord = (value: unknown): value is RawOptions =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * One row out of the text of one object. A fault inside of a value that a column walks through leaves the row with what was read
 * of it, one outside filters it; after either nothing can be read any more.
 * Source: json_scanner.cpp (_construct_row_without_jsonpath, _construct_row_with_jsonpath).
 */
import type { JsonFormat } from '../storage/load-plan.ts';
import { valueAt } from './json-path.ts';
import { ended, improper, JsonFault, skipSpace, skipString, skipValue, stringText } from './json-scan.ts';
import { walked } from './json-walk.ts';

/** How a column takes containers: it walks through them, it does so and takes all or nothing, or it does not look inside. */
export type Taking = 'nested' | 'json' | 'plain';

export interface JsonReading {
  readonly format: JsonFormat;
  /** Names of the sources: bytes, one per character. */
  readonly names: readonly string[];
  /** Of the sources. */
  readonly takings: readonly Taking[];
  /** The index of the source `__op`. */
  readonly operation?: number;
  readonly strict: boolean;
  /** The raw token of every source, undefined where the row has none. The array is used again for the next row. */
  onRow(tokens: readonly (string | undefined)[], raw: string): void;
  /** A row that cannot be read. */
  onBadRow(complaint: string, raw: string): void;
}

/** Reads the object at `at`; the index after it, ENDED, or 'lost' when nothing after it can be read. May throw JsonFault 'document'. */
export type ReadRow = (text: string, at: number) => number | 'lost' | Promise<number | 'lost'>;

export function rowReader(reading: JsonReading): ReadRow {
  return reading.format.paths === undefined ? readMembers(reading) : readPaths(reading);
}

/** The token of a value as its column takes it. @throws JsonFault 'nested' */
function taken(taking: Taking | undefined, value: string): string {
  if (taking === 'plain' || !/^[[{]/.test(value)) return value;
  const { text, intact } = walked(value);
  return intact || taking === 'nested' ? text : damaged;
}

/** No value of any type. */
const damaged = '?';

/** The i-th source by its name; when a key comes twice, the first counts. */
function readMembers(reading: JsonReading): (text: string, at: number) => number | 'lost' {
  const slots = new Map(reading.names.map((name, index) => [name, index]));
  const tokens: (string | undefined)[] = new Array(reading.names.length);
  return (text, start) => {
    tokens.fill(undefined);
    try {
      const end = members(text, start, (key, value) => {
        const slot = slots.get(key);
        if (slot !== undefined) tokens[slot] ??= taken(reading.takings[slot], value);
      });
      if (end !== ended) reading.onRow(tokens, text.slice(start, end));
      return end;
    } catch (error) {
      return brokenRow(error, reading, tokens, text.slice(start, start + maxShown));
    }
  };
}

const maxShown = 1000;

function brokenRow(error: unknown, reading: JsonReading, tokens: readonly (string | undefined)[], raw: string): 'lost' {
  if (!(error instanceof JsonFault) || error.kind === 'document') throw error;
  if (error.kind === 'nested' && !reading.strict) reading.onRow(tokens, raw);
  else reading.onBadRow(`construct row in object order failed, error: ${error.message}`, raw);
  return 'lost';
}

/** Calls back with each key and raw value of the object at `start`. */
function members(text: string, start: number, each: (key: string, value: string) => void): number {
  let at = skipSpace(text, start + 1);
  if (text.charAt(at) === '}') return at + 1;
  for (;;) {
    const keyEnd = keyEndAt(text, at);
    if (keyEnd === ended) return ended;
    const value = valueStart(text, keyEnd);
    if (value === ended) return ended;
    const end = skipValue(text, value);
    if (end === ended) return ended;
    const key = text.slice(at + 1, keyEnd - 1);
    each(key.includes('\\') ? (stringText(`"${key}"`) ?? key) : key, text.slice(value, end));
    at = skipSpace(text, end);
    const separator = text.charAt(at);
    if (separator === '}') return at + 1;
    if (separator !== ',' && separator !== '') throw new JsonFault('structure', improper);
    at = skipSpace(text, at + 1);
  }
}

function keyEndAt(text: string, at: number): number {
  if (at >= text.length) return ended;
  if (text.charAt(at) !== '"') throw new JsonFault('structure', improper);
  return skipString(text, at);
}

/** Behind the colon. */
function valueStart(text: string, keyEnd: number): number {
  const colon = skipSpace(text, keyEnd);
  if (colon >= text.length) return ended;
  if (text.charAt(colon) !== ':') throw new JsonFault('structure', improper);
  const value = skipSpace(text, colon + 1);
  return value >= text.length ? ended : value;
}

/** The i-th source by the i-th path. */
function readPaths(reading: JsonReading): (text: string, at: number) => number | 'lost' {
  const { paths = [] } = reading.format;
  const tokens: (string | undefined)[] = new Array(reading.names.length);
  return (text, start) => {
    const end = skipValue(text, start);
    if (end === ended) return ended;
    const raw = text.slice(start, end);
    tokens.fill(undefined);
    try {
      for (const [index, path] of paths.entries()) {
        const value = index < tokens.length ? valueAt(raw, path) : undefined;
        if (value !== undefined) tokens[index] = taken(reading.takings[index], value);
      }
      reading.onRow(tokens, raw);
      return end;
    } catch (error) {
      return brokenRow(error, reading, tokens, raw.slice(0, maxShown));
    }
  };
}

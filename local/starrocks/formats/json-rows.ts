/**
 * Rows out of JSON bodies, with the shapes and the failures of StarRocks' JSON scanner. Malformed JSON inside an array ends the
 * reading without a word: the rows before it are loaded, the broken row with what was read of it, the rest is lost.
 * Source: json_scanner.cpp, json_parser.cpp.
 */

import { type JsonFormat, UnreadableBody } from '../storage/load-plan.ts';
import { valueAt } from './json-path.ts';
import {
  ENDED,
  IMPROPER,
  JsonFault,
  skipSpace,
  skipString,
  skipValue,
  stringText,
  UNCLOSED,
  WRONG_TYPE,
} from './json-scan.ts';
import { type TextWindow, textWindow, utf8Check, wholeWindow } from './text-window.ts';

export interface JsonReading {
  readonly format: JsonFormat;
  /** Names of the sources: bytes, one per character. */
  readonly names: readonly string[];
  readonly strict: boolean;
  /** The raw token of every source, undefined where the row has none. The array is used again for the next row. */
  onRow(tokens: readonly (string | undefined)[], raw: string): void;
  /** A row that cannot be read. */
  onBadRow(complaint: string, raw: string): void;
}

const ARRAY_FAILURE = 'Failed to parse json as array. error: ';
const STREAM_FAILURE = 'Failed to iterate document stream as object. error: ';
const CUT_SHORT = 'JSON document ended early in the middle of an object or array.';
const TOO_LARGE =
  'The input payload size is beyond parser limit. Please set strip_outer_array true if you want to load json array';

/** @throws UnreadableBody with the Message of a load that fails whatever max_filter_ratio is */
export async function readJson(chunks: AsyncIterable<Buffer>, reading: JsonReading): Promise<void> {
  const isValid = utf8Check();
  let array = true;
  let lastByte = '';
  const window = textWindow(chunks, (chunk) => {
    if (!isValid(chunk))
      throw new UnreadableBody(`${array ? ARRAY_FAILURE : STREAM_FAILURE}The input is not valid UTF-8`);
    lastByte = lastCharacter(chunk) ?? lastByte;
  });
  const first = await nextCharacter(window);
  if (first === '') return;
  if (first !== '{' && first !== '[') throw new UnreadableBody(`illegal json started with ${first}`);
  array = first === '[';
  const { stripOuterArray, root } = reading.format;
  if (root === undefined && array !== stripOuterArray) throw new UnreadableBody(array ? stripNeeded : stripWrong);
  const rows = rowReader(reading);
  try {
    if (array) await readArray(window, rows);
    else await readStream(window, rows);
  } catch (error) {
    if (error instanceof JsonFault) throw new UnreadableBody((array ? ARRAY_FAILURE : STREAM_FAILURE) + error.message);
    throw error;
  }
  while (!window.ended) {
    window.at = window.text.length;
    await window.more();
  }
  if (array && lastByte !== ']') throw new UnreadableBody(ARRAY_FAILURE + CUT_SHORT);
}

const stripNeeded =
  'The value is array type in json document stream, you can set strip_outer_array=true to parse each element of the array as individual rows';
const stripWrong = 'the value should be array type with strip_outer_array=true';

function lastCharacter(chunk: Buffer | undefined): string | undefined {
  if (chunk === undefined) return undefined;
  let at = chunk.length - 1;
  while (at >= 0 && [0x20, 0x0a, 0x0d, 0x09].includes(chunk[at] ?? 0)) at -= 1;
  return at < 0 ? undefined : String.fromCharCode(chunk[at] ?? 0);
}

/** Moves to the next character that is no space; '' at the end. */
async function nextCharacter(window: TextWindow): Promise<string> {
  for (;;) {
    window.at = skipSpace(window.text, window.at);
    if (window.at < window.text.length) return window.text.charAt(window.at);
    if (window.ended) return '';
    await window.more();
  }
}

/** Reads the object at `at`; the index after it, ENDED, or 'lost' when nothing after it can be read. May throw JsonFault 'document'. */
type ReadRow = (text: string, at: number) => number | 'lost' | Promise<number | 'lost'>;

/** Objects in an array, at the opening bracket. */
async function readArray(window: TextWindow, readRow: ReadRow): Promise<void> {
  window.at += 1;
  if ((await nextCharacter(window)) === ']') return;
  for (;;) {
    const first = await nextCharacter(window);
    if (/["[\d\-tfn]/.test(first))
      throw new UnreadableBody(`Failed to iterate json array as object. error: ${WRONG_TYPE}`);
    if (first !== '{') return;
    const end = await wholeRow(window, readRow);
    if (end === 'lost') return;
    if (end === ENDED) throw new UnreadableBody(ARRAY_FAILURE + (endsInString(window) ? UNCLOSED : CUT_SHORT));
    window.at = end;
    if ((await nextCharacter(window)) !== ',') return;
    window.at += 1;
  }
}

/** Objects one after the other. A last one that is cut off is lost without a word, like everything in an array after a fault. */
async function readStream(window: TextWindow, readRow: ReadRow): Promise<void> {
  for (let rows = 0; ; rows += 1) {
    const first = await nextCharacter(window);
    if (first === '') return;
    if (first === '[') throw new UnreadableBody(stripNeeded);
    if (/["\d\-tfn]/.test(first)) throw new UnreadableBody('The value should be object type in json document stream');
    const end = first === '{' ? await wholeRow(window, readRow) : 'lost';
    if (end === 'lost') throw new UnreadableBody(STREAM_FAILURE + IMPROPER);
    if (end === ENDED && rows > 0) return;
    if (end === ENDED) throw new UnreadableBody(TOO_LARGE);
    window.at = end;
  }
}

async function wholeRow(window: TextWindow, readRow: ReadRow): Promise<number | 'lost'> {
  for (;;) {
    const read = readRow(window.text, window.at);
    const end = typeof read === 'object' ? await read : read;
    if (end !== ENDED || window.ended) return end;
    await window.more();
  }
}

function endsInString(window: TextWindow): boolean {
  const withoutEscapes = window.text.slice(window.at).replace(/\\[\s\S]/g, '');
  return withoutEscapes.split('"').length % 2 === 0;
}

function rowReader(reading: JsonReading): ReadRow {
  const { root } = reading.format;
  const readRow = reading.format.paths === undefined ? readMembers(reading) : readPaths(reading);
  return root === undefined ? readRow : readUnderRoot(reading, readRow);
}

/** The i-th source by its name; when a key comes twice, the first counts. */
function readMembers(reading: JsonReading): (text: string, at: number) => number | 'lost' {
  const slots = new Map(reading.names.map((name, index) => [name, index]));
  const tokens: (string | undefined)[] = new Array(reading.names.length);
  return (text, start) => {
    tokens.fill(undefined);
    try {
      const end = members(text, start, (key, value) => {
        const slot = slots.get(key);
        if (slot !== undefined) tokens[slot] ??= value;
      });
      if (end !== ENDED) reading.onRow(tokens, text.slice(start, end));
      return end;
    } catch (error) {
      return brokenRow(error, reading, tokens, text.slice(start, start + MAX_SHOWN));
    }
  };
}

const MAX_SHOWN = 1000;

function brokenRow(error: unknown, reading: JsonReading, tokens: readonly (string | undefined)[], raw: string): 'lost' {
  if (!(error instanceof JsonFault) || error.kind === 'document') throw error;
  if (error.kind === 'value' && !reading.strict) reading.onRow(tokens, raw);
  else reading.onBadRow(`construct row in object order failed, error: ${error.message}`, raw);
  return 'lost';
}

/** Calls back with each key and raw value of the object at `start`. */
function members(text: string, start: number, each: (key: string, value: string) => void): number {
  let at = skipSpace(text, start + 1);
  if (text.charAt(at) === '}') return at + 1;
  for (;;) {
    const keyEnd = keyEndAt(text, at);
    if (keyEnd === ENDED) return ENDED;
    const value = valueStart(text, keyEnd);
    if (value === ENDED) return ENDED;
    const end = skipValue(text, value);
    if (end === ENDED) return ENDED;
    const key = text.slice(at + 1, keyEnd - 1);
    each(key.includes('\\') ? (stringText(`"${key}"`) ?? key) : key, text.slice(value, end));
    at = skipSpace(text, end);
    const separator = text.charAt(at);
    if (separator === '}') return at + 1;
    if (separator !== ',' && separator !== '') throw new JsonFault('structure', IMPROPER);
    at = skipSpace(text, at + 1);
  }
}

function keyEndAt(text: string, at: number): number {
  if (at >= text.length) return ENDED;
  if (text.charAt(at) !== '"') throw new JsonFault('structure', IMPROPER);
  return skipString(text, at);
}

/** Behind the colon. */
function valueStart(text: string, keyEnd: number): number {
  const colon = skipSpace(text, keyEnd);
  if (colon >= text.length) return ENDED;
  if (text.charAt(colon) !== ':') throw new JsonFault('structure', IMPROPER);
  const value = skipSpace(text, colon + 1);
  return value >= text.length ? ENDED : value;
}

/** The i-th source by the i-th path. */
function readPaths(reading: JsonReading): (text: string, at: number) => number | 'lost' {
  const { paths = [] } = reading.format;
  return (text, start) => {
    const end = skipValue(text, start);
    if (end === ENDED) return ENDED;
    const raw = text.slice(start, end);
    try {
      reading.onRow(
        reading.names.map((_, index) => (paths[index] === undefined ? undefined : valueAt(raw, paths[index]))),
        raw,
      );
      return end;
    } catch (error) {
      return brokenRow(
        error,
        reading,
        reading.names.map(() => undefined),
        raw.slice(0, MAX_SHOWN),
      );
    }
  };
}

/** Rows are what json_root leads to: one object, or with strip_outer_array an array of objects. */
function readUnderRoot(reading: JsonReading, readRow: ReadRow): ReadRow {
  const { root = [], stripOuterArray } = reading.format;
  return async (text, start) => {
    const end = skipValue(text, start);
    if (end === ENDED) return ENDED;
    const value = valueAt(text.slice(start, end), root);
    if (value === undefined) {
      throw new UnreadableBody(
        `failed to access field: ${root.join('.')}, err: The JSON field referenced does not exist in this object.`,
      );
    }
    if (stripOuterArray && value.charAt(0) !== '[') {
      throw new UnreadableBody('the value under json root should be array type with strip_outer_array=true');
    }
    if (!stripOuterArray && value.charAt(0) !== '{') {
      throw new UnreadableBody('the value should be object type with json root');
    }
    if (stripOuterArray) await readArray(wholeWindow(value), readRow);
    else await readRow(value, 0);
    return end;
  };
}

/**
 * JSON bodies, with the shapes and the failures of StarRocks' JSON scanner: objects one after the other, or in an array.
 * Malformed JSON inside a row of an array ends the reading without a word, and the rest is lost.
 * Source: json_scanner.cpp, json_parser.cpp, and the parser of both, simdjson (ondemand).
 */
import { UnreadableBody } from '../storage/load-plan.ts';
import { debeziumRow } from './json-debezium.ts';
import { valueAt } from './json-path.ts';
import { type JsonReading, type ReadRow, rowReader } from './json-rows.ts';
import { ended, improper, JsonFault, skipSpace, skipValue, unclosed, wrongType } from './json-scan.ts';
import { type TextWindow, textWindow, utf8Check, wholeWindow } from './text-window.ts';

const arrayFailure = 'Failed to parse json as array. error: ';
const streamFailure = 'Failed to iterate document stream as object. error: ';
const cutShort = 'JSON document ended early in the middle of an object or array.';
const elementFailure = 'Failed to iterate json array as object. error: ';
const invalidUtf8 = 'The input is not valid UTF-8';
const tooLarge =
  'The input payload size is beyond parser limit. Please set strip_outer_array true if you want to load json array';

/** @throws UnreadableBody with the Message of a load that fails whatever max_filter_ratio is */
export async function readJson(chunks: AsyncIterable<Buffer>, reading: JsonReading): Promise<void> {
  const isValid = utf8Check();
  let array = true;
  let lastByte = '';
  const window = textWindow(chunks, (chunk) => {
    if (!isValid(chunk)) throw unread((array ? arrayFailure : streamFailure) + invalidUtf8);
    lastByte = lastCharacter(chunk) ?? lastByte;
  });
  const first = await nextCharacter(window);
  if (first === '') return;
  if (first !== '{' && first !== '[') throw unread(`illegal json started with ${first}`);
  array = first === '[';
  const { stripOuterArray, root } = reading.format;
  if (root === undefined && stripOuterArray && !array) {
    throw unread(`the value should be array type with strip_outer_array=true, value: ${shown(window)}`);
  }
  if (root === undefined && array && !stripOuterArray) throw unread(stripNeeded, window);
  const rows = documentReader(reading);
  try {
    if (array) await readArray(window, rows);
    else await readStream(window, rows);
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw array ? unread(arrayFailure + error.message) : unread(streamFailure + error.message, window);
  }
  while (!window.ended) {
    window.at = window.text.length;
    await window.more();
  }
  if (array && lastByte !== ']') throw unread(arrayFailure + cutShort);
}

const maxLocation = 64;

/**
 * The whole load fails.
 *
 * @in at: where the reading stands, for the error log; nothing is logged of what the first look at a body finds
 */
function unread(message: string, at?: TextWindow): UnreadableBody {
  const location = at === undefined ? undefined : `parser current location: ${shown(at)}`;
  return new UnreadableBody(`parse error. ${message}`, location);
}

function shown({ text, at }: TextWindow): string {
  return Buffer.from(text.slice(at, at + maxLocation), 'latin1')
    .toString('utf8')
    .trimEnd();
}

const stripNeeded =
  'The value is array type in json document stream, you can set strip_outer_array=true to parse each element of the array as individual rows';

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

/** Objects in an array, at the opening bracket. */
async function readArray(window: TextWindow, readRow: ReadRow): Promise<void> {
  window.at += 1;
  if ((await nextCharacter(window)) === ']') return;
  for (;;) {
    const first = await nextCharacter(window);
    if (first === '') return;
    if (first !== '{') throw unread(elementFailure + wrongType, window);
    const end = await wholeRow(window, readRow);
    if (end === 'lost') return;
    if (end === ended) throw unread(arrayFailure + (endsInString(window) ? unclosed : cutShort));
    window.at = end;
    const next = await nextCharacter(window);
    if (next === ']' || next === '') return;
    if (next !== ',') throw unread(elementFailure + improper, window);
    window.at += 1;
  }
}

/** Objects one after the other. A last one that is cut off is lost without a word, like everything in an array after a fault. */
async function readStream(window: TextWindow, readRow: ReadRow): Promise<void> {
  for (let rows = 0; ; rows += 1) {
    const first = await nextCharacter(window);
    if (first === '') return;
    if (first === '[') throw unread(stripNeeded, window);
    if (/["\d\-tfn]/.test(first)) throw unread('The value should be object type in json document stream', window);
    const end = first === '{' ? await wholeRow(window, readRow) : 'lost';
    if (end === 'lost') throw unread(streamFailure + improper, window);
    if (end === ended && rows > 0) return;
    if (end === ended) throw unread(tooLarge, window);
    window.at = end;
  }
}

async function wholeRow(window: TextWindow, readRow: ReadRow): Promise<number | 'lost'> {
  for (;;) {
    const read = readRow(window.text, window.at);
    const end = typeof read === 'object' ? await read : read;
    if (end !== ended || window.ended) return end;
    await window.more();
  }
}

function endsInString(window: TextWindow): boolean {
  const withoutEscapes = window.text.slice(window.at).replace(/\\[\s\S]/g, '');
  return withoutEscapes.split('"').length % 2 === 0;
}

function documentReader(reading: JsonReading): ReadRow {
  const { root, debezium } = reading.format;
  if (debezium) return readEvents(reading);
  return root === undefined ? rowReader(reading) : readUnderRoot(reading, rowReader(reading));
}

/** Images of Debezium events. */
function readEvents(reading: JsonReading): ReadRow {
  let operation = '0';
  const { operation: slot } = reading;
  const readRow = rowReader({
    ...reading,
    onRow: (tokens, raw) => reading.onRow(slot === undefined ? tokens : tokens.with(slot, operation), raw),
  });
  return async (text, start) => {
    const end = skipValue(text, start);
    if (end === ended) return ended;
    const row = debeziumRow(text.slice(start, end));
    if (row === undefined) return end;
    operation = row.operation;
    return (await readRow(row.raw, 0)) === 'lost' ? 'lost' : end;
  };
}

/** Rows are what json_root leads to: one object, or with strip_outer_array an array of objects. */
function readUnderRoot(reading: JsonReading, readRow: ReadRow): ReadRow {
  const { root = [], stripOuterArray } = reading.format;
  const within = (text: string) => (text.startsWith('[') ? 'json array' : 'json document stream');
  return async (text, start) => {
    const end = skipValue(text, start);
    if (end === ended) return ended;
    const value = valueAt(text.slice(start, end), root);
    if (value === undefined) {
      throw new UnreadableBody(
        `failed to access field: ${root.join('.')}, err: The JSON field referenced does not exist in this object.`,
      );
    }
    const place = within(text.trimStart());
    const found = () => `value: ${shown(wholeWindow(value))}`;
    if (stripOuterArray && value.charAt(0) !== '[') {
      throw unread(
        `the value under json root should be array type with strip_outer_array=true in ${place} with root, ${found()}`,
      );
    }
    if (!stripOuterArray && value.charAt(0) === '[') {
      throw unread(
        `The value is array type in ${place} with json root, you can set strip_outer_array=true to parse each element of the array as individual rows, ${found()}`,
      );
    }
    if (!stripOuterArray && value.charAt(0) !== '{') {
      throw unread(`The value should be object type in ${place} with json root, ${found()}`);
    }
    if (stripOuterArray) await readArray(wholeWindow(value), readRow);
    else await readRow(value, 0);
    return end;
  };
}

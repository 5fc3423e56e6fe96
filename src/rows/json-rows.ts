import type { Rejection, UnreadableRow } from './chunk.ts';
import { ArrayCutter, LineCutter } from './cut-json.ts';
import { type Cut, newlinesIn } from './cutter.ts';
import { jsonRowProblem, notJson } from './json-row.ts';
import { RowSieve } from './row-sieve.ts';

export type JsonRows =
  | {
      readonly ok: true;
      readonly layout: 'lines' | 'items';
      readonly text: string;
      readonly rows: number;
      readonly badRows: readonly UnreadableRow[];
    }
  | { readonly ok: false; readonly rejection: Rejection };

/**
 * Parts JSON rows from what is none, and counts both. Every row is parsed once and the result is thrown away: the text
 * itself travels on, so that numbers keep every digit.
 *
 * @in      one object, an array of objects, or one object per line; JSON white space around them
 * @out     the good rows in a layout that joins without parsing, and the bad ones; or why they cannot be told apart
 * @throws  SinkError ROW_NOT_JSON: more bad rows than are kept
 */
export function readJsonRows(body: string): JsonRows {
  const text = body.trim();
  const sieve = new RowSieve(1 + leadingLines(body));
  return text.startsWith('[') ? readArray(text, sieve) : readLines(text, sieve);
}

function readArray(text: string, sieve: RowSieve): JsonRows {
  const cutter = new ArrayCutter();
  const cuts = [...cutter.push(text), ...cutter.end()];
  if (cutter.isStuck !== undefined) {
    const detail = `The body begins with [ and is not a JSON array: ${cutter.isStuck}.`;
    return { ok: false, rejection: { code: 'ROW_NOT_JSON', detail } };
  }
  const good = cuts.filter((cut) => sieve.passes(cut));
  const kept = good.length === cuts.length ? text.slice(1, -1).trim() : good.map((cut) => cut.text).join(',');
  return { ok: true, layout: 'items', text: kept, rows: good.length, badRows: sieve.badRows };
}

function readLines(text: string, sieve: RowSieve): JsonRows {
  const cutter = new LineCutter();
  const cuts = [...cutter.push(text), ...cutter.end()];
  if (isOneValue(text, cuts)) {
    const isGood = sieve.passes({ text, line: 1 });
    return { ok: true, layout: 'items', text: isGood ? text : '', rows: isGood ? 1 : 0, badRows: sieve.badRows };
  }
  const good = cuts.filter((cut) => sieve.passes(cut));
  const isWhole = good.length === newlinesIn(text) + 1;
  const kept = isWhole ? text : good.map((cut) => cut.text).join('\n');
  return { ok: true, layout: 'lines', text: kept, rows: good.length, badRows: sieve.badRows };
}

/** An object may be written over several lines; then its first line is none. */
const isOneValue = (text: string, [first, second]: readonly Cut[]): boolean =>
  first !== undefined &&
  second !== undefined &&
  jsonRowProblem(first.text) === notJson &&
  jsonRowProblem(text) !== notJson;

const leadingLines = (body: string) => newlinesIn(body.slice(0, body.length - body.trimStart().length));

import type { Rejection } from './chunk.ts';

export type JsonRows =
  | { readonly ok: true; readonly layout: 'lines' | 'items'; readonly text: string; readonly rows: number }
  | { readonly ok: false; readonly rejection: Rejection };

/**
 * Checks that a text holds JSON rows, and counts them. Every row is parsed once and the result is thrown away: the text
 * itself travels on, so that numbers keep every digit.
 *
 * @in   one object, an array of objects, or one object per line; JSON white space around them
 * @out  the text in a layout that joins without parsing
 */
export function readJsonRows(body: string): JsonRows {
  const text = body.trim();
  if (text.startsWith('[')) return readArray(text);
  const lines = readLines(text);
  if (lines.ok) return lines;
  if (lines.line > 1) return refuse(`Line ${lines.line + leadingLines(body)}: ${lines.found}.`);
  return isObject(parse(text)) ? { ok: true, layout: 'items', text, rows: 1 } : refuse(`Row 1: ${lines.found}.`);
}

function readArray(text: string): JsonRows {
  const parsed = parse(text);
  if (!Array.isArray(parsed)) return refuse('The body begins with [ and is not a JSON array.');
  const wrong = parsed.findIndex((row) => !isObject(row));
  if (wrong >= 0) return refuse(`Row ${wrong + 1}: ${nameOf(parsed[wrong])}.`);
  return { ok: true, layout: 'items', text: text.slice(1, -1).trim(), rows: parsed.length };
}

function readLines(text: string): (JsonRows & { ok: true }) | { ok: false; line: number; found: string } {
  let rows = 0;
  let hasBlank = false;
  for (let start = 0, line = 1; start <= text.length; line++) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const row = text.slice(start, end);
    const parsed = parse(row);
    if (isObject(parsed)) rows++;
    else if (row.trim() === '') hasBlank = true;
    else return { ok: false, line, found: nameOf(parsed) };
    start = end + 1;
  }
  return { ok: true, layout: 'lines', text: hasBlank ? text.split(/\n\s*/).filter(Boolean).join('\n') : text, rows };
}

const leadingLines = (body: string) => body.slice(0, body.length - body.trimStart().length).split('\n').length - 1;

const notJson = Symbol('not JSON');

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return notJson;
  }
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

function nameOf(value: unknown): string {
  if (value === notJson) return 'not valid JSON';
  if (value === null) return 'null, expected an object';
  return `${Array.isArray(value) ? 'an array' : `a ${typeof value}`}, expected an object`;
}

const refuse = (detail: string): JsonRows => ({ ok: false, rejection: { code: 'ROW_NOT_JSON', detail } });

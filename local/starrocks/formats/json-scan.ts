/**
 * Walks JSON without building values, so that number tokens keep every digit. Text is bytes: one UTF-8 byte per
 * character (Latin-1), which makes slices cheap and lengths bytes.
 */

/** The text ended before the value did. */
export const ended = -1;

/**
 * Malformed JSON. `structure`: a comma, colon, key or bracket of a row is missing or too much; `nested`: of a value that a
 * column walks through; `document`: what StarRocks' parser finds in its first pass, before it gives out any row.
 */
export class JsonFault extends Error {
  override readonly name = 'JsonFault';
  readonly kind: 'structure' | 'nested' | 'document';

  constructor(kind: JsonFault['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Texts of simdjson, the parser of StarRocks. */
export const improper =
  'The JSON document has an improper structure: missing or superfluous commas, braces, missing keys, etc.';
export const unclosed = 'A string is opened, but never closed.';
const unescaped = 'Within strings, some characters must be escaped, we found unescaped characters.';
export const wrongType = 'The JSON element does not have the requested type.';

const quote = 0x22;
const backslash = 0x5c;

export function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) break;
    at += 1;
  }
  return at;
}

/** @in at: the opening quote. @out the index after the closing one. */
export function skipString(text: string, at: number): number {
  for (let next = at + 1; next < text.length; next += 1) {
    const code = text.charCodeAt(next);
    if (code === quote) return next + 1;
    if (code === backslash) next += 1;
    else if (code < 0x20) throw new JsonFault('document', unescaped);
  }
  return ended;
}

/** The index after the value at `at`. Inside arrays and objects only strings and brackets are looked at. */
export function skipValue(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code === quote) return skipString(text, at);
  if (code === 0x7b || code === 0x5b) return skipContainer(text, at);
  return skipScalar(text, at);
}

function skipContainer(text: string, at: number): number {
  let depth = 0;
  for (let next = at; next < text.length; next += 1) {
    const code = text.charCodeAt(next);
    if (code === quote) {
      next = skipString(text, next) - 1;
      if (next < at) return ended;
    } else if (code === 0x7b || code === 0x5b) depth += 1;
    else if (code === 0x7d || code === 0x5d) {
      depth -= 1;
      if (depth === 0) return next + 1;
    }
  }
  return ended;
}

const scalar = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/;

/** Whether a token that is neither text nor container is JSON at all. */
export function isScalar(token: string): boolean {
  return scalar.test(token);
}

/** What the token is comes to light when a column takes it. */
function skipScalar(text: string, at: number): number {
  let next = at;
  for (; next < text.length; next += 1) {
    const code = text.charCodeAt(next);
    if (code === 0x2c || code === 0x7d || code === 0x5d || code <= 0x20 || code === 0x3a || code === quote) break;
  }
  if (next >= text.length) return ended;
  if (next === at) throw new JsonFault('structure', improper);
  return next;
}

/** The bytes of a string token, quotes and escapes undone; undefined for an escape that JSON does not have, or half a surrogate pair. */
export function stringText(token: string): string | undefined {
  const inner = token.slice(1, -1);
  if (!inner.includes('\\')) return inner;
  try {
    const text: unknown = JSON.parse(`"${inner}"`);
    if (typeof text !== 'string') return undefined;
    return /[^\0-\x7f]/.test(text) ? mixedText(inner) : text;
  } catch {
    return undefined;
  }
}

/** Escapes and bytes above 7F together: characters first, then escapes, then bytes again. */
function mixedText(inner: string): string | undefined {
  const text: unknown = JSON.parse(`"${Buffer.from(inner, 'latin1').toString('utf8')}"`);
  return typeof text === 'string' && text.isWellFormed() ? Buffer.from(text, 'utf8').toString('latin1') : undefined;
}

/** JSON without the spaces between its tokens; tokens stay as written. */
export function minified(raw: string): string {
  return raw.replace(/("[^"\\]*(?:\\.[^"\\]*)*")|\s+/g, (_, text: string | undefined) => text ?? '');
}

/** Whether a raw value is JSON through and through. */
export function isJson(raw: string): boolean {
  try {
    JSON.parse(raw);
    return true;
  } catch {
    return false;
  }
}

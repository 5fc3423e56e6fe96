/** What StarRocks takes of a row, since its parser counts the array around the rows too. @source simdjson: DEFAULT_MAX_DEPTH 1024 */
const deepestRow = 1023;

export const notJson = 'not valid JSON';

/**
 * Says why a text is no row that StarRocks takes, as far as that can be told without its table.
 *
 * StarRocks reads JSON with simdjson, which takes less than JSON.parse does: a row nested too deeply, or with half a surrogate
 * pair, could cost its neighbours too, since an array that cannot be read on loses its rest without a word.
 *
 * @in      watch: is shown the object that the text is
 * @out     undefined: nothing is wrong; never row data
 * @source  Stream Load reference §7.3; simdjson: DEPTH_ERROR, STRING_ERROR
 */
export function jsonRowProblem(text: string, watch?: { see(row: object, text: string): void }): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return notJson;
  }
  if (value === null) return 'null, expected an object';
  if (Array.isArray(value)) return 'an array, expected an object';
  if (typeof value !== 'object') return `a ${typeof value}, expected an object`;
  const problem = objectProblem(text);
  if (problem === undefined) watch?.see(value, text);
  return problem;
}

/** @in  text: of a JSON object */
export function objectProblem(text: string): string | undefined {
  if (isNestedBeyond(text, deepestRow)) return `nested more than ${deepestRow} deep`;
  if (holdsLoneSurrogate(text)) return 'a string holds half a surrogate pair';
  return undefined;
}

const quote = 0x22;
const backslash = 0x5c;
/** The bit by which `[` and `{`, and `]` and `}`, differ. */
const caseBit = 0x20;

/** @in  text: valid JSON */
function isNestedBeyond(text: string, most: number): boolean {
  // A text has a closing bracket for each one that opens.
  if (text.length <= 2 * most) return false;
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) isInString = !isInString;
    else if (isInString) at += code === backslash ? 1 : 0;
    else if ((code | caseBit) === 0x7b && ++depth > most) return true;
    else if ((code | caseBit) === 0x7d) depth--;
  }
  return false;
}

const surrogateEscape = /\\u[dD][89a-fA-F]/;
const escapes = /\\(?:u([dD][89abAB]..)(?:\\u[dD][c-fC-F]..)?|u([dD][c-fC-F]..)|[\s\S])/g;
const wholePair = 12;

/** A surrogate that is no escape cannot be there: the text came from UTF-8. */
function holdsLoneSurrogate(text: string): boolean {
  // A search for a text is faster than one for a pattern, and nearly always the last.
  if (!text.includes('\\u') || !surrogateEscape.test(text)) return false;
  for (const [found, high, low] of text.matchAll(escapes)) {
    if (low !== undefined || (high !== undefined && found.length !== wholePair)) return true;
  }
  return false;
}

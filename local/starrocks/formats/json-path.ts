import { ended, skipSpace, skipString, skipValue, stringText } from './json-scan.ts';

/** A member name (UTF-8 bytes, one per character), or the index of an element. */
export type JsonPath = readonly (string | number)[];

const stepPattern = /\.?"((?:[^"\\]|\\.)*)"|\.?([^.[\]"]+)|\[(\d+)\]|\['([^']*)'\]/y;

/** `$.a.b[0]`, `$."a b"`, `$['a']`; `$` alone is the row itself. Undefined when the path is none, or holds `[*]`. */
export function parseJsonPath(path: string): JsonPath | undefined {
  const text = path.trim().replace(/^\$/, '');
  const steps: (string | number)[] = [];
  stepPattern.lastIndex = 0;
  while (stepPattern.lastIndex < text.length) {
    const step = stepPattern.exec(text);
    if (step === null) return undefined;
    const name = step[1] ?? step[2] ?? step[4];
    steps.push(name === undefined ? Number(step[3]) : Buffer.from(name, 'utf8').toString('latin1'));
  }
  return steps;
}

/** The raw text of what the path leads to; undefined when there is nothing. @throws JsonFault on malformed JSON on the way */
export function valueAt(raw: string, path: JsonPath): string | undefined {
  let found: string | undefined = raw;
  for (const step of path) {
    if (found === undefined) return undefined;
    found = typeof step === 'string' ? member(found, step) : element(found, step);
  }
  return found;
}

function member(raw: string, name: string): string | undefined {
  if (raw.charAt(0) !== '{') return undefined;
  let at = skipSpace(raw, 1);
  while (raw.charAt(at) === '"') {
    const keyEnd = skipString(raw, at);
    const valueStart = skipSpace(raw, skipSpace(raw, keyEnd) + 1);
    const valueEnd = skipValue(raw, valueStart);
    if (keyEnd === ended || valueEnd === ended) return undefined;
    if (stringText(raw.slice(at, keyEnd)) === name) return raw.slice(valueStart, valueEnd);
    at = skipSpace(raw, skipSpace(raw, valueEnd) + 1);
  }
  return undefined;
}

function element(raw: string, index: number): string | undefined {
  if (raw.charAt(0) !== '[') return undefined;
  let at = skipSpace(raw, 1);
  for (let passed = 0; at < raw.length && raw.charAt(at) !== ']'; passed += 1) {
    const end = skipValue(raw, at);
    if (end === ended) return undefined;
    if (passed === index) return raw.slice(at, end);
    at = skipSpace(raw, skipSpace(raw, end) + 1);
  }
  return undefined;
}

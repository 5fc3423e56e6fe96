/** A member of an object: its key, and its value as it is written. */
export type Field = readonly [key: string, value: string];

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
/** The bit by which `[` and `{`, and `]` and `}`, differ. */
const caseBit = 0x20;

/**
 * The members of a JSON object as they are written, so that what is not touched keeps every digit. Of a key that comes twice, both.
 *
 * @in  text: one valid JSON object
 */
export function fieldsOf(text: string): Field[] {
  const fields: Field[] = [];
  let at = text.indexOf('{') + 1;
  while (at < text.length) {
    const keyStart = text.indexOf('"', at);
    if (keyStart < 0) break;
    const keyEnd = endOfString(text, keyStart);
    const valueStart = text.indexOf(':', keyEnd) + 1;
    const valueEnd = endOfValue(text, valueStart);
    const key: string = JSON.parse(text.slice(keyStart, keyEnd));
    fields.push([key, text.slice(valueStart, valueEnd).trim()]);
    if (text.charCodeAt(valueEnd) !== comma) break;
    at = valueEnd + 1;
  }
  return fields;
}

export const writeFields = (fields: Iterable<Field>): string =>
  `{${[...fields].map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`;

/** Behind the quote that ends it. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text.charCodeAt(at) !== quote) at += text.charCodeAt(at) === backslash ? 2 : 1;
  return at + 1;
}

/** Where the comma stands that follows it, or the bracket that ends the object. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at) - 1;
    else if (code === comma && depth === 0) return at;
    else if ((code | caseBit) === 0x7b) depth++;
    else if ((code | caseBit) === 0x7d && depth-- === 0) return at;
  }
  return text.length;
}

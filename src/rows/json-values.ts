/** `JSON.rawJSON` and its like, which TypeScript's library does not declare yet. */
export const { rawJSON: rawJson, isRawJSON: isRawJson } = JSON as unknown as {
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): boolean;
};

/** A reviver that keeps numbers as the text they came as; `JSON.stringify` writes them so again. */
export function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' ? rawJson(context?.source ?? String(value)) : value;
}

/** @out  the digits of a number, whether it kept them or not; undefined: it is none */
export function digitsOfNumber(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return isRawJson(value) ? JSON.stringify(value) : undefined;
}

/** A value of JSON as text, as CSV has it: nested values are JSON text, null is NULL. */
export function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? '1' : '0';
  return JSON.stringify(value);
}

/**
 * Parses an event, and the schema around it, which makes most of its text and is the same in each event of a table, only once.
 */
import { parseExactly } from './exact-values.ts';

const opening = '{"schema":';
const joint = ',"payload":';

const schemas = new Map<string, object>();
/** Schemas of a database, and their texts, a few KB each. */
const mostSchemas = 500;
let last = { text: '', schema: {} as object };

/**
 * @out     what JSON.parse makes of it; numbers that count keep their digits. The same object for the same schema, where it can be told
 * @throws  SyntaxError
 */
export function parseEvent(text: string): unknown {
  if (!text.startsWith(opening)) return parseExactly(text, imagesIn(text));
  const parts = partsOf(text);
  const read = parts && parseOr(parts.payload);
  return read === undefined ? parseExactly(text) : { schema: parts?.schema, payload: read.value };
}

/** An event's schema, and the text of its payload. @out undefined: they cannot be told apart; a payload may be no JSON */
export function partsOf(text: string): { readonly schema: object; readonly payload: string } | undefined {
  if (!text.startsWith(opening) || !text.endsWith('}')) return undefined;
  // To look where the last schema ended is faster than to search.
  const expected = opening.length + last.text.length;
  const isExpected = text.startsWith(joint, expected) && text.slice(opening.length, expected) === last.text;
  const end = isExpected ? expected : text.indexOf(joint);
  const schema = end < 0 ? undefined : schemaOf(text.slice(opening.length, end));
  return schema && { schema, payload: text.slice(end + joint.length, -1) };
}

function schemaOf(text: string): object | undefined {
  if (text === last.text) return last.schema;
  const known = schemas.get(text) ?? parseOr(text)?.value;
  if (typeof known !== 'object' || known === null || Array.isArray(known)) return undefined;
  if (schemas.size >= mostSchemas) schemas.clear();
  schemas.set(text, known);
  last = { text, schema: known };
  return known;
}

/** What was cut elsewhere than thought is no JSON, and is parsed as a whole. */
function parseOr(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: parseExactly(text, imagesIn(text)) };
  } catch {
    return undefined;
  }
}

const envelope = '{"before":';
const sourceField = ',"source":{';

/** Of an envelope, the images: what stands behind them holds a count of nanoseconds, which would cost each event the slow way. */
function imagesIn(text: string): string {
  if (!text.startsWith(envelope)) return text;
  let end = -1;
  for (let at = text.indexOf(sourceField); at >= 0; at = text.indexOf(sourceField, at + 1)) end = at;
  return end < 0 || text.includes('"after":', end) ? text : text.slice(0, end);
}

/**
 * Values that a column walks through: ARRAY, MAP, STRUCT and JSON. The parser looks at the tokens of a value only while a column
 * takes it; what no column takes is passed over by its brackets.
 */
import { improper, isJson, isScalar, JsonFault, skipSpace, skipString, stringText } from './json-scan.ts';

export interface Walked {
  /** Tokens that are none, and texts that are none, are null in it. */
  readonly text: string;
  /** There were no such tokens. */
  readonly intact: boolean;
}

/** @throws JsonFault 'nested' where a comma, colon, key or bracket is missing or too much */
export function walked(raw: string): Walked {
  // Half a surrogate pair is fine with JSON.parse only.
  if (isJson(raw) && !raw.includes('\\u')) return { text: raw, intact: true };
  const walk: Walk = { raw, at: 0, out: '', intact: true };
  walkValue(walk);
  return { text: walk.out, intact: walk.intact };
}

interface Walk {
  readonly raw: string;
  at: number;
  out: string;
  intact: boolean;
}

function walkValue(walk: Walk): void {
  const first = walk.raw.charAt(walk.at);
  if (first === '{') walkMembers(walk, '}', () => walkKey(walk));
  else if (first === '[') walkMembers(walk, ']', () => undefined);
  else walkScalar(walk);
}

function walkMembers(walk: Walk, close: string, beforeValue: () => void): void {
  take(walk, walk.raw.charAt(walk.at));
  walk.at = skipSpace(walk.raw, walk.at);
  let closed = walk.raw.charAt(walk.at) === close;
  while (!closed) {
    beforeValue();
    walkValue(walk);
    walk.at = skipSpace(walk.raw, walk.at);
    closed = walk.raw.charAt(walk.at) === close;
    if (!closed) expectNext(walk, ',');
  }
  take(walk, close);
}

function walkKey(walk: Walk): void {
  if (walk.raw.charAt(walk.at) !== '"') throw new JsonFault('nested', improper);
  const end = skipString(walk.raw, walk.at);
  walk.out += walk.raw.slice(walk.at, end);
  walk.at = skipSpace(walk.raw, end);
  expectNext(walk, ':');
}

function expectNext(walk: Walk, separator: string): void {
  if (walk.raw.charAt(walk.at) !== separator) throw new JsonFault('nested', improper);
  take(walk, separator);
  walk.at = skipSpace(walk.raw, walk.at);
}

function take(walk: Walk, token: string): void {
  walk.out += token;
  walk.at += token.length;
}

function walkScalar(walk: Walk): void {
  const { raw, at } = walk;
  const isText = raw.charAt(at) === '"';
  const end = isText ? skipString(raw, at) : tokenEnd(raw, at);
  const token = raw.slice(at, end);
  if (token === '') throw new JsonFault('nested', improper);
  const isToken = isText ? stringText(token) !== undefined : isScalar(token);
  walk.out += isToken ? token : 'null';
  walk.intact &&= isToken;
  walk.at = end;
}

function tokenEnd(raw: string, from: number): number {
  const length = raw.slice(from).search(/[\s,:{}[\]"]/);
  return length < 0 ? raw.length : from + length;
}

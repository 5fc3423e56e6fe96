import type { Destination } from '../ports.ts';

const keys = new WeakMap<Destination, string>();

/** Chunks whose destinations have the same key may share a load. The key of one object is made once. */
export function destinationKey(destination: Destination): string {
  const { database, table, headers } = destination;
  const known = keys.get(destination);
  if (known !== undefined) return known;
  const key = JSON.stringify([database, table, Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1))]);
  keys.set(destination, key);
  return key;
}

/** Source columns that a `columns` header names, mappings `name=expression` left out. */
export const columnsInHeader = (header: string): readonly string[] =>
  splitAtCommas(header)
    .filter((part) => !part.replace(/`[^`]*`/g, '').includes('='))
    .map((name) => name.trim().replace(/^`(.*)`$/, '$1'));

/** Commas inside brackets and quotes belong to an expression. */
function splitAtCommas(header: string): readonly string[] {
  const parts = [''];
  let depth = 0;
  for (const [token] of header.matchAll(/`[^`]*`|'[^']*'|"[^"]*"|./gsu)) {
    if (token === '(') depth++;
    if (token === ')') depth--;
    if (token === ',' && depth === 0) parts.push('');
    else parts.push(parts.pop() + token);
  }
  return parts;
}

import { createHash } from 'node:crypto';
import type { Destination, TableId } from '../ports.ts';

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

/** With it, and what else stands in a key, S3's 1,024 bytes are not reached. */
const maxTableKeyBytes = 500;

/**
 * Names a table where one text must do: in S3 keys, caches, message groups. `a`.`b.c` and `a.b`.`c` have different keys,
 * since a dot inside a name is written `%2E`.
 *
 * @out  `database.table` for names without dots; at most 500 bytes, the end of a longer one is a digest
 */
export function tableKey({ database, table }: TableId): string {
  const key = [database, table].map((name) => name.replaceAll('%', '%25').replaceAll('.', '%2E')).join('.');
  const bytes = Buffer.from(key);
  if (bytes.byteLength <= maxTableKeyBytes) return key;
  const digest = createHash('sha256').update(key).digest('hex');
  // A character that the cut goes through is left out, so that the key is text.
  const head = new TextDecoder().decode(bytes.subarray(0, maxTableKeyBytes - digest.length - 4), { stream: true });
  return `${head}-${digest}`;
}

/** The table that a key names; undefined: its name was too long for the key to hold. */
export function tableOfKey(key: string): TableId | undefined {
  const [database = '', table = ''] = key.split('.').map((name) => name.replaceAll('%2E', '.').replaceAll('%25', '%'));
  return tableKey({ database, table }) === key && Buffer.byteLength(key) < maxTableKeyBytes - 64
    ? { database, table }
    : undefined;
}

/** Source columns that a `columns` header names, mappings `name=expression` left out. */
export const columnsInHeader = (header: string): readonly string[] =>
  splitAtCommas(header)
    .filter((part) => !isMapping(part))
    .map((name) => name.trim().replace(/^`(.*)`$/, '$1'));

/** True when a `columns` header makes columns by expressions. */
export const hasMappings = (header: string): boolean => splitAtCommas(header).some(isMapping);

const isMapping = (part: string) => part.replace(/`[^`]*`/g, '').includes('=');

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

/** Names of DuckDB's own schemas and catalogs. */
export const duckSchemas = ['information_schema', 'main', 'memory', 'pg_catalog', 'system', 'temp'];

/**
 * Under what name DuckDB keeps what StarRocks calls `name`: DuckDB tells names apart only by more than their letter case,
 * StarRocks by letter case too.
 *
 * @in  taken  names that DuckDB keeps others under
 */
export function storedName(name: string, taken: Iterable<string>): string {
  const others = new Set([...taken].map((each) => each.toLowerCase()));
  let stored = name;
  for (let nth = 2; others.has(stored.toLowerCase()); nth += 1) stored = `${name}#${nth}`;
  return stored;
}

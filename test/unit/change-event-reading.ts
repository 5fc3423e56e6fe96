import { readChanges } from '../../src/messages/changes/read-changes.ts';
import { type MirrorRules, mirrorRows } from '../../src/messages/changes/table-rows.ts';

export const rules: MirrorRules = { ignoresUpdateBefore: true };

/** Rows as text, so that digits are seen; or the code; or that it is none. */
export function read(event: unknown, changed: Partial<MirrorRules> = {}) {
  const text = typeof event === 'string' ? event : JSON.stringify(event);
  const changes = readChanges(text);
  if (changes === undefined) return 'no event';
  if ('code' in changes) return changes.code;
  const altered = changes.find((change) => change.altered);
  if (altered?.altered) return altered.altered.rejection.code;
  return changes.flatMap(({ rows }) => rows.flatMap((row) => mirrorRows(row, { ...rules, ...changed })));
}

export const source = {
  version: '3.6.1.Final',
  connector: 'mysql',
  name: 'dbz',
  db: 'shop',
  table: 'kv',
  snapshot: 'false',
};
export const envelope = (parts: object) => ({ before: null, after: null, source, ts_ms: 1, ...parts });
export const typed = (field: object, value: string) =>
  `{"schema":{"type":"struct","fields":[{"field":"after","type":"struct","fields":[${JSON.stringify({ field: 'v', ...field })}]}]},"payload":${JSON.stringify(envelope({ op: 'c' })).replace('"after":null', `"after":{"v":${value}}`)}}`;

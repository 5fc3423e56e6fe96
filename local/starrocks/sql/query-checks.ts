import type { Relation } from './dialect.ts';
import { informationSchema } from './information-schema/tables.ts';
import { SqlError } from './sql-error.ts';
import { placeOf, syntaxError, tokenize } from './sql-tokens.ts';

/**
 * Refuses what a frontend would not send to a backend.
 *
 * @source test/fixtures/recorded/cluster.json, information-schema.json
 */
export function checkQuery(sql: string, tables: readonly Relation[]): void {
  const tokens = tokenize(sql);
  const [first, second] = tokens;
  if (/^select$/i.test(first?.value ?? '') && second?.kind === 'word' && /^from$/i.test(second.value)) {
    const detail = `Unexpected input '${second.raw}', the most similar input is {a legal identifier}`;
    throw syntaxError(sql, second.offset, detail);
  }
  const words = new Set(tokens.map(({ value }) => value.toLowerCase()));
  const logs = tables.some(({ database, name }) => database === informationSchema && name === 'load_tracking_logs');
  if (logs && !words.has('label') && !words.has('job_id')) {
    throw SqlError.failed('load_tracking_logs must specify label or job_id');
  }
}

/** How long a query sleeps before it answers, in milliseconds. */
export function sleepMs(sql: string): number {
  const seconds = /^\s*select\s+sleep\s*\(\s*(\d+)\s*\)/i.exec(sql)?.[1];
  return Number(seconds ?? 0) * 1000;
}

/** An error of DuckDB with the place that StarRocks would tell, where it tells one. */
export function locate(error: unknown, sql: string): unknown {
  const name =
    error instanceof Error ? /Function with name "?(\w+)"? does not exist/.exec(error.message)?.[1] : undefined;
  if (name === undefined) return error;
  const tokens = tokenize(sql);
  const at = tokens.findIndex(({ value }, index) => value.toLowerCase() === name && tokens[index + 1]?.raw === '(');
  const [call, , closing] = tokens.slice(at, at + 3);
  if (at < 0 || call === undefined || closing === undefined) return error;
  const given = closing.raw === ')' ? '' : '...';
  return SqlError.refusedAt(
    placeOf(sql, call.offset, closing.offset),
    `No matching function with signature: ${name}(${given})`,
  );
}

import type { Answer } from './answers.ts';
import { sanitizeErrorLog } from './redact.ts';
import type { SendWithErrorLog } from './send.ts';

export interface ErrorLogDeps {
  readonly send: SendWithErrorLog;
  /** Takes row data out of the error log; default true. */
  readonly sanitizeErrorLog?: boolean;
}

/** What StarRocks noted about single rows, if it noted anything and can be reached: a field to spread into a result. */
export async function errorLogOf(
  deps: ErrorLogDeps,
  { errorUrl }: Answer,
  deadlineMs: number,
): Promise<{ readonly errorLog?: string }> {
  if (deps.send.fetchErrorLog === undefined || errorUrl === undefined) return {};
  const log = await deps.send.fetchErrorLog(errorUrl, deadlineMs);
  if (log === undefined) return {};
  return { errorLog: deps.sanitizeErrorLog === false ? log : sanitizeErrorLog(log) };
}

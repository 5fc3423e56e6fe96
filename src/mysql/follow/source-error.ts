import { type FailureCode, SinkError } from '../../kit/errors.ts';

/** What the server's refusals mean; all others are a lost connection. */
const codes: readonly (readonly [pattern: RegExp, code: FailureCode])[] = [
  [/same server_(uuid|id)/i, 'SOURCE_ID_TAKEN'],
  [/purged|could not find .*log file|not found in index|is missing from the (master|source)/i, 'SOURCE_PURGED'],
  [/not in the (master|source)'s binlog|more GTIDs than the (master|source)|has (diverged|more)/i, 'SOURCE_FOREIGN'],
  [/ER_(MASTER|SOURCE)_FATAL_ERROR/, 'SOURCE_UNREADABLE'],
];

/** An error of mysql2, or of the server, as one of ours. */
export function sourceError(error: unknown): unknown {
  if (error instanceof SinkError || !(error instanceof Error)) return error;
  const { code: name = error.name } = error as NodeJS.ErrnoException;
  const said = `${name}: ${error.message}`;
  const code = codes.find(([pattern]) => pattern.test(said))?.[1] ?? 'SOURCE_LOST';
  return new SinkError(code, `It said ${JSON.stringify(said.slice(0, 300))}.`, { cause: error });
}

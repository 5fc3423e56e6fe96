import { type FailureCode, SinkError } from '../../kit/errors.ts';
import type { MysqlAddress } from '../smt-config.ts';

/** What the server's refusals mean; all others are a lost connection. */
const codes: readonly (readonly [pattern: RegExp, code: FailureCode])[] = [
  [/same server_(uuid|id)/i, 'SOURCE_ID_TAKEN'],
  [/purged|could not find .*log file|not found in index|is missing from the (master|source)/i, 'SOURCE_PURGED'],
  [/not in the (master|source)'s binlog|more GTIDs than the (master|source)|has (diverged|more)/i, 'SOURCE_FOREIGN'],
  [/ER_(MASTER|SOURCE)_FATAL_ERROR/, 'SOURCE_UNREADABLE'],
  [
    /ACCESS_DENIED|ER_HOST_NOT_PRIVILEGED|ER_HOST_IS_BLOCKED|ER_MUST_CHANGE_PASSWORD|ER_ACCOUNT_HAS_BEEN_LOCKED/,
    'SOURCE_ACCESS_DENIED',
  ],
  [/HANDSHAKE_(NO_)?SSL|certificate|CERT_|ERR_TLS|ERR_SSL/i, 'SOURCE_TLS'],
];

/**
 * An error of mysql2, or of the server, as one of ours.
 *
 * @in  address: of the server, while it is not connected yet
 */
export function sourceError(error: unknown, address?: Pick<MysqlAddress, 'host' | 'port'>): unknown {
  if (error instanceof SinkError || !(error instanceof Error)) return error;
  const { code: name = error.name } = error as NodeJS.ErrnoException;
  const said = `${name}: ${error.message}`;
  const code = codes.find(([pattern]) => pattern.test(said))?.[1] ?? 'SOURCE_LOST';
  const where = address ? `At ${address.host}:${address.port} it` : 'It';
  return new SinkError(code, `${where} said ${JSON.stringify(said.slice(0, 300))}.`, { cause: error });
}

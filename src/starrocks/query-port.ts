/**
 * The query port: how a jdbc-url is connected to, and what the errors of StarRocks mean there. The MySQL client is imported
 * on the first question only: most functions never ask.
 */

import type { QueryOptions, RowDataPacket } from 'mysql2/promise';
import { SinkError } from '../kit/errors.ts';
import { ruleOf } from './answer-texts.ts';
import type { HostMemory } from './hosts.ts';
import { parseJdbcUrl, type QueryHosts } from './jdbc-url.ts';
import { type Attempted, explainMissing } from './privileges.ts';

/** What was refused, by the number of the error; the documented numbers are MySQL's, the servers say their own. */
const numbers: Readonly<Record<number, 'access' | 'privilege' | 'no-database' | 'no-table'>> = {
  1045: 'access',
  1044: 'privilege',
  1142: 'privilege',
  1227: 'privilege',
  5203: 'privilege',
  1049: 'no-database',
  5501: 'no-database',
  1146: 'no-table',
  5502: 'no-table',
};

/** Another ALTER TABLE of the table is being carried out: the words of later and of earlier releases. */
const busy = /operation is in progress on the table|state is not NORMAL/i;

/** One row of a result, names in upper case whatever the release prints. */
export type Row = Readonly<Record<string, unknown>>;

/** A connection whose failures are SinkErrors. */
export interface QueryPort {
  /** @throws SinkError as `readError` says; `about` is what the question is about */
  query(sql: string, values: readonly string[], about: Omit<Attempted, 'user'>): Promise<readonly Row[]>;
  close(): void;
}

/** Who asks, and where. */
export interface QueryAccess {
  readonly jdbcUrl: string;
  readonly user: string;
  readonly password: string;
  /** For connecting to each host. */
  readonly timeoutMs: number;
  /** For each statement; enough for a busy frontend to read its own schema, unless told. */
  readonly statementTimeoutMs?: number;
  /** Of `queryHosts`: those that failed lately are asked last. */
  readonly memory?: Pick<HostMemory, 'order' | 'failed' | 'worked'>;
}

export const defaultStatementTimeoutMs = 15_000;

/** The hosts of a jdbc-url, as a host memory names them. @throws SinkError OPTIONS_INVALID */
export const queryHosts = (jdbcUrl: string): readonly string[] => parseJdbcUrl(jdbcUrl).hosts.map(nameOf);

const nameOf = ({ host, port }: QueryHosts['hosts'][number]) => `${host}:${port}`;

/**
 * Connects to the first host of the URL that answers.
 *
 * @throws SinkError OPTIONS_INVALID: the URL; STARROCKS_UNREACHABLE: every host and why; STARROCKS_ACCESS_DENIED
 */
export async function openQueryPort(access: QueryAccess): Promise<QueryPort> {
  const { user, memory, statementTimeoutMs: timeout = defaultStatementTimeoutMs } = access;
  const { connection, name } = await connect(access);
  return {
    async query(sql, values, about) {
      try {
        const [rows] = await connection.query<RowDataPacket[]>({ sql, timeout, typeCast: readValue }, [...values]);
        // Statements that give no rows answer with a record of their own.
        if (!Array.isArray(rows)) return [];
        return rows.map((row) =>
          Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toUpperCase(), value])),
        );
      } catch (error) {
        if (meaningOf(error) === undefined) memory?.failed(name);
        throw readError(error, { ...about, user });
      }
    },
    close: () => connection.destroy(),
  };
}

/**
 * StarRocks says of text that its encoding is MySQL's old utf8, of three bytes at the most, and sends all of UTF-8.
 *
 * @source test/fixtures/recorded/information-schema.json: charset 33
 */
const readValue: NonNullable<QueryOptions['typeCast']> = (field, next) =>
  /STRING|VARCHAR/.test(field.type) ? field.string('utf8') : next();

async function connect({ jdbcUrl, user, password, timeoutMs, memory }: QueryAccess) {
  const { hosts, tls } = parseJdbcUrl(jdbcUrl);
  // A bundler gives a CommonJS package only as its default.
  const { default: mysql } = await import('mysql2/promise');
  const tried: string[] = [];
  const places = new Map(memory?.order().map((name, place) => [name, place]));
  const placeOf = (at: (typeof hosts)[number]) => places.get(nameOf(at)) ?? 0;
  for (const at of hosts.toSorted((one, other) => placeOf(one) - placeOf(other))) {
    const name = nameOf(at);
    try {
      const ssl = tls === undefined ? {} : { ssl: { rejectUnauthorized: tls.verify } };
      const options = { ...at, user, password, connectTimeout: timeoutMs, ...ssl };
      // A parser compiled for the columns of one question takes longer to make than all its rows take to read.
      const connection = await mysql.createConnection({ ...options, disableEval: true });
      memory?.worked(name);
      return { connection, name };
    } catch (cause) {
      if (meaningOf(cause) === 'access') {
        const detail = `The query port ${name} says: ${messageOf(cause)}.`;
        throw new SinkError('STARROCKS_ACCESS_DENIED', detail, { cause });
      }
      memory?.failed(name);
      tried.push(`${name}: ${codeOf(cause)}`);
    }
  }
  throw new SinkError('STARROCKS_UNREACHABLE', `The query ports of jdbc-url were tried: ${tried.join('; ')}.`);
}

/**
 * What an error of a statement means.
 *
 * @out    STARROCKS_ACCESS_DENIED, STARROCKS_PRIVILEGE_MISSING, STARROCKS_CONFIGURATION: no such database or table, or not
 *         understood; STARROCKS_TABLE_BUSY: another ALTER TABLE is being carried out; STARROCKS_TRANSIENT: an outage; STARROCKS_UNREACHABLE: the connection failed
 * @source test/fixtures/recorded/privileges.json, cluster.json, alter-add-column.json, no-backend-alive.json
 */
function readError(cause: unknown, about: Attempted): SinkError {
  const message = messageOf(cause);
  const as = (code: ConstructorParameters<typeof SinkError>[0], detail: string) =>
    new SinkError(code, detail, { cause });
  const { database, table } = about;
  switch (meaningOf(cause)) {
    case 'access':
      return as('STARROCKS_ACCESS_DENIED', `The query port says: ${message}.`);
    case 'privilege':
      return as('STARROCKS_PRIVILEGE_MISSING', explainMissing(message, about));
    case 'no-database':
      return as('STARROCKS_CONFIGURATION', `There is no database ${database}.`);
    case 'no-table':
      return as('STARROCKS_CONFIGURATION', `The database ${database} has no table ${table ?? ''}.`);
    case 'busy':
      return as('STARROCKS_TABLE_BUSY', `The query port says: ${message}.`);
    case 'outage':
      return as('STARROCKS_TRANSIENT', `The query port says: ${message}.`);
    case 'other':
      return as('STARROCKS_CONFIGURATION', `The query port says: ${message}.`);
    default:
      return as('STARROCKS_UNREACHABLE', `The query port gave no answer (${codeOf(cause)}).`);
  }
}

/** undefined: StarRocks did not say it. */
function meaningOf(error: unknown) {
  if (!(error instanceof Error && 'errno' in error && 'sqlState' in error)) return undefined;
  const known = numbers[Number(error.errno)];
  if (known !== undefined) return known;
  return busy.test(error.message) ? 'busy' : ruleOf(error.message)?.[1] === 'transient' ? 'outage' : 'other';
}

/** Whether an error says that the database, or the table, is not there. */
export function saysAbsent(error: unknown): 'database' | 'table' | undefined {
  const cause = error instanceof SinkError ? error.cause : error;
  const meaning = meaningOf(cause);
  if (meaning === 'no-database') return 'database';
  return meaning === 'no-table' ? 'table' : undefined;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message.replace(/\.$/, '') : String(error));

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  if ('code' in error && error.code !== undefined) return String(error.code);
  return 'errno' in error ? `error ${String(error.errno)}` : error.name;
}

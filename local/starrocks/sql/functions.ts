import { literal } from '../storage/duck-names.ts';
import { unionFunctions } from '../storage/union-functions.ts';
import { defaultCatalog, type Session } from './session.ts';
import type { Variables } from './variables.ts';

/** Who asks, and what can be answered without a table. */
export interface Asker {
  readonly session: Session;
  readonly variables: Variables;
  /** What current_version() says. */
  readonly version: string;
}

/** Without a fraction, as StarRocks has it. */
const nowSql = "date_trunc('second', CAST(now() AS TIMESTAMP))";

/** Functions of the session. */
export const sessionFunctions: Readonly<Record<string, (asker: Asker) => string>> = {
  CURRENT_VERSION: ({ version }) => literal(version),
  VERSION: ({ session, variables }) => literal(variables.read(session, 'version', 'session').value),
  // Without a database it is an empty text, not NULL.
  DATABASE: ({ session }) => literal(session.database ?? ''),
  SCHEMA: ({ session }) => literal(session.database ?? ''),
  USER: ({ session }) => literal(identity(session)),
  SESSION_USER: ({ session }) => literal(identity(session)),
  CURRENT_USER: ({ session }) => literal(identity(session)),
  CURRENT_ROLE: ({ session }) => literal(session.user === 'root' ? 'root' : 'NONE'),
  CONNECTION_ID: ({ session }) => `CAST(${session.id} AS BIGINT)`,
  CURRENT_CATALOG: () => literal(defaultCatalog),
  CATALOG: () => literal(defaultCatalog),
  LAST_INSERT_ID: () => '0',
  NOW: () => nowSql,
  CURRENT_TIMESTAMP: () => nowSql,
  LOCALTIME: () => nowSql,
  LOCALTIMESTAMP: () => nowSql,
  UTC_TIMESTAMP: () => nowSql,
  CURDATE: () => 'current_date',
  // Of the present; that of a moment is no function of the session.
  UNIX_TIMESTAMP: () => 'CAST(epoch(now()) AS BIGINT)',
};

/** Those that may stand without brackets. */
export const bareFunctions = new Set(['CURRENT_TIMESTAMP', 'CURRENT_USER', 'LOCALTIME', 'LOCALTIMESTAMP']);

function identity({ user, address }: Session): string {
  return `'${user}'@'${address.replace(/:\d+$/, '')}'`;
}

/** Function names before a bracket that DuckDB calls otherwise. */
export const functions: Readonly<Record<string, string>> = {
  GET_JSON_STRING: 'json_extract_string',
  GET_JSON_INT: 'starrocks_json_int',
  JSON_QUERY: 'json_extract',
  PARSE_JSON: 'starrocks_parse_json',
  DATE_FORMAT: 'strftime',
  STR_TO_DATE: 'try_strptime',
  ARRAY_LENGTH: 'len',
  MAP_SIZE: 'cardinality',
  CHAR_LENGTH: 'length',
  LENGTH: 'strlen',
  LOCATE: 'starrocks_locate',
  UPPER: 'starrocks_upper',
  LOWER: 'starrocks_lower',
  LIKE: 'starrocks_like',
};

/** Macros behind some of the functions above; they live in the schema `main`. */
export const macros = [
  'CREATE OR REPLACE MACRO main.starrocks_parse_json(written) AS TRY_CAST(written AS JSON)',
  'CREATE OR REPLACE MACRO main.starrocks_json_int(document, path) AS TRY_CAST(json_extract_string(document, path) AS BIGINT)',
  'CREATE OR REPLACE MACRO main.starrocks_locate(part, written) AS instr(written, part)',
  'CREATE OR REPLACE MACRO main.starrocks_upper(any_value) AS upper(CAST(any_value AS VARCHAR))',
  'CREATE OR REPLACE MACRO main.starrocks_lower(any_value) AS lower(CAST(any_value AS VARCHAR))',
  'CREATE OR REPLACE MACRO main.starrocks_like(written, pattern) AS written LIKE pattern',
  'CREATE OR REPLACE MACRO main.sleep(seconds) AS true',
  ...unionFunctions.map((macro) => `CREATE OR REPLACE MACRO main.${macro}`),
];

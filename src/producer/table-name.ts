import { createHash } from 'node:crypto';
import { SinkError } from '../kit/errors.ts';
import { nameProblem } from '../rows/names.ts';
import { isSqsToken } from './sqs-limits.ts';

/** Where rows go. Without a database the sink's own default is used. */
export interface Table {
  readonly database: string | undefined;
  readonly table: string;
}

/** `table`, `database.table`, or both apart (for names that hold a dot). */
export type TableName = string | { readonly database?: string | undefined; readonly table: string };

/** @throws SinkError NAME_INVALID */
export function parseTableName(name: TableName, database: string | undefined): Table {
  if (typeof name !== 'string') return checked(name.database ?? database, name.table);
  const [first = '', second, ...rest] = name.split('.');
  if (rest.length > 0) {
    throw new SinkError('NAME_INVALID', 'A table name holds more than one dot; give { database, table } instead.');
  }
  return second === undefined ? checked(database, first) : checked(first, second);
}

function checked(database: string | undefined, table: string): Table {
  for (const [what, name] of Object.entries({ database, table })) {
    const problem = name === undefined ? undefined : nameProblem(name);
    if (problem !== undefined) throw new SinkError('NAME_INVALID', `The ${what} name ${problem}.`);
  }
  return { database, table };
}

/** One text per table. */
export const tableKey = ({ database, table }: Table): string => JSON.stringify([database ?? null, table]);

/** The message group of a table: its name where SQS takes it, and else a digest of it. */
export const groupOf = ({ database, table }: Table): string =>
  sqsToken(database === undefined ? table : `${database}.${table}`);

/** The text where SQS takes it as a group or deduplication id, and else a digest of it. */
export const sqsToken = (text: string): string =>
  isSqsToken(text) ? text : createHash('sha256').update(text).digest('hex');

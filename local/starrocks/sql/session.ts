import type { Subject } from '../users/accounts.ts';
import type { TokenReader } from './token-reader.ts';

/** What a connection remembers between statements. */
export interface Session {
  readonly id: number;
  readonly user: string;
  /** Who it acts for; SET ROLE changes the roles. */
  subject: Subject;
  readonly address: string;
  /** Epoch milliseconds. */
  readonly connectedAtMs: number;
  /** The selected one. */
  database: string | undefined;
  /** System variables that were set, in small letters; all others are as in the whole cluster. */
  readonly variables: Map<string, string>;
  /** `@name`: values as SQL literals. */
  readonly userVariables: Map<string, string>;
  /** The last statement, and since when it runs or the session sleeps. */
  activity: { readonly statement: string; readonly running: boolean; readonly sinceMs: number };
}

/** StarRocks' own tables are in this catalog; a stand-in has no other. */
export const defaultCatalog = 'default_catalog';

/** `database` or `default_catalog.database`. */
export function readDatabaseName(reader: TokenReader): string {
  const first = reader.identifier();
  return first.toLowerCase() === defaultCatalog && reader.acceptSymbol('.') ? reader.identifier() : first;
}

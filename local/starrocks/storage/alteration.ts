import type { Column, TableDefinition } from '../model.ts';

/** What an ALTER TABLE makes of a table. */
export interface Alteration {
  readonly changed: TableDefinition;
  /** One per column of `changed`, in its order. */
  readonly sources: readonly ColumnSource[];
  /** `schema`: seen at once, and listed; `job`: rows are written anew, in the background; `words`: nothing but names and comments. */
  readonly work: 'words' | 'schema' | 'job';
}

/** Where the values of a column come from: a column of the table as it was, or its default. */
export type ColumnSource = { readonly column: Column; readonly from?: string };

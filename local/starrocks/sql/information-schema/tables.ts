import type { Column, TableDefinition } from '../../model.ts';
import { readType } from '../column-types.ts';
import { TokenReader } from '../token-reader.ts';
import tables from './tables.json' with { type: 'json' };

export const informationSchema = 'information_schema';

/** Databases that a frontend keeps for itself; the stand-in has no tables in them. */
export const ownDatabases: readonly string[] = ['_statistics_', 'sys'];

/**
 * The tables of information_schema, in the order of their names.
 *
 * @source columns and types: test/fixtures/recorded/information-schema.json; those of the tables that it only names: docs,
 *   sql-reference/information_schema
 */
export const systemTables: readonly TableDefinition[] = Object.entries(tables).map(([name, columns]) => ({
  database: informationSchema,
  name,
  model: 'DUP_KEYS',
  columns: Object.entries(columns).map(([column, type]) => systemColumn(column, type)),
  keys: [],
  partitions: [],
  distribution: { type: 'RANDOM', columns: [] },
  properties: {},
  comment: '',
}));

function systemColumn(name: string, type: string): Column {
  const reader = new TokenReader(type);
  return { name, type: readType(reader), nullable: !reader.accept('NOT', 'NULL'), key: false, comment: '' };
}

/** Their names are not case-sensitive. */
export function systemTable(name: string): TableDefinition | undefined {
  return systemTables.find((table) => table.name === name.toLowerCase());
}

import type { Column, TableDefinition, ViewDefinition } from '../../model.ts';
import type { Answer } from '../../mysql/mysql-replies.ts';
import { readTableName } from '../ddl.ts';
import { informationSchema, systemTable } from '../information-schema/tables.ts';
import type { Visible } from '../rights/access.ts';
import { SqlError } from '../sql-error.ts';
import type { TokenReader } from '../token-reader.ts';
import { describedType } from '../type-words.ts';
import { readFilter, readFrom, type Shown, table } from './answer.ts';

/** Answers what comes after DESC. */
export function describeTable(reader: TokenReader, { catalog, session }: Pick<Shown, 'catalog' | 'session'>): Answer {
  const name = readTableName(reader, session.database);
  return table(
    'Field, Type, Null, Key, Default, Extra',
    existing(catalog, name.database, name.table).columns.map((column) => [
      column.name,
      describedType(column.type),
      column.nullable ? 'YES' : 'NO',
      column.key ? 'true' : 'false',
      column.default ?? emptySketch(column),
      isComputed(column.default) ? 'DEFAULT_GENERATED' : '',
    ]),
  );
}

/** SHOW [FULL] COLUMNS FROM table [FROM database]. */
export function showColumns(reader: TokenReader, { catalog, session, full }: Shown): Answer {
  if (!reader.accept('FROM')) reader.expect('IN');
  const name = reader.qualifiedName();
  const database = readFrom(reader) ?? name.database ?? session.database;
  if (database === undefined) throw SqlError.noDatabase();
  const matches = readFilter(reader);
  const columns = existing(catalog, database, name.name).columns.filter((column) => matches(column.name));
  return full
    ? table(
        'Field:20, Type:20, Collation:20, Null:20, Key:20, Default:20, Extra:20, Privileges:20, Comment:20',
        columns.map((column) => {
          const [field, type, ...rest] = columnRow(column);
          return [field, type, '', ...rest, '', column.comment.replaceAll('"', '\\"')] as string[];
        }),
      )
    : table('Field:20, Type:20, Null:20, Key:20, Default:20, Extra:20', columns.map(columnRow));
}

function columnRow(column: Column): (string | null)[] {
  const nullable = column.nullable ? 'YES' : 'NO';
  const value = column.default ?? null;
  return [column.name, describedType(column.type), nullable, column.key ? 'YES' : 'NO', value, column.aggregate ?? ''];
}

/** The default of a sketch is a sketch of nothing. */
function emptySketch({ type }: Column): string | null {
  return type.base === 'HLL' || type.base === 'BITMAP' ? '\0' : null;
}

function isComputed(value: string | null | undefined): boolean {
  return value !== undefined && value !== null && /^CURRENT_TIMESTAMP|^\w+\(\)$/.test(value);
}

export function existing(catalog: Visible, database: string, name: string): TableDefinition | ViewDefinition {
  const isSystem = database.toLowerCase() === informationSchema;
  const found = isSystem ? systemTable(name) : (catalog.table(database, name) ?? catalog.view(database, name));
  if (found !== undefined) return found;
  throw isSystem || catalog.hasDatabase(database) ? SqlError.unknownTable(name) : SqlError.unknownDatabase(database);
}

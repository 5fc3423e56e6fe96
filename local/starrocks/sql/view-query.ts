import type { Column, TableDefinition } from '../model.ts';
import { type Token, tokenize } from './sql-tokens.ts';
import { TokenReader } from './token-reader.ts';

/** A query as SHOW CREATE VIEW prints it, and the columns of the view when they are those of one table. */
export interface ViewQuery {
  readonly text: string;
  readonly columns?: readonly Column[];
}

export type FindTable = (database: string | undefined, name: string) => TableDefinition | undefined;

/** Words that a query of one table has none of. */
const more = /^(JOIN|GROUP|HAVING|ORDER|LIMIT|UNION|EXCEPT|INTERSECT|LATERAL|SELECT|PARTITION|TABLET|SAMPLE)$/i;

/**
 * Writes out what a query names: `SELECT c FROM t WHERE c > 1` becomes SELECT `d`.`t`.`c`, FROM `d`.`t` and WHERE
 * (`d`.`t`.`c` > 1) on a line each. Other queries than plain columns of one table stay as they are written.
 *
 * @source AstToSQLBuilder in the StarRocks frontend; test/fixtures/recorded/show-statements.json
 */
export function viewQuery(query: string, find: FindTable): ViewQuery {
  const asWritten = { text: query.trim() };
  const reader = new TokenReader(query);
  const table = tableOf(reader, find);
  if (table === undefined || !reader.accept('SELECT')) return asWritten;
  const items = readItems(reader, table);
  if (items === undefined || !reader.accept('FROM') || !reader.seesIdentifier()) return asWritten;
  reader.qualifiedName();
  if (reader.accept('AS') || (reader.seesIdentifier() && !reader.sees('WHERE'))) return asWritten;
  const lines = [`SELECT ${items.map(({ text }) => text).join(', ')}`, `FROM ${nameOf(table)}`];
  if (reader.accept('WHERE')) {
    const condition = reader.raw((at) => more.test(at.peek().value));
    lines.push(`WHERE ${qualified(condition, table)}`);
  }
  return reader.atEnd() ? { text: lines.join('\n'), columns: items.map(({ column }) => column) } : asWritten;
}

/** The table of the first FROM. */
function tableOf(reader: TokenReader, find: FindTable): TableDefinition | undefined {
  const start = reader.position;
  reader.raw((at) => at.sees('FROM'));
  const path = reader.accept('FROM') && reader.seesIdentifier() ? reader.qualifiedName() : undefined;
  reader.rewind(start);
  return path === undefined ? undefined : find(path.database, path.name);
}

interface Item {
  readonly text: string;
  readonly column: Column;
}

/** Plain columns, each with an alias or none; undefined for anything else. */
function readItems(reader: TokenReader, table: TableDefinition): Item[] | undefined {
  const items: Item[] = [];
  do {
    if (reader.acceptSymbol('*')) {
      items.push(...table.columns.map((column) => ({ column: seen(column), text: columnOf(table, column) })));
      continue;
    }
    if (!reader.seesIdentifier()) return undefined;
    const path = [reader.identifier()];
    while (reader.acceptSymbol('.') && reader.seesIdentifier()) path.push(reader.identifier());
    const name = path.at(-1)?.toLowerCase();
    const column = table.columns.find((each) => each.name.toLowerCase() === name);
    if (column === undefined) return undefined;
    const named = reader.accept('AS') || (reader.seesIdentifier() && !reader.sees('FROM'));
    const alias = named ? reader.identifier() : undefined;
    const text = columnOf(table, column);
    items.push({
      column: { ...seen(column), ...(alias !== undefined && { name: alias }) },
      text: alias === undefined ? text : `${text} AS \`${alias}\``,
    });
  } while (reader.acceptSymbol(','));
  return items;
}

/** A column of a view has a type and may be NULL; keys, defaults and comments are the table's. */
function seen({ name, type, nullable }: Column): Column {
  return { name, type, nullable, key: false, comment: '' };
}

function qualified(condition: string, table: TableDefinition): string {
  const tokens = tokenize(condition);
  const texts = tokens.map((token, index) => {
    const column = table.columns.find((each) => isName(token) && each.name.toLowerCase() === token.value.toLowerCase());
    const isCall = tokens[index + 1]?.value === '(';
    const text =
      column === undefined || isCall || tokens[index - 1]?.value === '.' ? token.raw : columnOf(table, column);
    const before = tokens[index - 1];
    const isApart = before !== undefined && before.offset + before.raw.length < token.offset;
    return `${isApart ? ' ' : ''}${text}`;
  });
  return texts.join('').trim();
}

function isName({ kind }: Token): boolean {
  return kind === 'word' || kind === 'quoted-name';
}

function nameOf({ database, name }: TableDefinition): string {
  return `\`${database}\`.\`${name}\``;
}

function columnOf(table: TableDefinition, { name }: Column): string {
  return `${nameOf(table)}.\`${name}\``;
}

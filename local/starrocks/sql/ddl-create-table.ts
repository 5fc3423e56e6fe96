import type { Column, TableModel } from '../model.ts';
import { readType } from './column-types.ts';
import { type PartitionClause, readPartition } from './ddl-partition.ts';
import type { TokenReader } from './token-reader.ts';

/** What a CREATE TABLE says, before anything is concluded from it. */
export interface CreateTable {
  readonly columns: readonly DeclaredColumn[];
  readonly engine: string;
  readonly charset: string;
  readonly key: { readonly model: TableModel; readonly columns: readonly string[] } | undefined;
  readonly comment: string;
  readonly partition: PartitionClause | undefined;
  readonly distribution: DeclaredDistribution | undefined;
  readonly orderBy: readonly string[] | undefined;
  readonly properties: Readonly<Record<string, string>>;
}

export interface DeclaredColumn extends Column {
  /** Whether NULL was written, rather than nothing. */
  readonly explicitlyNullable: boolean;
  /** Where it stands in the statement, as messages say it. */
  readonly place: string;
}

export interface Distribution {
  readonly type: 'HASH' | 'RANDOM';
  readonly columns: readonly string[];
  /** As many as StarRocks thinks right, when left out or 0. */
  readonly buckets?: number;
}

export interface DeclaredDistribution extends Distribution {
  readonly place: string;
}

const models = {
  PRIMARY: 'PRIMARY_KEYS',
  UNIQUE: 'UNIQUE_KEYS',
  DUPLICATE: 'DUP_KEYS',
  AGGREGATE: 'AGG_KEYS',
} as const;

const defaults = "'CURRENT_TIMESTAMP', 'NULL', SINGLE_QUOTED_TEXT, DOUBLE_QUOTED_TEXT, '('";

const aggregates = [
  'SUM',
  'MAX',
  'MIN',
  'REPLACE',
  'REPLACE_IF_NOT_NULL',
  'HLL_UNION',
  'BITMAP_UNION',
  'PERCENTILE_UNION',
];

/** Reads what follows the table name, its clauses in the order that the grammar demands. */
export function readCreateTable(reader: TokenReader): CreateTable {
  const columns = readElements(reader);
  return {
    columns,
    engine: readEngine(reader),
    charset: readCharset(reader),
    key: readKey(reader),
    comment: readComment(reader),
    partition: readPartition(reader),
    distribution: readDistribution(reader),
    orderBy: reader.accept('ORDER', 'BY') ? readNames(reader) : undefined,
    properties: readProperties(reader),
  };
}

/** `(column, …, INDEX …)`: what is neither leaves no rule of the grammar to go on with. */
function readElements(reader: TokenReader): DeclaredColumn[] {
  const columns: DeclaredColumn[] = [];
  reader.expectSymbol('(');
  let from = 0;
  do {
    if (columns.length > 0 && reader.accept('INDEX')) skipIndex(reader);
    else if (reader.seesIdentifier()) columns.push(readColumn(reader));
    else throw reader.noViable(from);
    from = reader.position;
  } while (reader.acceptSymbol(','));
  if (!reader.acceptSymbol(')')) throw reader.unexpected("',', ')'");
  return columns;
}

/** `name type [KEY] [aggregate] [NULL | NOT NULL] [DEFAULT … | AUTO_INCREMENT | AS …] [COMMENT "…"]`. */
export function readColumn(reader: TokenReader): DeclaredColumn {
  const from = reader.position;
  const name = reader.identifier();
  const type = readType(reader);
  if (reader.accept('CHARACTER', 'SET') || reader.accept('CHAR', 'SET') || reader.accept('CHARSET')) {
    reader.identifier();
  }
  const key = reader.accept('KEY');
  const aggregate = reader.acceptOneOf(aggregates);
  const notNull = reader.accept('NOT', 'NULL');
  const explicitlyNullable = !notNull && reader.accept('NULL');
  const value = readValue(reader);
  const comment = readComment(reader);
  return {
    name,
    type,
    key,
    nullable: !notNull && !value.autoIncrement,
    explicitlyNullable,
    place: reader.place(from),
    ...(aggregate !== undefined && { aggregate }),
    ...value,
    comment,
  };
}

function readValue(reader: TokenReader): Pick<Column, 'default' | 'generated' | 'autoIncrement'> {
  if (reader.accept('AUTO_INCREMENT')) return { autoIncrement: true };
  if (reader.accept('AS')) return { generated: readExpression(reader) };
  if (!reader.accept('DEFAULT')) return {};
  if (reader.accept('NULL')) return { default: null };
  if (reader.accept('CURRENT_TIMESTAMP')) {
    const digits = readCallBrackets(reader);
    return { default: digits === '' ? 'CURRENT_TIMESTAMP' : `CURRENT_TIMESTAMP(${digits})` };
  }
  if (reader.acceptSymbol('(')) {
    const { name } = reader.qualifiedName();
    readCallBrackets(reader);
    reader.expectSymbol(')');
    return { default: `${name}()` };
  }
  if (reader.peek().kind !== 'text') throw reader.unexpected(defaults);
  return { default: reader.text() };
}

function readCallBrackets(reader: TokenReader): string {
  if (!reader.acceptSymbol('(')) return '';
  const digits = reader.peek().kind === 'number' ? String(reader.integer()) : '';
  reader.expectSymbol(')');
  return digits;
}

/** `(a + 1)` or `a + 1`, which are the same. */
function readExpression(reader: TokenReader): string {
  const bracketed = reader.seesSymbol('(');
  const expression = bracketed
    ? readBracketed(reader)
    : reader.raw((at) => at.sees('COMMENT') || at.seesSymbol(',') || at.seesSymbol(')'));
  if (expression === '') throw reader.unexpected('an expression');
  return expression;
}

/** What is in brackets; what follows them belongs to the expression only as far as no word does. */
function readBracketed(reader: TokenReader): string {
  reader.expectSymbol('(');
  const inside = reader.raw((at) => at.seesSymbol(')'));
  reader.expectSymbol(')');
  if (reader.peek().kind === 'word' || reader.seesSymbol(',') || reader.seesSymbol(')') || reader.atEnd())
    return inside;
  return `(${inside}) ${reader.raw((at) => at.sees('COMMENT') || at.seesSymbol(',') || at.seesSymbol(')'))}`;
}

function readComment(reader: TokenReader): string {
  return reader.accept('COMMENT') ? reader.text() : '';
}

function skipIndex(reader: TokenReader): void {
  reader.identifier();
  readNames(reader);
  if (reader.accept('USING')) reader.take();
  if (reader.seesSymbol('(')) reader.parenthesized(() => readProperty(reader));
  readComment(reader);
}

function readEngine(reader: TokenReader): string {
  if (!reader.accept('ENGINE')) return 'olap';
  reader.expectSymbol('=');
  return reader.identifier();
}

function readCharset(reader: TokenReader): string {
  const byDefault = reader.accept('DEFAULT');
  if (reader.accept('CHARSET') || reader.accept('CHARACTER', 'SET') || reader.accept('CHAR', 'SET')) {
    reader.acceptSymbol('=');
    return reader.identifier();
  }
  if (byDefault) throw reader.unexpected("'CHARSET'");
  return 'utf8';
}

function readKey(reader: TokenReader): CreateTable['key'] {
  for (const [word, model] of Object.entries(models)) {
    if (reader.accept(word)) {
      reader.expect('KEY');
      return { model, columns: readNames(reader) };
    }
  }
  return undefined;
}

function readDistribution(reader: TokenReader): DeclaredDistribution | undefined {
  const from = reader.position;
  if (!reader.accept('DISTRIBUTED')) return undefined;
  reader.expect('BY');
  const random = reader.accept('RANDOM');
  if (!random) reader.expect('HASH');
  const columns = random ? [] : readNames(reader);
  const buckets = reader.accept('BUCKETS') ? reader.integer() : undefined;
  return { type: random ? 'RANDOM' : 'HASH', columns, ...(buckets && { buckets }), place: reader.place(from) };
}

function readProperties(reader: TokenReader): Record<string, string> {
  if (!reader.accept('PROPERTIES')) return {};
  return Object.fromEntries(reader.parenthesized(() => readProperty(reader)));
}

export function readProperty(reader: TokenReader): [string, string] {
  const name = reader.text();
  reader.expectSymbol('=');
  return [name, reader.text()];
}

function readNames(reader: TokenReader): string[] {
  return reader.parenthesized(() => reader.identifier());
}

import type { Column, TableModel } from '../model.ts';
import { readType } from './column-types.ts';
import { SqlError } from './sql-error.ts';
import type { TokenReader } from './token-reader.ts';

/** What a CREATE TABLE says, before anything is concluded from it. */
export interface CreateTable {
  readonly columns: readonly DeclaredColumn[];
  readonly key: { readonly model: TableModel; readonly columns: readonly string[] } | undefined;
  readonly comment: string;
  /** Every word between PARTITION BY and what follows: columns, functions and their arguments. */
  readonly partitionWords: readonly string[];
  readonly distribution: Distribution | undefined;
  readonly orderBy: readonly string[] | undefined;
  readonly properties: Readonly<Record<string, string>>;
}

export interface DeclaredColumn extends Column {
  /** Whether NULL was written, rather than nothing. */
  readonly explicitlyNullable: boolean;
}

export interface Distribution {
  readonly type: 'HASH' | 'RANDOM';
  readonly columns: readonly string[];
  readonly buckets?: number;
}

const MODELS = {
  PRIMARY: 'PRIMARY_KEYS',
  UNIQUE: 'UNIQUE_KEYS',
  DUPLICATE: 'DUP_KEYS',
  AGGREGATE: 'AGG_KEYS',
} as const;

const AGGREGATES = [
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
  const columns: DeclaredColumn[] = [];
  reader.expectSymbol('(');
  do {
    if (columns.length > 0 && reader.accept('INDEX')) skipIndex(reader);
    else columns.push(readColumn(reader));
  } while (reader.acceptSymbol(','));
  reader.expectSymbol(')');
  readEngine(reader);
  return {
    columns,
    key: readKey(reader),
    comment: readComment(reader),
    partitionWords: readPartition(reader),
    distribution: readDistribution(reader),
    orderBy: reader.accept('ORDER', 'BY') ? readNames(reader) : undefined,
    properties: readProperties(reader),
  };
}

/** `name type [KEY] [aggregate] [NULL | NOT NULL] [DEFAULT … | AUTO_INCREMENT | AS …] [COMMENT "…"]`. */
export function readColumn(reader: TokenReader): DeclaredColumn {
  const name = reader.identifier();
  const type = readType(reader);
  if (reader.accept('CHARACTER', 'SET') || reader.accept('CHAR', 'SET') || reader.accept('CHARSET')) {
    reader.identifier();
  }
  const key = reader.accept('KEY');
  const aggregate = reader.acceptOneOf(AGGREGATES);
  const notNull = reader.accept('NOT', 'NULL');
  const explicitlyNullable = !notNull && reader.accept('NULL');
  const value = readValue(reader);
  return {
    name,
    type,
    key,
    nullable: !notNull && !value.autoIncrement,
    explicitlyNullable,
    ...(aggregate !== undefined && { aggregate }),
    ...value,
    comment: readComment(reader),
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
  return { default: reader.text() };
}

function readCallBrackets(reader: TokenReader): string {
  if (!reader.acceptSymbol('(')) return '';
  const digits = reader.peek().kind === 'number' ? String(reader.integer()) : '';
  reader.expectSymbol(')');
  return digits;
}

function readExpression(reader: TokenReader): string {
  const expression = reader.raw((at) => at.sees('COMMENT') || at.seesSymbol(',') || at.seesSymbol(')'));
  if (expression === '') throw reader.unexpected('an expression');
  return expression;
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

function readEngine(reader: TokenReader): void {
  if (reader.accept('ENGINE')) {
    reader.expectSymbol('=');
    const engine = reader.identifier();
    if (engine.toLowerCase() !== 'olap') throw SqlError.refused(`The stand-in has no engine ${engine}, only olap`);
  }
  const byDefault = reader.accept('DEFAULT');
  if (reader.accept('CHARSET') || reader.accept('CHARACTER', 'SET') || reader.accept('CHAR', 'SET')) {
    reader.acceptSymbol('=');
    reader.identifier();
  } else if (byDefault) throw reader.unexpected("'CHARSET'");
}

function readKey(reader: TokenReader): CreateTable['key'] {
  for (const [word, model] of Object.entries(MODELS)) {
    if (reader.accept(word)) {
      reader.expect('KEY');
      return { model, columns: readNames(reader) };
    }
  }
  return undefined;
}

function readPartition(reader: TokenReader): string[] {
  if (!reader.accept('PARTITION', 'BY')) return [];
  const words: string[] = [];
  const ends = () => reader.sees('DISTRIBUTED') || reader.sees('ORDER', 'BY') || reader.sees('PROPERTIES');
  if (reader.accept('RANGE') || reader.accept('LIST')) {
    words.push(...readNames(reader));
    if (reader.seesSymbol('(')) reader.raw(ends);
    return words;
  }
  while (!reader.atEnd() && !ends()) {
    const token = reader.take();
    if (token.kind === 'word' || token.kind === 'quoted-name') words.push(token.value);
  }
  if (words.length === 0) throw reader.unexpected('a legal identifier');
  return words;
}

function readDistribution(reader: TokenReader): Distribution | undefined {
  if (!reader.accept('DISTRIBUTED')) return undefined;
  reader.expect('BY');
  const random = reader.accept('RANDOM');
  if (!random) reader.expect('HASH');
  const columns = random ? [] : readNames(reader);
  const buckets = reader.accept('BUCKETS') ? reader.integer() : undefined;
  if (buckets === 0) throw SqlError.refused('Number of hash distribution should be greater than zero.');
  return { type: random ? 'RANDOM' : 'HASH', columns, ...(buckets !== undefined && { buckets }) };
}

function readProperties(reader: TokenReader): Record<string, string> {
  if (!reader.accept('PROPERTIES')) return {};
  return Object.fromEntries(reader.parenthesized(() => readProperty(reader)));
}

function readProperty(reader: TokenReader): [string, string] {
  const name = reader.text();
  reader.expectSymbol('=');
  return [name, reader.text()];
}

function readNames(reader: TokenReader): string[] {
  return reader.parenthesized(() => reader.identifier());
}

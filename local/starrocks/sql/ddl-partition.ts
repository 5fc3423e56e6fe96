import type { Column, ColumnType, TableModel } from '../model.ts';
import { SqlError } from './sql-error.ts';
import type { TokenReader } from './token-reader.ts';
import { typeName } from './type-words.ts';

/** What stands after PARTITION BY. */
export interface PartitionClause {
  readonly kind: 'columns' | 'expression' | 'range' | 'list';
  /** Columns by name, or every word of the expression. */
  readonly words: readonly string[];
  /** As written: the expression, or what follows the columns of RANGE and LIST. */
  readonly written: string;
  /** Of RANGE, when all are given by their bounds. */
  readonly ranges?: readonly Range[];
  /** Of an expression that is one call. */
  readonly call?: Call;
}

interface Range {
  readonly name: string;
  /** Literals as written; MAXVALUE too. */
  readonly lower?: readonly string[];
  readonly upper: readonly string[];
}

interface Call {
  readonly name: string;
  readonly place: string;
  /** The first argument, when it is a text. */
  readonly text?: { readonly value: string; readonly place: string };
}

/** What can be the first argument of date_trunc. */
const units = 'year|quarter|month|week|day|hour|minute|second';

export function readPartition(reader: TokenReader): PartitionClause | undefined {
  if (!reader.accept('PARTITION', 'BY')) return undefined;
  const kind = reader.acceptOneOf(['RANGE', 'LIST'])?.toLowerCase() as 'range' | 'list' | undefined;
  if (kind !== undefined) {
    const words = reader.parenthesized(() => reader.identifier());
    const from = reader.position;
    const ranges = kind === 'range' ? readRanges(reader) : undefined;
    if (ranges !== undefined) return { kind, words, written: '', ranges };
    reader.rewind(from);
    return { kind, words, written: reader.seesSymbol('(') ? reader.raw(ends) : '' };
  }
  if (reader.seesSymbol('(')) return readColumns(reader);
  return readExpression(reader);
}

function ends(reader: TokenReader): boolean {
  return reader.sees('DISTRIBUTED') || reader.sees('ORDER', 'BY') || reader.sees('PROPERTIES');
}

/** `(region, dt)`; anything else in brackets is an expression. */
function readColumns(reader: TokenReader): PartitionClause {
  const from = reader.position;
  const words: string[] = [];
  reader.expectSymbol('(');
  while (reader.seesIdentifier()) {
    words.push(reader.identifier());
    if (!reader.acceptSymbol(',')) break;
  }
  if (reader.acceptSymbol(')') && (reader.atEnd() || ends(reader))) return { kind: 'columns', words, written: '' };
  reader.rewind(from);
  return readExpression(reader);
}

function readExpression(reader: TokenReader): PartitionClause {
  const from = reader.position;
  const words: string[] = [];
  const isCall = reader.seesIdentifier() && reader.seesSymbol('(', 1);
  const name = reader.peek().value;
  const argument = reader.peek(2);
  const text =
    argument.kind === 'text' ? { value: argument.value, place: reader.placeOf(from + 2, from + 2) } : undefined;
  while (!reader.atEnd() && !ends(reader)) {
    const token = reader.take();
    if (token.kind === 'word' || token.kind === 'quoted-name') words.push(token.value);
  }
  if (words.length === 0) throw reader.unexpected('a legal identifier');
  const written = reader.written(from);
  if (!isCall) return { kind: 'expression', words, written };
  const call = { name: name.toLowerCase(), place: reader.place(from), ...(text !== undefined && { text }) };
  return { kind: 'expression', words, written, call };
}

/** `(PARTITION p VALUES LESS THAN ("…"), PARTITION q VALUES [("…"), ("…")))`; undefined for all other forms. */
function readRanges(reader: TokenReader): Range[] | undefined {
  if (!reader.acceptSymbol('(')) return undefined;
  const ranges: Range[] = [];
  while (reader.accept('PARTITION')) {
    reader.accept('IF', 'NOT', 'EXISTS');
    const name = reader.identifier();
    if (!reader.accept('VALUES')) return undefined;
    if (reader.accept('LESS', 'THAN')) {
      ranges.push({ name, upper: reader.accept('MAXVALUE') ? ['MAXVALUE'] : readLiterals(reader) });
    } else {
      reader.expectSymbol('[');
      const lower = readLiterals(reader);
      reader.expectSymbol(',');
      ranges.push({ name, lower, upper: readLiterals(reader) });
      reader.expectSymbol(')');
    }
    if (!reader.acceptSymbol(',')) break;
  }
  return reader.acceptSymbol(')') ? ranges : undefined;
}

function readLiterals(reader: TokenReader): string[] {
  return reader.parenthesized(() => (reader.accept('MAXVALUE') ? 'MAXVALUE' : reader.text()));
}

/**
 * Which columns the table is partitioned by, and how that is shown.
 *
 * @throws SqlError for columns that there are not, or that cannot part rows
 * @source ExpressionPartitionDesc.analyze and its neighbours; test/fixtures/recorded/create-table-refusals.json
 */
export function concludePartition(
  clause: PartitionClause | undefined,
  columns: readonly Column[],
  model: TableModel,
): { readonly partitions: readonly string[]; readonly partitionBy?: string } {
  if (clause === undefined) return { partitions: [] };
  const found = columns.filter(({ name }) => clause.words.some((word) => word.toLowerCase() === name.toLowerCase()));
  const missing =
    clause.kind === 'expression' ? (found.length === 0 ? clause.words.at(-1) : undefined) : absent(clause, columns);
  if (missing !== undefined) throw SqlError.refused(`Partition column[${missing}] does not exist in column list.`);
  if (clause.call !== undefined && found[0] !== undefined) checkCall(clause, clause.call, found[0].type);
  if (model !== 'DUP_KEYS' && found.some(({ key }) => !key)) {
    throw SqlError.refused(
      "The partition column could not be aggregated column and unique table's partition column must be key column",
    );
  }
  return { partitions: found.map(({ name }) => name), partitionBy: shown(clause, found) };
}

function absent({ words }: PartitionClause, columns: readonly Column[]): string | undefined {
  return words.find((word) => !columns.some(({ name }) => name.toLowerCase() === word.toLowerCase()));
}

function checkCall({ written }: PartitionClause, { name, text, place }: Call, type: ColumnType): void {
  if (name === 'date_trunc' && text !== undefined && !units.split('|').includes(text.value.toLowerCase())) {
    throw SqlError.refusedAt(text.place, `date_trunc function can't support argument other than ${units}`);
  }
  if ((name === 'date_trunc' || name === 'time_slice') && type.base !== 'DATE' && type.base !== 'DATETIME') {
    throw SqlError.refusedAt(place, `Unsupported partition type ${typeName(type)} for function ${written}`);
  }
}

function shown(clause: PartitionClause, found: readonly Column[]): string {
  if (clause.kind === 'expression') return clause.written;
  const columns = `(${found.map(({ name }) => `\`${name}\``).join(', ')})`;
  if (clause.kind === 'columns') return columns;
  const name = clause.kind.toUpperCase();
  return `${name}${columns}\n${clause.ranges === undefined ? clause.written : shownRanges(clause.ranges, found)}`;
}

/** A partition that is given by its end alone begins where the one before ends. */
function shownRanges(ranges: readonly Range[], columns: readonly Column[]): string {
  let end = columns.map(({ type }) => least[type.base] ?? '');
  const lines = ranges.map(({ name, lower = end, upper }) => {
    end = [...upper];
    return `PARTITION ${name} VALUES [${bound(lower)}, ${bound(upper)})`;
  });
  return `(${lines.join(',\n')})`;
}

function bound(values: readonly string[]): string {
  return `(${values.map((value) => (value === 'MAXVALUE' ? value : `"${value}"`)).join(', ')})`;
}

const least: Readonly<Record<string, string>> = {
  DATE: '0000-01-01',
  DATETIME: '0000-01-01 00:00:00',
  TINYINT: '-128',
  SMALLINT: '-32768',
  INT: '-2147483648',
  BIGINT: '-9223372036854775808',
  LARGEINT: '-170141183460469231731687303715884105728',
};

import type { ColumnType } from '../model.ts';
import { SqlError } from './sql-error.ts';
import type { TokenReader } from './token-reader.ts';

/** How types without parameters of their own are called; each may carry a display width, which means nothing. */
const integers: Readonly<Record<string, { readonly base: string; readonly text: string }>> = {
  TINYINT: { base: 'TINYINT', text: 'tinyint(4)' },
  SMALLINT: { base: 'SMALLINT', text: 'smallint(6)' },
  INT: { base: 'INT', text: 'int(11)' },
  INTEGER: { base: 'INT', text: 'int(11)' },
  BIGINT: { base: 'BIGINT', text: 'bigint(20)' },
  LARGEINT: { base: 'LARGEINT', text: 'bigint(20) unsigned' },
};

/** TIME is a type that no column has. */
const plainTypes: Readonly<Record<string, { readonly base: string; readonly text: string }>> = {
  BOOLEAN: { base: 'BOOLEAN', text: 'tinyint(1)' },
  FLOAT: { base: 'FLOAT', text: 'float' },
  DOUBLE: { base: 'DOUBLE', text: 'double' },
  DATE: { base: 'DATE', text: 'date' },
  DATETIME: { base: 'DATETIME', text: 'datetime' },
  TIME: { base: 'TIME', text: 'time' },
  JSON: { base: 'JSON', text: 'json' },
  BITMAP: { base: 'BITMAP', text: 'bitmap' },
  HLL: { base: 'HLL', text: 'hll' },
  PERCENTILE: { base: 'PERCENTILE', text: 'percentile' },
};

/** The most digits that each way to write DECIMAL takes. DECIMALV2 dates from before DECIMALV3. */
const decimals: Readonly<Record<string, number>> = {
  DECIMAL: 76,
  DECIMALV2: 27,
  DECIMAL32: 9,
  DECIMAL64: 18,
  DECIMAL128: 38,
  NUMERIC: 76,
  NUMBER: 76,
};

const textTypes = ['CHAR', 'VARCHAR', 'STRING', 'TEXT', 'VARBINARY', 'BINARY'];

/** Most bytes of a VARCHAR or VARBINARY; STRING and TEXT are shorter. */
const maxVarcharBytes = 1_048_576;
const stringBytes = 65_533;
const maxCharBytes = 255;

/** The first words that a type can begin with, as syntax errors list them. */
const someTypes = "'ARRAY', 'BIGINT', 'BINARY', 'BITMAP', 'BOOLEAN'";

/**
 * Reads a type: `INT(11)`, `DECIMAL(10, 2)`, `VARCHAR(20)`, `ARRAY<MAP<INT, STRUCT<a INT>>>`, …
 *
 * @throws SqlError for an unknown type, and for lengths and digits out of range
 * @source baseType, decimalType, arrayType, mapType and structType in the StarRocks grammar; texts as ScalarType prints
 *   them for MySQL clients; test/fixtures/recorded/create-table-refusals.json
 */
export function readType(reader: TokenReader): ColumnType {
  const { kind, value } = reader.peek();
  const word = kind === 'word' ? value.toUpperCase() : '';
  const plain = plainTypes[word];
  const integer = integers[word];
  if (decimals[word] !== undefined) return decimalType(reader);
  if (word === 'ARRAY' || word === 'MAP' || word === 'STRUCT') return nestedType(reader, word);
  if (textTypes.includes(word)) return textType(reader, word);
  if (plain === undefined && integer === undefined && !reader.seesIdentifier()) throw reader.unexpected(someTypes);
  const isName = reader.seesIdentifier();
  reader.take();
  if (integer !== undefined) {
    optionalLength(reader);
    return integer;
  }
  if (plain === undefined || (isName && reader.seesSymbol('('))) throw noAggregateState(reader);
  return plain;
}

/** Any name may be that of an aggregate function, whose state is the type: `name(type, …)`. */
function noAggregateState(reader: TokenReader): SqlError {
  reader.expectSymbol('(');
  readType(reader);
  return SqlError.refused('The stand-in keeps no states of aggregate functions');
}

function textType(reader: TokenReader, word: string): ColumnType {
  reader.take();
  if (word === 'STRING' || word === 'TEXT') {
    return { base: 'VARCHAR', length: stringBytes, text: `varchar(${stringBytes})` };
  }
  const given = optionalLength(reader);
  if (word === 'CHAR') {
    const length = inRange('Char', given ?? 1, maxCharBytes);
    return { base: 'CHAR', length, text: `char(${length})` };
  }
  if (word === 'VARCHAR') {
    const length = inRange('Varchar', given ?? 1, maxVarcharBytes);
    return { base: 'VARCHAR', length, text: `varchar(${length})` };
  }
  const length = inRange('VARBINARY', given ?? maxVarcharBytes, maxVarcharBytes);
  return { base: 'VARBINARY', length, text: given === undefined ? 'varbinary' : `varbinary(${length})` };
}

/** A length of 0 counts as none: 1. */
function inRange(name: string, length: number, most: number): number {
  if (length > most) throw SqlError.refused(`${name} size must be <= ${most}: ${length}`);
  return Math.max(1, length);
}

function optionalLength(reader: TokenReader): number | undefined {
  return reader.seesSymbol('(') ? reader.parenthesized(() => reader.integer())[0] : undefined;
}

function decimalType(reader: TokenReader): ColumnType {
  const word = reader.take().value.toUpperCase();
  const most = decimals[word] ?? 38;
  const usual = /\d/.test(word) ? [most, 9] : [10, 0];
  const [written = 10, scale = 0, ...more] = reader.seesSymbol('(')
    ? reader.parenthesized(() => reader.integer())
    : usual;
  if (more.length > 0) throw reader.unexpected("')'");
  if (word === 'DECIMALV2' && written > most) {
    throw SqlError.refused(`Precision of DECIMALV2 must between 1 and ${most}, precision was set to: ${written}.`);
  }
  if (written > most) throw SqlError.failed(`DECIMAL's precision should range from 1 to ${most}`);
  if (scale > written) {
    throw SqlError.failed(`DECIMAL(P[,S]) type P must be greater than or equal to the value of S`);
  }
  const precision = Math.max(1, written);
  return { base: 'DECIMAL', precision, scale, text: `decimal(${precision}, ${scale})` };
}

function nestedType(reader: TokenReader, base: 'ARRAY' | 'MAP' | 'STRUCT'): ColumnType {
  reader.take();
  reader.expectSymbol('<');
  const elements: ColumnType[] = [];
  const fieldNames: string[] = [];
  do {
    if (base === 'STRUCT') fieldNames.push(reader.identifier());
    elements.push(readType(reader));
  } while ((base === 'STRUCT' || (base === 'MAP' && elements.length < 2)) && reader.acceptSymbol(','));
  if (base === 'MAP' && elements.length < 2) throw reader.unexpected("','");
  reader.expectSymbol('>');
  const texts = elements.map(({ text }, index) => (base === 'STRUCT' ? `${fieldNames[index]} ${text}` : text));
  const text = `${base.toLowerCase()}<${texts.join(base === 'STRUCT' ? ', ' : ',')}>`;
  return { base, elements, ...(base === 'STRUCT' && { fieldNames }), text };
}

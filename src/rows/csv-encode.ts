import { notationProblems, nullText } from '../kit/csv-notation.ts';
import { SinkError } from '../kit/errors.ts';
import type { CsvLayout } from './csv-rows.ts';

interface CsvEncoderOptions extends CsvLayout {
  /** Column names, for messages only. */
  readonly columns?: readonly string[] | undefined;
}

export type CsvEncoder = (values: readonly (string | null)[]) => string;

/**
 * Makes a function that writes one CSV row such that StarRocks reads the same values back, or refuses to.
 *
 * @in     delimiters already decoded
 * @out    (values, null = NULL) → the row's text, without a row delimiter at its end
 * @throws SinkError OPTIONS_INVALID here: a layout that cannot be read back;
 *         VALUE_NOT_ENCODABLE from the function: a value that this layout cannot carry
 * @source StarRocks csv_reader.cpp: NULL is compared after enclose and escape are taken away; blank lines are skipped
 */
export function createCsvEncoder(options: CsvEncoderOptions): CsvEncoder {
  const problems = notationProblems(options);
  if (problems.length > 0) throw new SinkError('OPTIONS_INVALID', problems.join(' '));
  const encodeField = options.enclose === undefined ? createBareField(options) : createEnclosedField(options);
  const nullField = options.escape === '\\' ? `\\${nullText}` : nullText;
  // An empty line is skipped; enclosed emptiness is not.
  const emptyRow = options.enclose === undefined ? undefined : options.enclose.repeat(2);

  return (values) => {
    let line = '';
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? null;
      if (i > 0) line += options.columnSeparator;
      line += value === null ? nullField : encodeField(value, i);
    }
    if (line !== '') return line;
    if (emptyRow !== undefined) return emptyRow;
    throw refusal(options, 0, 'is empty and alone in its row, which makes a blank line, and StarRocks skips those');
  };
}

type FieldEncoder = (value: string, index: number) => string;

/** Without enclose: special characters are escaped when there is an escape character, and otherwise refused. */
function createBareField(options: CsvEncoderOptions): FieldEncoder {
  const { columnSeparator, rowDelimiter, escape: escapeMark } = options;
  if (escapeMark !== undefined) {
    const special = anyOf(columnSeparator, rowDelimiter, escapeMark);
    return (value, index) => {
      refuseNullText(options, value, index);
      return value.replace(special, (found) => escapeMark + found);
    };
  }
  return (value, index) => {
    refuseNullText(options, value, index);
    if (holds(value, columnSeparator)) throw refusal(options, index, 'holds the column separator');
    if (holds(value, rowDelimiter)) throw refusal(options, index, 'holds the row delimiter');
    return value;
  };
}

/** With enclose: a field is enclosed when anything in it could be read as more than data. */
function createEnclosedField(options: CsvEncoderOptions): FieldEncoder {
  const { columnSeparator, rowDelimiter, enclose = '', escape: escapeMark } = options;
  const special = anyOf(columnSeparator, rowDelimiter, enclose, escapeMark ?? '', '\r', '\n');
  const doubled = enclose + enclose;
  return (value, index) => {
    refuseNullText(options, value, index);
    if (value.search(special) < 0) return value;
    const escaped = escapeMark === undefined ? value : value.replaceAll(escapeMark, () => escapeMark + escapeMark);
    return enclose + escaped.replaceAll(enclose, () => doubled) + enclose;
  };
}

/**
 * True when reading `value` followed by the delimiter would stop early: the value holds it, or ends with a part of it
 * (`a|` before `||`).
 */
function holds(value: string, delimiter: string): boolean {
  if (delimiter.length === 1) return value.includes(delimiter);
  return (value + delimiter).indexOf(delimiter) < value.length;
}

function refuseNullText(options: CsvEncoderOptions, value: string, index: number): void {
  if (value === nullText) throw refusal(options, index, 'is the text \\N, which StarRocks reads as NULL');
}

function refusal({ columns }: CsvEncoderOptions, index: number, found: string): SinkError {
  const name = columns?.[index];
  const field = name === undefined ? `Field ${index + 1}` : `Column ${name}`;
  return new SinkError('VALUE_NOT_ENCODABLE', `${field} ${found}.`);
}

function anyOf(...texts: readonly string[]): RegExp {
  const codes = [...new Set(texts.join(''))].map((char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);
  return new RegExp(`[${codes.join('')}]`, 'gu');
}

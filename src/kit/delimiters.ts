import { SinkError } from './errors.ts';

const hexNotation = /^(?:\\{1,2}|0)[xX](.*)$/s;
const maxDelimiterBytes = 50;

/**
 * Reads a CSV delimiter as StarRocks does: `\x01`, `\\x01` and `0x01` are bytes in hex, anything else stands for itself.
 *
 * @in     text as written in `sink.properties.column_separator` or `row_delimiter`; a written `\t` is two characters
 * @out    the delimiter itself, 1 to 50 UTF-8 bytes
 * @throws SinkError OPTIONS_INVALID: empty, too long, not hex, or a hex byte above 7F (StarRocks widens it to another character)
 * @source StarRocks Delimiter.java, CsvFormat.java (50 bytes)
 */
export function decodeDelimiter(text: string): string {
  const hex = hexNotation.exec(text)?.[1];
  const delimiter = hex === undefined ? text : decodeHex(text, hex);
  const bytes = Buffer.byteLength(delimiter);
  if (bytes < 1 || bytes > maxDelimiterBytes) {
    throw new SinkError(
      'OPTIONS_INVALID',
      `A CSV delimiter has ${bytes} bytes; StarRocks takes 1 to ${maxDelimiterBytes}.`,
    );
  }
  return delimiter;
}

function decodeHex(text: string, hex: string): string {
  if (!/^(?:[0-7][0-9a-f])+$/i.test(hex)) {
    throw new SinkError(
      'OPTIONS_INVALID',
      `The CSV delimiter ${JSON.stringify(text)} is not pairs of hex digits between 00 and 7F.`,
    );
  }
  return Buffer.from(hex, 'hex').toString('latin1');
}

/** True when one holds the other, or the end of `a` is the beginning of `b`. */
export function runsInto(a: string, b: string): boolean {
  return a.includes(b) || endBegins(a, b);
}

function endBegins(a: string, b: string): boolean {
  for (let length = 1; length < a.length; length++) {
    if (b.startsWith(a.slice(-length))) return true;
  }
  return false;
}

/**
 * Says why text cut at these delimiters could be cut in two ways: `a|||b` at `||` is `a`, `|b` or `a|`, `b`.
 *
 * @in   delimiters as they are written in options
 * @out  undefined: nothing is wrong
 */
export function delimiterProblem(columnSeparator: string, rowDelimiter: string): string | undefined {
  const [column, row] = [decodeDelimiter(columnSeparator), decodeDelimiter(rowDelimiter)];
  const overlapping = [
    { name: 'sink.properties.column_separator', delimiter: column },
    { name: 'sink.properties.row_delimiter', delimiter: row },
  ].find(({ delimiter }) => endBegins(delimiter, delimiter));
  if (overlapping) {
    const { name, delimiter } = overlapping;
    return `${name} = ${JSON.stringify(delimiter)} overlaps itself: a value that ends with a part of it is cut at the wrong place; take one whose end is not its beginning.`;
  }
  return runsInto(column, row) || runsInto(row, column)
    ? `sink.properties.column_separator = ${JSON.stringify(column)} and row_delimiter = ${JSON.stringify(row)} run into each other: one holds the other, or begins where it ends.`
    : undefined;
}

import { SinkError } from '../kit/errors.ts';

const HEX_NOTATION = /^(?:\\{1,2}|0)[xX](.*)$/s;
const MAX_DELIMITER_BYTES = 50;

/**
 * Reads a CSV delimiter as StarRocks does: `\x01`, `\\x01` and `0x01` are bytes in hex, anything else stands for itself.
 *
 * @in     text as written in `sink.properties.column_separator` or `row_delimiter`; a written `\t` is two characters
 * @out    the delimiter itself, 1 to 50 UTF-8 bytes
 * @throws SinkError OPTIONS_INVALID: empty, too long, not hex, or a hex byte above 7F (StarRocks widens it to another character)
 * @source StarRocks Delimiter.java, CsvFormat.java (50 bytes)
 */
export function decodeDelimiter(text: string): string {
  const hex = HEX_NOTATION.exec(text)?.[1];
  const delimiter = hex === undefined ? text : decodeHex(text, hex);
  const bytes = Buffer.byteLength(delimiter);
  if (bytes < 1 || bytes > MAX_DELIMITER_BYTES) {
    throw new SinkError(
      'OPTIONS_INVALID',
      `A CSV delimiter has ${bytes} bytes; StarRocks takes 1 to ${MAX_DELIMITER_BYTES}.`,
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

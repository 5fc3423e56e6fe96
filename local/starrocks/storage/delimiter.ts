export type Delimiter =
  | { readonly ok: true; readonly bytes: string }
  | { readonly ok: false; readonly message: string };

const maxBytes = 50;

/**
 * Reads column_separator and row_delimiter: hexadecimal after `\x` or `0x`, otherwise the value itself. A hexadecimal
 * byte above 7F becomes a character, and so two bytes, as in StarRocks.
 *
 * @out bytes: the delimiter in UTF-8, one byte per character of the string
 * @source Delimiter.java, CsvFormat.java
 */
export function parseDelimiter(header: string, value: string): Delimiter {
  const refused = (detail: string): Delimiter => ({ ok: false, message: `Invalid delimiter '${value}': ${detail}` });
  let text = value;
  if (/^(\\x|0x)/i.test(value)) {
    const hex = value.slice(2);
    if (hex === '') return refused('empty hex string');
    if (!/^[\da-f]+$/i.test(hex)) return refused('invalid hex format');
    if (hex.length % 2 !== 0) return refused('hex length must be a even number');
    text = Buffer.from(hex, 'hex').toString('latin1');
  }
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  if (bytes.length < 1 || bytes.length > maxBytes) {
    return { ok: false, message: `The valid bytes length for '${header}' is [1, ${maxBytes}]` };
  }
  return { ok: true, bytes };
}

/**
 * Takes row data out of texts that StarRocks writes, so that they can be logged: column names and reasons stay.
 */

const longestMessage = 500;
const redacted = '[redacted]';
const namesBeforeQuote = /(?:column|columns|field|name|table|type of|separator:|delimiter:)\s*=?\s*$/i;

/**
 * An error log as it may be kept: one line per error, `Row: …`, `Value: …` and quoted values redacted.
 *
 * Lines that do not begin an error are dropped: they are the rest of a row with a line break in a value.
 *
 * @source recorded format: `Error: NULL value in non-nullable column 'name'. Row: [1, NULL, 100, 0]`
 */
export function sanitizeErrorLog(text: string): string {
  return text
    .split('\n')
    .filter((line) => /^\s*(?:error|reason)\b/i.test(line))
    .map((line) => redactQuoted(redactNamed(line)).trim())
    .join('\n');
}

/** A Message of StarRocks on one line, without row data, at most 500 characters. Quoted names stay. */
export function sanitizeMessage(text: string): string {
  const line = redactNamed(text.replace(/\s+/g, ' ').trim());
  return line.length > longestMessage ? `${line.slice(0, longestMessage)}…` : line;
}

/** What is introduced by name runs to the end of the line: a value may hold any character. */
function redactNamed(line: string): string {
  return line
    .replace(/\b(row|src line|value)(\s*[:=]\s*).*$/i, `$1$2${redacted}`)
    .replace(/\b(value) '.*'(?= is out of range)/i, `$1 ${redacted}`)
    .replace(/(illegal json started with) .*$/i, `$1 ${redacted}`);
}

function redactQuoted(line: string): string {
  return line.replace(/(?<!\w)(['"]).*?\1(?!\w)/g, (quoted, _quote, offset: number) =>
    namesBeforeQuote.test(line.slice(0, offset)) ? quoted : redacted,
  );
}

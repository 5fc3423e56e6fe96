/** @source  MySQL, sql/system_variables.h, and MariaDB, sql/sql_class.h: MODE_ANSI_QUOTES, MODE_NO_BACKSLASH_ESCAPES */
const ansiQuotes = 4n;
const noBackslashEscapes = 1n << 20n;

const comment = '\\/\\*[\\s\\S]*?\\*\\/|#[^\\n]*|--(?=\\s|$)[^\\n]*';
const backticks = '`(?:[^`]|``)*`';

/**
 * A statement as a session of the usual sql_mode would write it: names in backticks, where ANSI_QUOTES has them in double quotes, and
 * backslashes in strings twice, where NO_BACKSLASH_ESCAPES lets one stand for itself.
 */
export function usualQuotes(text: string, sqlMode: bigint): string {
  const isAnsi = (sqlMode & ansiQuotes) !== 0n;
  const isLiteral = (sqlMode & noBackslashEscapes) !== 0n;
  if (!isAnsi && !isLiteral) return text;
  const body = (quote: string) =>
    isLiteral ? `(?:[^${quote}]|${quote}${quote})*` : `(?:[^${quote}\\\\]|\\\\[\\s\\S]|${quote}${quote})*`;
  const double = isAnsi ? '"((?:[^"]|"")*)"' : `"${body('"')}"()`;
  // What only some servers run, `/*! … */`, is no comment here.
  const parts = new RegExp(`(?!\\/\\*M?!)(?:${comment})|${backticks}|${double}|'${body("'")}'`, 'g');
  return text.replace(parts, (part: string, name?: string) => {
    if (isAnsi && part.startsWith('"')) return `\`${(name ?? '').replaceAll('""', '"').replaceAll('`', '``')}\``;
    return isLiteral && /^['"]/.test(part) ? part.replaceAll('\\', '\\\\') : part;
  });
}

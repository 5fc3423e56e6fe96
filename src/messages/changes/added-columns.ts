/** Clauses of ADD that are none of a column. */
const noColumn =
  /^(?:CONSTRAINT|INDEX|KEY|UNIQUE|PRIMARY|FOREIGN|FULLTEXT|SPATIAL|VECTOR|CHECK|PARTITION|PERIOD|SYSTEM)\b/i;

/** What gives the rows that are there already a value, of which no event tells. */
const fills =
  /\bDEFAULT\b(?!\s+NULL\b)|\bNOT\s+NULL\b|\bAUTO_INCREMENT\b|\bIDENTITY\b|\b(?:BIG|SMALL)?SERIAL\b|\bGENERATED\b|\bAS\s*\(|\b(?:PRIMARY|UNIQUE)\b/i;

/**
 * Whether a statement does nothing but add columns to a table that are NULL in the rows which are there: so they are in a table that gets such
 * columns alike.
 *
 * @in  sql: of MySQL, MariaDB, Postgres or SQL Server; what is not understood adds no columns
 */
export function addsColumnsOnly(sql: unknown): boolean {
  if (typeof sql !== 'string') return false;
  const text = sql.replaceAll(/\/\*[\s\S]*?\*\/|--[^\n]*/g, ' ').trim();
  const [, clauses] =
    /^ALTER\s+(?:\w+\s+)*?TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?(?:[`"[][^`"\]]+[`"\]]|[^\s`"[]+)(?:\.(?:[`"[][^`"\]]+[`"\]]|[^\s`"[]+))*\s+([\s\S]+?);?$/i.exec(
      text,
    ) ?? [];
  if (clauses === undefined) return false;
  const parts = clausesOf(clauses);
  return parts.length > 0 && addsEach(parts);
}

/** SQL Server, and brackets of MySQL, say ADD once for several columns. */
function addsEach([first = '', ...others]: readonly string[]): boolean {
  const [, isList, rest = ''] = /^ADD\s*(\()?\s*(?:COLUMN\s+)?(?:IF\s+NOT\s+EXISTS\s+)?([\s\S]*)$/i.exec(first) ?? [];
  if (rest === '' || noColumn.test(rest) || fills.test(rest.replaceAll(quoted, "''"))) return false;
  return isList !== undefined || others.every((clause) => /^ADD\b/i.test(clause) && addsEach([clause]));
}

const quoted = /'(?:[^'\\]|\\.|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`/g;

/** Cut at commas that stand in no brackets and in no quotes. */
function clausesOf(text: string): readonly string[] {
  const parts = [''];
  let depth = 0;
  for (const [token] of text.matchAll(new RegExp(`${quoted.source}|[\\s\\S]`, 'g'))) {
    if (token === '(') depth++;
    if (token === ')') depth--;
    if (token === ',' && depth === 0) parts.push('');
    else parts.push(parts.pop() + token);
  }
  return parts.map((part) => part.trim());
}

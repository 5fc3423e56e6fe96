import { reservedWords } from '../sql/reserved-words.ts';

/** One item of the header `columns`: a name for the next source field, or a mapping `name=expression`. */
export interface ColumnItem {
  readonly name: string;
  readonly expression?: string;
}

export type ColumnItems =
  | { readonly ok: true; readonly items: readonly ColumnItem[] }
  | { readonly ok: false; readonly message: string };

const namePattern = /^(?:`([^`]+)`|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\d+[A-Za-z_][\w]*))/;

/**
 * Splits `columns`. Names that are not plain words need back-ticks; a name may come once as a field and once as a mapping.
 *
 * @source Load.initColumns, StreamLoadInfo.setColumnToColumnExpr
 */
export function parseColumns(header: string): ColumnItems {
  const items: ColumnItem[] = [];
  let offset = 0;
  for (const part of splitAtCommas(header)) {
    const text = part.trim();
    const name = namePattern.exec(text);
    const rest = name === null ? text : text.slice(name[0].length).trim();
    const isReserved = reservedWords.has(name?.[2]?.toUpperCase() ?? '');
    if (name === null || isReserved || (rest !== '' && !/^=\s*[^=\s]/.test(rest))) {
      const start = offset + part.indexOf(text);
      return { ok: false, message: syntaxError(text, start, name === null || isReserved ? text : rest) };
    }
    const plain = { name: name[1] ?? name[2] ?? '' };
    items.push(rest === '' ? plain : { ...plain, expression: rest.slice(1).trim() });
    offset += part.length + 1;
  }
  const repeated =
    repeatedName(
      items.filter((item) => item.expression === undefined),
      'Duplicate column: ',
    ) ??
    repeatedName(
      items.filter((item) => item.expression !== undefined),
      'Duplicate column mapping: ',
    );
  return repeated === undefined ? { ok: true, items } : { ok: false, message: repeated };
}

/** What the frontend parses is `COLUMNS (…)`. @in start: of the item in the header; rest: of the item, from where it goes wrong */
function syntaxError(item: string, start: number, rest: string): string {
  const [unexpected = ''] = /^(?:[\w$\u0080-\uffff]+|.)/s.exec(rest) ?? [];
  const at = item.length - rest.length;
  const place = `Getting syntax error at line 1, column ${'COLUMNS ('.length + start + at}. Detail message: `;
  if (at === 0) return `${place}Unexpected input '${unexpected}', the most similar input is {a legal identifier}.`;
  return `${place}No viable statement for input '${item.slice(0, at + unexpected.length)}'.`;
}

function repeatedName(items: readonly ColumnItem[], complaint: string): string | undefined {
  const seen = new Set<string>();
  for (const { name } of items) {
    const key = name.toLowerCase();
    if (seen.has(key)) return complaint + name;
    seen.add(key);
  }
  return undefined;
}

/** Commas inside brackets, quotes and back-ticks do not separate. */
function splitAtCommas(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === "'" || char === '"' || char === '`') at = closingQuote(text, at);
    else if (char === '(' || char === '[') depth += 1;
    else if (char === ')' || char === ']') depth -= 1;
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** The index of the quote that closes the one at `open`; the last index when none does. A backslash takes the next character along. */
export function closingQuote(text: string, open: number): number {
  const quote = text.charAt(open);
  for (let at = open + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '\\' && quote !== '`') at += 1;
    else if (char === quote) {
      if (text.charAt(at + 1) !== quote) return at;
      at += 1;
    }
  }
  return text.length - 1;
}

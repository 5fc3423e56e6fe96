/** What an ALTER TABLE does to columns: indexes, comments, engines and the like are nothing to a copy. */

export type ColumnClause =
  /** `fills`: rows that are there get a value that is not NULL: a constant, or one that only the server knows. */
  | { readonly kind: 'add'; readonly column: string; readonly fills?: 'constant' | 'unknown' }
  | { readonly kind: 'drop'; readonly column: string }
  /** The values of rows that are there may have been converted. */
  | { readonly kind: 'modify'; readonly column: string }
  | { readonly kind: 'rename'; readonly column: string; readonly to: string }
  /** Text of all columns is converted. */
  | { readonly kind: 'convert' }
  /** The primary key. */
  | { readonly kind: 'key' };

const quoted = /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`/g;
const name = '(?:`(?:[^`]|``)+`|[^\\s`.,;()]+)';
const tableName = `(?:${name}\\s*\\.\\s*)?${name}`;
const head = new RegExp(
  `^[\\s\\S]*?\\bALTER\\s+(?:(?:ONLINE|OFFLINE|IGNORE)\\s+)*TABLE\\s+(?:IF\\s+EXISTS\\s+)?${tableName}(?:\\s+(?:WAIT\\s+\\d+|NOWAIT)\\b)?`,
  'i',
);
const comments =
  /('(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`)|\/\*M?!\d*|\/\*[\s\S]*?\*\/|\*\/|#[^\n]*|--(?=\s|$)[^\n]*/g;
/** What may be added or dropped and is no column, unless it stands in backticks. */
const noColumn = '(?:UNIQUE|INDEX|KEY|CONSTRAINT|FOREIGN|FULLTEXT|SPATIAL|VECTOR|CHECK|PARTITION|PERIOD|SYSTEM)\\b';
const at = (pattern: string) => new RegExp(`^${pattern}`, 'i');
const patterns = {
  key: at(`(?:ADD\\s+(?:CONSTRAINT\\s+(?:(?!PRIMARY\\b)${name}\\s+)?)?PRIMARY\\s+KEY|DROP\\s+PRIMARY\\s+KEY)\\b`),
  addList: at('ADD\\s+(?:COLUMN\\s+)?(?:IF\\s+NOT\\s+EXISTS\\s+)?\\(([\\s\\S]*)\\)$'),
  add: at(`ADD\\s+(?:COLUMN\\s+|(?!${noColumn}))(?:IF\\s+NOT\\s+EXISTS\\s+)?(${name})([\\s\\S]*)$`),
  drop: at(`DROP\\s+(?:COLUMN\\s+|(?!${noColumn}))(?:IF\\s+EXISTS\\s+)?(${name})`),
  modify: at(`MODIFY\\s+(?:COLUMN\\s+)?(?:IF\\s+EXISTS\\s+)?(${name})`),
  change: at(`CHANGE\\s+(?:COLUMN\\s+)?(?:IF\\s+EXISTS\\s+)?(${name})\\s+(${name})`),
  rename: at(`RENAME\\s+COLUMN\\s+(?:IF\\s+EXISTS\\s+)?(${name})\\s+TO\\s+(${name})`),
  convert: at('CONVERT\\s+TO\\b'),
} as const;

/** @throws  never: what is not known is no column's */
export function columnClauses(statement: string): readonly ColumnClause[] {
  const text = statement.replace(comments, (_, kept?: string) => kept ?? ' ').replace(head, '');
  return parts(text).flatMap(readClause);
}

function readClause(clause: string): readonly ColumnClause[] {
  if (patterns.key.test(clause)) return [{ kind: 'key' }];
  const [, list] = patterns.addList.exec(clause) ?? [];
  if (list !== undefined) return parts(list).flatMap((each) => readClause(`ADD ${each}`));
  const [, added, definition = ''] = patterns.add.exec(clause) ?? [];
  if (added !== undefined) return addition(plain(added), definition);
  const [, dropped] = patterns.drop.exec(clause) ?? [];
  if (dropped !== undefined) return [{ kind: 'drop', column: plain(dropped) }];
  const [, modified] = patterns.modify.exec(clause) ?? [];
  if (modified !== undefined) return [{ kind: 'modify', column: plain(modified) }];
  const [, changed, becomes = ''] = patterns.change.exec(clause) ?? [];
  if (changed !== undefined) {
    const [column, to] = [plain(changed), plain(becomes)];
    const renamed = { kind: 'rename', column, to } as const;
    return [...(column.toLowerCase() === to.toLowerCase() ? [] : [renamed]), { kind: 'modify', column: to }];
  }
  const [, from, to = ''] = patterns.rename.exec(clause) ?? [];
  if (from !== undefined) return [{ kind: 'rename', column: plain(from), to: plain(to) }];
  return patterns.convert.test(clause) ? [{ kind: 'convert' }] : [];
}

const unknownFill =
  /\b(?:GENERATED|AS|AUTO_INCREMENT|SERIAL|DEFAULT\s*\(|DEFAULT\s+(?:CURRENT_|NOW|LOCALTIME|UUID|NEXTVAL|NEXT\b)|ON\s+UPDATE)/i;

function addition(column: string, definition: string): readonly ColumnClause[] {
  const bare = definition.replace(quoted, "'x'");
  const isKey = /\bPRIMARY\s+KEY\b|\bKEY\s*$/i.test(bare.replace(/\bUNIQUE(?:\s+KEY)?\b/gi, ''));
  const fills = fillOf(bare);
  const added = { kind: 'add', column, ...(fills && { fills }) } as const;
  return isKey ? [added, { kind: 'key' }] : [added];
}

function fillOf(definition: string): 'constant' | 'unknown' | undefined {
  if (unknownFill.test(definition)) return 'unknown';
  if (/\bDEFAULT\b(?!\s+NULL\b)/i.test(definition)) return 'constant';
  if (/\bNOT\s+NULL\b/i.test(definition)) return 'unknown';
  // Unless it says NULL, some servers take NOT NULL for meant.
  return /^\s*TIMESTAMP\b/i.test(definition) && !/\bNULL\b/i.test(definition) ? 'unknown' : undefined;
}

/** What stands between commas that are in no brackets and no quotes. */
function parts(text: string): readonly string[] {
  const found: string[] = [];
  let [depth, from] = [0, 0];
  // Of equal length, without what quotes may hold.
  const bare = text.replace(quoted, (all) => 'x'.repeat(all.length));
  for (const [index, character] of [...bare.matchAll(/[(),]/g)].map((match) => [match.index, match[0]] as const)) {
    if (character === '(') depth++;
    else if (character === ')') depth--;
    else if (depth === 0) {
      found.push(text.slice(from, index));
      from = index + 1;
    }
  }
  return [...found, text.slice(from)].map((part) => part.trim()).filter((part) => part !== '');
}

const plain = (found: string) => (found.startsWith('`') ? found.slice(1, -1).replaceAll('``', '`') : found);

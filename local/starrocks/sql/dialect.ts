import type { TableDefinition, ViewDefinition } from '../model.ts';
import { duckTable, literal, quoted } from '../storage/duck-names.ts';
import { type Asker, bareFunctions, functions, sessionFunctions } from './functions.ts';
import { informationSchema } from './information-schema/tables.ts';
import { selectItems } from './select-items.ts';
import { selectLabels } from './select-labels.ts';
import { defaultCatalog } from './session.ts';
import { type Token, tokenize } from './sql-tokens.ts';
import { type TableReference, tableReferences } from './table-references.ts';

/** What a query can read. */
export type Relation = TableDefinition | ViewDefinition;

/** What a query is translated with. */
export interface Tables {
  /** @throws SqlError when there is no such table, or no database is selected */
  resolve(path: readonly string[]): Relation;
}

export interface Translated {
  readonly sql: string;
  /** Tables that it reads, those of information_schema included. */
  readonly tables: readonly Relation[];
}

/**
 * Translates a query from StarRocks' SQL to DuckDB's: names of tables, quotes, system variables, functions and operators
 * that are called otherwise. Not a translation of everything: what it does not know goes through as it is.
 */
export function translate(sql: string, asker: Asker, catalog: Tables): Translated {
  const tokens = tokenize(sql);
  const labels = selectLabels(selectItems(tokens));
  const references = tableReferences(tokens);
  const tables = new Map<number, Relation>();
  for (const [index, { path }] of references) tables.set(index, catalog.resolve(path));
  let translated = '';
  let index = 0;
  while (index < tokens.length - 1) {
    const at: Cursor = { tokens, index, asker };
    const { text, taken } =
      tableText(tables.get(index), references.get(index), tokens, index) ??
      rules.map((rule) => rule(at)).find((found) => found !== undefined) ??
      plain(at);
    translated += `${text}${labels.get(index + taken - 1) ?? ''}${gap(tokens, index + taken)}`;
    index += taken;
  }
  return { sql: translated, tables: [...tables.values()] };
}

interface Cursor {
  readonly tokens: readonly Token[];
  readonly index: number;
  readonly asker: Asker;
}

/** What stands for the next tokens, and how many they are; undefined when the rule has no say. */
type Rule = (at: Cursor) => { readonly text: string; readonly taken: number } | undefined;

const rules: readonly Rule[] = [
  variable,
  qualifiedColumn,
  callWithoutArguments,
  castType,
  renamed,
  collation,
  duckReserved,
  hexLiteral,
  timeFormat,
  limitWithOffset,
  operator,
  fromDual,
];

function plain({ tokens, index }: Cursor): { text: string; taken: number } {
  const token = tokens[index] as Token;
  if (token.kind === 'quoted-name') return { text: quoted(token.value), taken: 1 };
  if (token.kind !== 'text') return { text: token.raw, taken: 1 };
  const isAlias = isWord(tokens[index - 1], 'AS');
  return { text: isAlias ? quoted(token.value) : literal(token.value), taken: 1 };
}

function tableText(
  table: Relation | undefined,
  reference: TableReference | undefined,
  tokens: readonly Token[],
  index: number,
): ReturnType<Rule> {
  if (table === undefined || reference === undefined) return undefined;
  const { taken } = reference;
  // DuckDB has an information_schema of its own, which nobody may see.
  if (table.database === informationSchema) return { text: `temp.main.${quoted(table.name)}`, taken };
  const hidden = table.storedAs !== undefined && table.storedAs.table !== table.name;
  const alias = hidden && !hasAlias(tokens, index + taken) ? ` AS ${quoted(table.name)}` : '';
  return { text: `${duckTable(table)}${alias}`, taken };
}

/** Whether a table that was just named gets another name. */
function hasAlias(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index];
  if (token?.kind === 'quoted-name') return true;
  return token?.kind === 'word' && !afterTable.has(token.value.toUpperCase());
}

/** Words that may come after the name of a table, and are no name. */
const afterTable = new Set(
  `WHERE GROUP ORDER HAVING LIMIT UNION EXCEPT INTERSECT MINUS SET ON USING JOIN INNER LEFT RIGHT FULL CROSS NATURAL SELECT VALUES
  QUALIFY WINDOW`.split(/\s+/),
);

function variable({ tokens, index, asker: { session, variables } }: Cursor): ReturnType<Rule> {
  if (!isSymbol(tokens[index], '@')) return undefined;
  if (!isSymbol(tokens[index + 1], '@')) {
    return { text: session.userVariables.get(tokens[index + 1]?.value.toLowerCase() ?? '') ?? 'NULL', taken: 2 };
  }
  const scoped = isSymbol(tokens[index + 3], '.');
  const scope = scoped && isWord(tokens[index + 2], 'GLOBAL') ? 'global' : 'session';
  const { base, value } = variables.read(session, tokens[index + (scoped ? 4 : 2)]?.value ?? '', scope);
  const type = base === 'INT' ? 'INTEGER' : base;
  return { text: `CAST(${literal(value)} AS ${type})`, taken: scoped ? 5 : 3 };
}

/** `default_catalog.database.table.column`: DuckDB knows no such catalog; and its information_schema is another. */
function qualifiedColumn({ tokens, index }: Cursor): ReturnType<Rule> {
  if (!isSymbol(tokens[index + 1], '.')) return undefined;
  const isPrefix = isName(tokens[index], defaultCatalog.toUpperCase()) || isName(tokens[index], 'INFORMATION_SCHEMA');
  return isPrefix ? { text: '', taken: 2 } : undefined;
}

function callWithoutArguments({ tokens, index, asker }: Cursor): ReturnType<Rule> {
  const token = tokens[index];
  if (token?.kind !== 'word' || isSymbol(tokens[index - 1], '.')) return undefined;
  const name = token.value.toUpperCase();
  const answer = sessionFunctions[name];
  if (answer === undefined) return undefined;
  if (isSymbol(tokens[index + 1], '(') && isSymbol(tokens[index + 2], ')')) return { text: answer(asker), taken: 3 };
  const bare = bareFunctions.has(name) && !isSymbol(tokens[index + 1], '(');
  return bare ? { text: answer(asker), taken: 1 } : undefined;
}

/** Types that CAST … AS can name, and how many words they are. */
const castTypes: Readonly<Record<string, string>> = {
  LARGEINT: 'HUGEINT',
  SIGNED: 'INTEGER',
  UNSIGNED: 'BIGINT',
  STRING: 'VARCHAR',
  CHAR: 'VARCHAR',
  DATETIME: 'TIMESTAMP',
  BINARY: 'BLOB',
  VARBINARY: 'BLOB',
};

function castType({ tokens, index }: Cursor): ReturnType<Rule> {
  const token = tokens[index];
  if (token?.kind !== 'word' || !isWord(tokens[index - 1], 'AS')) return undefined;
  const name = token.value.toUpperCase();
  const text = castTypes[name];
  if (text === undefined || !isWord(tokens[openingBracket(tokens, index) - 1], 'CAST')) return undefined;
  const integer = isWord(tokens[index + 1], 'INTEGER') || isWord(tokens[index + 1], 'INT');
  return { text, taken: /SIGNED$/.test(name) && integer ? 2 : 1 };
}

function renamed({ tokens, index }: Cursor): ReturnType<Rule> {
  const token = tokens[index];
  if (token?.kind !== 'word') return undefined;
  const name = token.value.toUpperCase();
  if (name === 'SEPARATOR') return { text: ',', taken: 1 };
  if (name === 'DIV') return { text: '//', taken: 1 };
  if (name === 'LIKE' && !startsOperand(tokens[index - 1])) return undefined;
  const call = isSymbol(tokens[index + 1], '(') && !isSymbol(tokens[index - 1], '.') ? functions[name] : undefined;
  return call === undefined ? undefined : { text: call, taken: 1 };
}

/** Whether an operand comes after the token, where LIKE is a function, and not an operator. */
function startsOperand(before: Token | undefined): boolean {
  const words = ['SELECT', 'WHERE', 'AND', 'OR', 'WHEN', 'THEN', 'ELSE', 'ON', 'BY', 'HAVING'];
  return isSymbol(before, ',') || isSymbol(before, '(') || words.some((word) => isWord(before, word));
}

/** All collations of StarRocks compare bytes, as DuckDB does without any. */
function collation({ tokens, index }: Cursor): ReturnType<Rule> {
  const next = tokens[index + 1];
  const named = isWord(tokens[index], 'COLLATE') && (next?.kind === 'word' || next?.kind === 'quoted-name');
  return named ? { text: '', taken: 2 } : undefined;
}

/** Words that DuckDB reserves and that mean nothing in StarRocks' queries: they are names. */
const duckReservedWords = new Set(
  `ANALYSE ASYMMETRIC AT COLLATION CONSTRAINT DEFERRABLE DO FOREIGN INITIALLY LAMBDA ONLY PLACING REFERENCES RETURNING SUMMARIZE
  SYMMETRIC VARIADIC`.split(/\s+/),
);

function duckReserved({ tokens, index }: Cursor): ReturnType<Rule> {
  const token = tokens[index];
  const isName = token?.kind === 'word' && duckReservedWords.has(token.value.toUpperCase());
  return isName ? { text: quoted(token.value), taken: 1 } : undefined;
}

function hexLiteral({ tokens, index }: Cursor): ReturnType<Rule> {
  const [token, next] = [tokens[index], tokens[index + 1]];
  const adjacent = isWord(token, 'X') && next?.kind === 'text' && next.offset === (token?.offset ?? 0) + 1;
  return adjacent ? { text: `unhex(${literal(next.value)})`, taken: 2 } : undefined;
}

/** Directives of MySQL's formats of times that DuckDB writes otherwise. */
const timeDirectives: Readonly<Record<string, string>> = {
  '%M': '%B',
  '%W': '%A',
  '%i': '%M',
  '%s': '%S',
  '%h': '%I',
  '%T': '%H:%M:%S',
  '%e': '%-d',
  '%c': '%-m',
};

/** The last argument of DATE_FORMAT and STR_TO_DATE. */
function timeFormat({ tokens, index }: Cursor): ReturnType<Rule> {
  const token = tokens[index];
  if (token?.kind !== 'text' || !isSymbol(tokens[index - 1], ',') || !isSymbol(tokens[index + 1], ')'))
    return undefined;
  const name = tokens[openingBracket(tokens, index) - 1];
  if (!isWord(name, 'DATE_FORMAT') && !isWord(name, 'STR_TO_DATE')) return undefined;
  return { text: literal(token.value.replaceAll(/%./g, (part) => timeDirectives[part] ?? part)), taken: 1 };
}

/** The bracket that encloses a token; -1 when there is none. */
function openingBracket(tokens: readonly Token[], index: number): number {
  let depth = 1;
  for (let at = index - 1; at >= 0; at -= 1) {
    if (isSymbol(tokens[at], ')')) depth += 1;
    if (isSymbol(tokens[at], '(')) depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

function limitWithOffset({ tokens, index }: Cursor): ReturnType<Rule> {
  if (!isWord(tokens[index], 'LIMIT') || !isSymbol(tokens[index + 2], ',')) return undefined;
  return { text: `LIMIT ${tokens[index + 3]?.raw} OFFSET ${tokens[index + 1]?.raw}`, taken: 4 };
}

function operator({ tokens, index }: Cursor): ReturnType<Rule> {
  const symbols = tokens.slice(index, index + 3).map((token) => (token.kind === 'symbol' ? token.value : ' '));
  if (symbols.join('') === '<=>') return { text: 'IS NOT DISTINCT FROM', taken: 3 };
  if (symbols[0] === '|' && symbols[1] === '|') return { text: 'OR', taken: 2 };
  if (symbols[0] === '&' && symbols[1] === '&') return { text: 'AND', taken: 2 };
  return undefined;
}

function fromDual({ tokens, index }: Cursor): ReturnType<Rule> {
  return isWord(tokens[index], 'FROM') && isWord(tokens[index + 1], 'DUAL') ? { text: '', taken: 2 } : undefined;
}

/** What stood between two tokens: nothing, or a blank for blanks and comments. */
function gap(tokens: readonly Token[], index: number): string {
  const [before, after] = [tokens[index - 1], tokens[index]];
  if (before === undefined || after === undefined || after.kind === 'end') return '';
  return before.offset + before.raw.length === after.offset ? '' : ' ';
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.value.toUpperCase() === word;
}

/** Like a word, or between backticks. */
function isName(token: Token | undefined, name: string): boolean {
  return (token?.kind === 'word' || token?.kind === 'quoted-name') && token.value.toUpperCase() === name;
}

function isSymbol(token: Token | undefined, symbol: string): boolean {
  return token?.kind === 'symbol' && token.value === symbol;
}

import { literal, quoted } from '../storage/duck-names.ts';
import { isInformationSchemaTable } from './information-schema.ts';
import { selectLabels } from './select-labels.ts';
import { SqlError } from './sql-error.ts';
import { type Token, tokenize } from './sql-tokens.ts';
import { STAND_IN_VERSION, variable } from './variables.ts';

/** Who asks, as far as SQL can see. */
export interface Asker {
  readonly id: number;
  readonly user: string;
  readonly address: string;
  readonly database: string | undefined;
}

export interface Translated {
  readonly sql: string;
  /** Tables of information_schema that it reads. */
  readonly informationSchema: ReadonlySet<string>;
}

/**
 * Translates a query from StarRocks' SQL to DuckDB's: quotes, system variables, functions and operators that are called
 * otherwise. Not a translation of everything: what it does not know goes through as it is.
 */
export function translate(sql: string, asker: Asker): Translated {
  const tokens = tokenize(sql);
  const labels = selectLabels(sql, tokens);
  const informationSchema = new Set<string>();
  let translated = '';
  let index = 0;
  while (index < tokens.length - 1) {
    const at: Cursor = { tokens, index, asker, informationSchema };
    const { text, taken } = RULES.map((rule) => rule(at)).find((found) => found !== undefined) ?? plain(at);
    translated += `${text}${labels.get(index + taken - 1) ?? ''}${gap(tokens, index + taken)}`;
    index += taken;
  }
  return { sql: translated, informationSchema };
}

interface Cursor {
  readonly tokens: readonly Token[];
  readonly index: number;
  readonly asker: Asker;
  readonly informationSchema: Set<string>;
}

/** What stands for the next tokens, and how many they are; undefined when the rule has no say. */
type Rule = (at: Cursor) => { readonly text: string; readonly taken: number } | undefined;

const RULES: readonly Rule[] = [
  systemVariable,
  informationSchemaTable,
  callWithoutArguments,
  renamed,
  duckReserved,
  hexLiteral,
  timeFormat,
  limitWithOffset,
  operator,
  fromDual,
];

/** Without a fraction, as StarRocks has it. */
const NOW = "date_trunc('second', CAST(now() AS TIMESTAMP))";

/** Functions of the session. */
const ANSWERS: Readonly<Record<string, (asker: Asker) => string>> = {
  CURRENT_VERSION: () => literal(STAND_IN_VERSION),
  VERSION: () => literal(String(variable('version'))),
  DATABASE: ({ database }) => (database === undefined ? 'NULL' : literal(database)),
  SCHEMA: ({ database }) => (database === undefined ? 'NULL' : literal(database)),
  USER: ({ user, address }) => literal(`'${user}'@'${address}'`),
  CURRENT_USER: ({ user }) => literal(`'${user}'@'%'`),
  CONNECTION_ID: ({ id }) => String(id),
  CURRENT_CATALOG: () => literal('default_catalog'),
  LAST_INSERT_ID: () => '0',
  NOW: () => NOW,
  CURRENT_TIMESTAMP: () => NOW,
  UTC_TIMESTAMP: () => NOW,
  CURDATE: () => 'current_date',
};

/** Words of type names after AS, and function names before a bracket, that DuckDB calls otherwise. */
const TYPES: Readonly<Record<string, string>> = { LARGEINT: 'HUGEINT', SIGNED: 'BIGINT', UNSIGNED: 'UBIGINT' };
const FUNCTIONS: Readonly<Record<string, string>> = {
  GET_JSON_STRING: 'json_extract_string',
  GET_JSON_INT: 'starrocks_json_int',
  JSON_QUERY: 'json_extract',
  PARSE_JSON: 'starrocks_parse_json',
  DATE_FORMAT: 'strftime',
  STR_TO_DATE: 'try_strptime',
  ARRAY_LENGTH: 'len',
  MAP_SIZE: 'cardinality',
  CHAR_LENGTH: 'length',
  LENGTH: 'strlen',
  LOCATE: 'starrocks_locate',
  UPPER: 'starrocks_upper',
  LOWER: 'starrocks_lower',
};

/** Macros behind some of the functions above; they live in the schema `main`. */
export const MACROS = [
  'CREATE OR REPLACE MACRO main.starrocks_parse_json(written) AS TRY_CAST(written AS JSON)',
  'CREATE OR REPLACE MACRO main.starrocks_json_int(document, path) AS TRY_CAST(json_extract_string(document, path) AS BIGINT)',
  'CREATE OR REPLACE MACRO main.starrocks_locate(part, written) AS instr(written, part)',
  'CREATE OR REPLACE MACRO main.starrocks_upper(any_value) AS upper(CAST(any_value AS VARCHAR))',
  'CREATE OR REPLACE MACRO main.starrocks_lower(any_value) AS lower(CAST(any_value AS VARCHAR))',
];

function plain({ tokens, index }: Cursor): { text: string; taken: number } {
  const token = tokens[index] as Token;
  if (token.kind === 'quoted-name') return { text: quoted(token.value), taken: 1 };
  if (token.kind !== 'text') return { text: token.raw, taken: 1 };
  const isAlias = isWord(tokens[index - 1], 'AS');
  return { text: isAlias ? quoted(token.value) : literal(token.value), taken: 1 };
}

function systemVariable({ tokens, index }: Cursor): ReturnType<Rule> {
  if (!isSymbol(tokens[index], '@')) return undefined;
  if (!isSymbol(tokens[index + 1], '@')) return { text: 'NULL', taken: 2 };
  const scoped = isSymbol(tokens[index + 3], '.');
  const value = variable(tokens[index + (scoped ? 4 : 2)]?.value ?? '');
  return { text: typeof value === 'number' ? String(value) : literal(value), taken: scoped ? 5 : 3 };
}

function informationSchemaTable({ tokens, index, asker, informationSchema }: Cursor): ReturnType<Rule> {
  const qualified = isName(tokens[index], 'INFORMATION_SCHEMA') && isSymbol(tokens[index + 1], '.');
  const inside = asker.database === 'information_schema' && isTablePlace(tokens[index - 1]);
  if (!(qualified || inside)) return undefined;
  const name = tokens[index + (qualified ? 2 : 0)]?.value.toLowerCase() ?? '';
  // DuckDB has an information_schema of its own, which nobody may see.
  if (!isInformationSchemaTable(name)) {
    if (qualified) throw SqlError.unknownTable(`information_schema.${name}`);
    return undefined;
  }
  informationSchema.add(name);
  return { text: `temp.main.${quoted(name)}`, taken: qualified ? 3 : 1 };
}

function isTablePlace(before: Token | undefined): boolean {
  return isWord(before, 'FROM') || isWord(before, 'JOIN');
}

function callWithoutArguments({ tokens, index, asker }: Cursor): ReturnType<Rule> {
  const token = tokens[index];
  if (token?.kind !== 'word' || isSymbol(tokens[index - 1], '.')) return undefined;
  const name = token.value.toUpperCase();
  const answer = ANSWERS[name];
  if (answer === undefined) return undefined;
  if (isSymbol(tokens[index + 1], '(') && isSymbol(tokens[index + 2], ')')) return { text: answer(asker), taken: 3 };
  const bare = name === 'CURRENT_TIMESTAMP' || name === 'CURRENT_USER';
  return bare && !isSymbol(tokens[index + 1], '(') ? { text: answer(asker), taken: 1 } : undefined;
}

function renamed({ tokens, index }: Cursor): ReturnType<Rule> {
  const token = tokens[index];
  if (token?.kind !== 'word') return undefined;
  const name = token.value.toUpperCase();
  if (name === 'SEPARATOR') return { text: ',', taken: 1 };
  if (name === 'DIV') return { text: '//', taken: 1 };
  const text = isWord(tokens[index - 1], 'AS') ? TYPES[name] : undefined;
  const call = isSymbol(tokens[index + 1], '(') && !isSymbol(tokens[index - 1], '.') ? FUNCTIONS[name] : undefined;
  return text === undefined && call === undefined ? undefined : { text: text ?? call ?? '', taken: 1 };
}

/** Words that DuckDB reserves and that mean nothing in StarRocks' queries: they are names. */
const DUCK_RESERVED = new Set(
  `ANALYSE ASYMMETRIC AT COLLATION CONSTRAINT DEFERRABLE DO FOREIGN INITIALLY LAMBDA ONLY PLACING REFERENCES RETURNING SUMMARIZE
  SYMMETRIC VARIADIC`.split(/\s+/),
);

function duckReserved({ tokens, index }: Cursor): ReturnType<Rule> {
  const token = tokens[index];
  const isName = token?.kind === 'word' && DUCK_RESERVED.has(token.value.toUpperCase());
  return isName ? { text: quoted(token.value), taken: 1 } : undefined;
}

function hexLiteral({ tokens, index }: Cursor): ReturnType<Rule> {
  const [token, next] = [tokens[index], tokens[index + 1]];
  const adjacent = isWord(token, 'X') && next?.kind === 'text' && next.offset === (token?.offset ?? 0) + 1;
  return adjacent ? { text: `unhex(${literal(next.value)})`, taken: 2 } : undefined;
}

/** Directives of MySQL's formats of times that DuckDB writes otherwise. */
const TIME_DIRECTIVES: Readonly<Record<string, string>> = {
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
  return { text: literal(token.value.replaceAll(/%./g, (part) => TIME_DIRECTIVES[part] ?? part)), taken: 1 };
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

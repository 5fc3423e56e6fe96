/** What of StarRocks' SQL the headers `columns` and `where` may use: DuckDB's, with the words below. */
import { closingQuote } from './columns-header.ts';
import { literal, quoted } from './duck-names.ts';
import { unionFunctions } from './union-functions.ts';

/**
 * StarRocks writes names in back-ticks, and texts in double as well as single quotes, with backslash escapes.
 * DuckDB: names in double quotes, texts in single ones.
 */
export function duckExpression(expression: string): string {
  let out = '';
  for (let at = 0; at < expression.length; at += 1) {
    const char = expression.charAt(at);
    if (char !== "'" && char !== '"' && char !== '`') {
      out += char;
      continue;
    }
    const end = closingQuote(expression, at);
    const inner = expression.slice(at + 1, end).replaceAll(char + char, char);
    out += char === '`' ? quoted(inner) : literal(unescaped(inner));
    at = end;
  }
  return withConstantFormats(out);
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', '0': '\0', Z: '\x1a' };

function unescaped(text: string): string {
  return text.replace(
    /\\([\s\S])/g,
    (_, char: string) => escapes[char] ?? (char === '%' || char === '_' ? `\\${char}` : char),
  );
}

const minutesEast: Readonly<Record<string, number>> = { UTC: 0, GMT: 0 };

/** Seconds east of UTC at this moment; undefined for a zone that nobody knows. Summer time of other moments is not followed. */
export function zoneOffsetSeconds(zone: string): number | undefined {
  const known = minutesEast[zone];
  if (known !== undefined) return known * 60;
  try {
    const parts = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts();
    const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
    const offset = /^GMT(?:([+-])(\d\d):(\d\d))?/.exec(name);
    if (offset === null) return undefined;
    const seconds = (Number(offset[2] ?? 0) * 60 + Number(offset[3] ?? 0)) * 60;
    return offset[1] === '-' ? -seconds : seconds;
  } catch {
    return undefined;
  }
}

/** MySQL's letters of date formats, where DuckDB has another one for the same. */
const letters: readonly (readonly [mysql: string, duckdb: string])[] = [
  ['%M', '%B'],
  ['%i', '%M'],
  ['%s', '%S'],
  ['%T', '%H:%M:%S'],
  ['%h', '%I'],
  ['%W', '%A'],
];

const unixFormat = "'%Y-%m-%d %H:%M:%S'";

/** What functions with a date format are in DuckDB, which takes constant formats only, so that they cannot be macros. */
const formatted: Readonly<Record<string, (value: string, format: string) => string>> = {
  str_to_date: (text, format) => `try_strptime(${text}, ${format})`,
  date_format: (date, format) => `strftime(TRY_CAST(${date} AS TIMESTAMP), ${format})`,
  from_unixtime: (seconds, format) => `strftime(zone_timestamp(${seconds}), ${format || unixFormat})`,
};

const formattedCall =
  /\b(str_to_date|date_format|from_unixtime)\s*\(((?:[^()',]|'(?:[^']|'')*'|\((?:[^()]|\([^()]*\))*\))*)(?:,([^()]*))?\)/i;

function withConstantFormats(sql: string): string {
  let result = sql;
  for (let call = formattedCall.exec(result); call !== null; call = formattedCall.exec(result)) {
    const [whole, name = '', value = '', format = ''] = call;
    const translated = letters.reduce((text, [from, to]) => text.replaceAll(from, to), format.trim());
    const replacement = formatted[name.toLowerCase()]?.(value.trim(), translated) ?? '';
    result = result.slice(0, call.index) + replacement + result.slice(call.index + whole.length);
  }
  return result;
}

/** Functions of StarRocks for one DuckDB connection; unix times are in the load's time zone. */
export function functionMacros(zoneSeconds: number): readonly string[] {
  return [
    `zone_timestamp(s) AS make_timestamp((CAST(s AS BIGINT) + ${zoneSeconds}) * 1000000)`,
    `unix_timestamp(d) AS CAST(epoch(TRY_CAST(d AS TIMESTAMP)) - ${zoneSeconds} AS BIGINT)`,
    `to_binary(t, f := 'hex') AS CASE lower(f) WHEN 'encode64' THEN from_base64(t) WHEN 'base64' THEN from_base64(t) WHEN 'utf8' THEN encode(t) ELSE unhex(t) END`,
    `parse_json(t) AS CAST(t AS JSON)`,
    `json_query(j, p) AS json_extract(CAST(j AS JSON), p)`,
    `get_json_string(j, p) AS json_extract_string(CAST(j AS JSON), p)`,
    `get_json_int(j, p) AS TRY_CAST(json_extract_string(CAST(j AS JSON), p) AS BIGINT)`,
    `get_json_double(j, p) AS TRY_CAST(json_extract_string(CAST(j AS JSON), p) AS DOUBLE)`,
    ...unionFunctions,
  ].map((macro) => `CREATE OR REPLACE TEMP MACRO ${macro}`);
}

/** Compares what an event gave with what the source held, as the recordings write it. */
import { keepDigits } from '../../src/rows/json-values.ts';

export interface Column {
  readonly type: string;
  readonly as: string;
}

/** @in  isSchemaless: the event does not say what its numbers and bytes mean, so they stay as they came */
export function sameValue(found: unknown, held: string | null, column: Column, isSchemaless: boolean): boolean {
  if (held === null || found === null || found === undefined) return held === (found ?? null);
  const text = textOf(found);
  if (isSchemaless && isAsItCame(text, column)) return true;
  switch (column.as) {
    case 'int':
    case 'bit':
      return same(text, held, integer);
    case 'dec':
      return same(text, held, decimal);
    case 'float':
      return Math.fround(Number(text)) === Math.fround(Number(held));
    case 'double':
      return Number(text) === Number(held);
    case 'hex':
      return Buffer.from(text, 'base64').toString('hex') === held.toLowerCase();
    case 'json':
      return exactJson(text) === exactJson(held);
    case 'time':
      return moment(text) === moment(held);
    case 'geom':
      return sameShape(found, JSON.parse(held).geojson);
    case 'vector':
      return same(text, held, (list) =>
        JSON.stringify((JSON.parse(list) as number[]).map((each) => each.toPrecision(6))),
      );
    default:
      return Array.isArray(found) ? postgresList(found) === held : sameText(text, held, column.type, found);
  }
}

const same = (found: string, held: string, read: (text: string) => string) => read(found) === read(held);

const integer = (text: string) => String(BigInt(text === 'true' ? 1 : text === 'false' ? 0 : text));

const decimal = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text).replace(/^-0$/, '0');

/** Fractions that are zero are written or not; MySQL writes as many digits as the column has. */
const moment = (text: string) => text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

const exactJson = (text: string): string =>
  JSON.stringify(JSON.parse(text, keepDigits), (_, value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(JSON as unknown as { isRawJSON(v: unknown): boolean }).isRawJSON(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );

function sameShape(found: unknown, geojson: object): boolean {
  const numbers = (value: unknown) => JSON.stringify(JSON.parse(JSON.stringify(value)));
  if (typeof found === 'string' && /^[A-Z]+ /.test(found)) return true;
  const { srid: _, ...shape } = (typeof found === 'object' ? found : {}) as Record<string, unknown>;
  return numbers(shape) === numbers(geojson);
}

/** What needs a schema to be told: bytes of decimals, bits and geometries, days and moments as numbers, texts of ISO dates. */
function isAsItCame(text: string, { as, type }: Column): boolean {
  if (as === 'dec' || /UNSIGNED|unsigned/.test(type)) return /^[A-Za-z0-9+/]+=*$/.test(text);
  if (as === 'bit') return /^[A-Za-z0-9+/]+=*$/.test(text);
  if (as === 'geom') return text.includes('"wkb"');
  if (as === 'time') return /^-?\d+$/.test(text) || /Z$/.test(text);
  return false;
}

/** A list as Postgres prints it: text with commas, quotes, blanks, or none, is quoted; moments have their zone. */
const postgresList = (items: readonly unknown[]) =>
  `{${items
    .map((item) => {
      const text = item === null ? 'NULL' : textOf(item).replace(/^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\.0+$/, '$1+00');
      return item !== null && /^$|[",\s]/.test(text) ? `"${text.replaceAll('"', '\\"')}"` : text;
    })
    .join(',')}}`;

/** Postgres: how its own texts and what JSON has of them name the same value. */
function sameText(text: string, held: string, type: string, found: unknown): boolean {
  if (/^(numeric|money)/.test(type)) return decimal(text) === decimal(held.replace(/[$,]/g, ''));
  if (/^(real|double)/.test(type)) return Object.is(Number(text), Number(held));
  if (type === 'inet') return text === held.replace(/(?<=:)\/128$|\/32$/, '');
  if (/^(char|citext)/.test(type)) return text.trimEnd() === held.trimEnd();
  if (/^(timestamp|time|date)/.test(type)) return moment(text) === moment(held.replace(/\+00$/, ''));
  if (/^bit/.test(type)) return integer(text) === String(BigInt(`0b${held}`));
  if (/^json/.test(type)) return text === held || exactJson(text) === exactJson(held);
  if (type === 'point')
    return JSON.stringify((found as { coordinates: unknown }).coordinates) === `[${held.slice(1, -1)}]`;
  if (type === 'hstore')
    return Object.entries(found as object).every(([key, value]) =>
      held.includes(`"${key}"=>${value === null ? 'NULL' : `"${value}"`}`),
    );
  return text === held;
}

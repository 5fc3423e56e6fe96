/** What Debezium's converters make of values, undone by what the schema of the event says of each. */
import { rawJson } from '../../rows/json-values.ts';
import { digitsOf, exactNumber, isObject, type Json, mapValues } from './change.ts';
import { geoJsonOf } from './geometry.ts';
import { dateOf, datetimeOf, timeOf, type Unit, utcOf } from './moments.ts';

/** A schema of Kafka Connect, as its JSON converter writes it. */
export interface ValueSchema {
  readonly type?: unknown;
  readonly name?: unknown;
  readonly field?: unknown;
  readonly fields?: unknown;
  readonly items?: unknown;
  readonly parameters?: unknown;
}

/**
 * A row as StarRocks reads it.
 *
 * @in  schema: of the row; undefined where events come without, and then values stay as they are
 */
export function plainRow(row: Json, schema: ValueSchema | undefined): Json {
  const known = new Map(fieldsOf(schema).map((field) => [field.field, field]));
  return mapValues(row, (value, name) => plainValue(value, known.get(name)));
}

export const fieldsOf = (schema: ValueSchema | undefined): readonly ValueSchema[] =>
  Array.isArray(schema?.fields) ? schema.fields.filter(isObject) : [];

function plainValue(value: unknown, schema: ValueSchema | undefined): unknown {
  if (value === null || schema === undefined) return exactNumber(value);
  const name = typeof schema.name === 'string' ? schema.name : '';
  const made = semantic(name, value, schema);
  if (made !== undefined) return made;
  if (Array.isArray(value) && isObject(schema.items)) {
    const { items } = schema;
    return value.map((each) => plainValue(each, items));
  }
  if (isObject(value) && schema.type === 'struct') return plainRow(value, schema);
  return exactNumber(value);
}

/** @out  undefined: the value is what it seems to be */
function semantic(name: string, value: unknown, schema: ValueSchema): unknown {
  const digits = digitsOf(value);
  const count = digits !== undefined && /^-?\d+$/.test(digits) ? BigInt(digits) : undefined;
  if (count !== undefined) return counted(name, count);
  if (typeof value === 'string') return written(name, value, schema);
  if (!isObject(value)) return undefined;
  if (name === 'io.debezium.data.VariableScaleDecimal') {
    const scale = Number(digitsOf(value['scale']));
    return typeof value['value'] === 'string' ? decimalOf(value['value'], scale) : undefined;
  }
  return name.startsWith('io.debezium.data.geometry.') ? geometryOf(value) : undefined;
}

const momentUnits: Readonly<Record<string, Unit>> = {
  'io.debezium.time.Timestamp': 'ms',
  'io.debezium.time.MicroTimestamp': 'us',
  'io.debezium.time.NanoTimestamp': 'ns',
  'org.apache.kafka.connect.data.Timestamp': 'ms',
};

const timeUnits: Readonly<Record<string, Unit>> = {
  'io.debezium.time.Time': 'ms',
  'io.debezium.time.MicroTime': 'us',
  'io.debezium.time.NanoTime': 'ns',
  'org.apache.kafka.connect.data.Time': 'ms',
};

function counted(name: string, count: bigint): string | undefined {
  if (name === 'io.debezium.time.Date' || name === 'org.apache.kafka.connect.data.Date') return dateOf(count);
  const moment = Object.hasOwn(momentUnits, name) ? momentUnits[name] : undefined;
  if (moment !== undefined) return datetimeOf(count, moment);
  const time = Object.hasOwn(timeUnits, name) ? timeUnits[name] : undefined;
  return time && timeOf(count, time);
}

function written(name: string, value: string, { parameters }: ValueSchema): unknown {
  switch (name) {
    case 'org.apache.kafka.connect.data.Decimal':
      return decimalOf(value, Number(isObject(parameters) ? plainText(parameters['scale']) : undefined));
    case 'io.debezium.data.Bits':
      return bitsOf(value);
    case 'io.debezium.time.ZonedTimestamp':
    case 'io.debezium.time.IsoTimestamp':
      return utcOf(value);
    case 'io.debezium.time.IsoDate':
    case 'io.debezium.time.IsoTime':
      return value.replace(/Z$/, '');
    case 'io.debezium.data.Enum':
      // From the binlog, a comma inside a member comes as it stands in the list of members.
      return value.replaceAll('\\,', ',');
    default:
      return undefined;
  }
}

const plainText = (value: unknown) => digitsOf(value) ?? value;

const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** @in  the digits as a big-endian two's complement */
function decimalOf(text: string, scale: number): string | undefined {
  if (!base64.test(text) || !Number.isInteger(scale) || Math.abs(scale) > mostScale) return undefined;
  const bytes = Buffer.from(text, 'base64');
  const unscaled = BigInt.asIntN(bytes.byteLength * 8, BigInt(`0x${bytes.toString('hex')}`));
  const sign = unscaled < 0n ? '-' : '';
  const size = unscaled < 0n ? -unscaled : unscaled;
  if (scale <= 0) return `${sign}${size * 10n ** BigInt(-scale)}`;
  const digits = String(size).padStart(scale + 1, '0');
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** @source  Postgres: a numeric has at most 16,383 digits behind the point */
const mostScale = 16_383;

/** @in  the bits as little-endian bytes */
function bitsOf(text: string): unknown {
  if (text === '') return undefined;
  const bytes = Buffer.from(text, 'base64').reverse();
  return bytes.byteLength === 0 ? undefined : exactNumber(rawJson(String(BigInt(`0x${bytes.toString('hex')}`))));
}

function geometryOf({ wkb, srid }: Json): object | undefined {
  const number = digitsOf(srid);
  return typeof wkb === 'string'
    ? geoJsonOf(Buffer.from(wkb, 'base64'), number === undefined ? null : Number(number))
    : undefined;
}

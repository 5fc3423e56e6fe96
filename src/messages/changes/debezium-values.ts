/** What Debezium's converters make of values, undone by what the schema of the event says of each. */
import { rawJson } from '../../rows/json-values.ts';
import { digitsOf, type Image, isObject, type Json } from './change.ts';
import { imageOf, jsonTextOf, type ReadValue } from './exact-values.ts';
import { geoJsonOf } from './geometry.ts';
import { dateOf, datetimeOf, datetimeOfNumber, timeOf, type Unit, utcOf } from './moments.ts';

/** A schema of Kafka Connect, as its JSON converter writes it. */
export interface ValueSchema {
  readonly type?: unknown;
  readonly name?: unknown;
  readonly field?: unknown;
  readonly fields?: unknown;
  readonly items?: unknown;
  readonly parameters?: unknown;
}

type Readers = ReadonlyMap<string, ReadValue>;

const compiled = new WeakMap<ValueSchema, Readers>();
const ways = new WeakMap<Readers, (name: string) => ReadValue | undefined>();

/**
 * A row as StarRocks reads it.
 *
 * @in  schema: of the row; undefined where events come without, and then values stay as they are
 */
export const typedImage = (row: Json, schema: ValueSchema | undefined): Image =>
  imageOf(row, schema && wayOf(readersOf(schema)));

function wayOf(readers: Readers): (name: string) => ReadValue | undefined {
  const known = ways.get(readers) ?? ((name: string) => readers.get(name));
  ways.set(readers, known);
  return known;
}

/** What each field of a row wants done, found once for each schema. */
function readersOf(schema: ValueSchema): Readers {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const readers = new Map(
    fieldsOf(schema).flatMap((field) => {
      const read = readerOf(field);
      return typeof field.field === 'string' && read ? [[field.field, read] as const] : [];
    }),
  );
  compiled.set(schema, readers);
  return readers;
}

/** The columns of a row, in the order of its schema, and what their values want done. */
export function columnsOf(schema: ValueSchema) {
  const readers = readersOf(schema);
  return fieldsOf(schema).flatMap(({ field }) =>
    typeof field === 'string' ? [{ name: field, read: readers.get(field) }] : [],
  );
}

const fieldsOf = (schema: ValueSchema): readonly ValueSchema[] =>
  Array.isArray(schema.fields) ? schema.fields.filter(isObject) : [];

const fieldsByName = new WeakMap<ValueSchema, ReadonlyMap<unknown, ValueSchema>>();

/** @out  undefined: the schema has no such field, so that its values stay as they are */
export function fieldOf(schema: ValueSchema, name: string): ValueSchema | undefined {
  const known = fieldsByName.get(schema) ?? new Map(fieldsOf(schema).map((field) => [field.field, field]));
  fieldsByName.set(schema, known);
  return known.get(name);
}

function readerOf(schema: ValueSchema): ReadValue | undefined {
  const name = typeof schema.name === 'string' ? schema.name : '';
  const { items } = schema;
  if (name !== '') {
    const inner = schema.type === 'struct' ? readersOf(schema) : undefined;
    return (value) => semantic(name, value, schema) ?? (inner && structOf(value, inner));
  }
  if (isUnsigned(schema)) return unsignedOf;
  if (schema.type === 'struct') {
    const inner = readersOf(schema);
    return (value) => structOf(value, inner);
  }
  const each = schema.type === 'array' && isObject(items) ? readerOf(items) : undefined;
  return each && ((value) => (Array.isArray(value) ? value.map((item) => plain(item, each)) : undefined));
}

const plain = (value: unknown, read: ReadValue): unknown => (value === null ? null : (read(value) ?? exact(value)));

/** A number inside of a list or a struct, as its column has it. */
const exact = (value: unknown): unknown => (digitsOf(value) === undefined ? value : rawJson(jsonTextOf(value)));

const structOf = (value: unknown, inner: Readers): unknown =>
  isObject(value)
    ? Object.fromEntries(
        Object.entries(value).map(([name, each]) => [name, plain(each, inner.get(name) ?? (() => undefined))]),
      )
    : undefined;

/** @source  Debezium: column.propagate.source.type */
const sourceType = '__debezium.source.column.type';

const isUnsigned = ({ type, parameters }: ValueSchema): boolean =>
  type === 'int64' && isObject(parameters) && /^(?:BIGINT|SERIAL).*UNSIGNED/i.test(String(parameters[sourceType]));

/** Debezium gives it as a signed number unless it is told otherwise, so that the upper half is negative. */
function unsignedOf(value: unknown): unknown {
  const digits = digitsOf(value);
  return digits?.startsWith('-') && /^-\d+$/.test(digits) ? String(BigInt.asUintN(64, BigInt(digits))) : undefined;
}

/** @out  undefined: the value is what it seems to be */
function semantic(name: string, value: unknown, schema: ValueSchema): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? countedQuickly(name, value) : undefined;
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

/** Nearly all moments. */
function countedQuickly(name: string, count: number): string | undefined {
  const moment = Object.hasOwn(momentUnits, name) ? momentUnits[name] : undefined;
  return moment === undefined ? counted(name, BigInt(count)) : datetimeOfNumber(count, moment);
}

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
  if (bytes.byteLength === 0) return undefined;
  const unscaled = wholeOf(bytes);
  const sign = unscaled < 0n ? '-' : '';
  const size = unscaled < 0n ? -unscaled : unscaled;
  if (scale <= 0) return `${sign}${size * 10n ** BigInt(-scale)}`;
  const digits = String(size).padStart(scale + 1, '0');
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

const wholeOf = (bytes: Buffer): bigint =>
  bytes.byteLength <= mostFastBytes
    ? BigInt(bytes.readIntBE(0, bytes.byteLength))
    : BigInt.asIntN(bytes.byteLength * 8, BigInt(`0x${bytes.toString('hex')}`));

/** @source  Node: Buffer.readIntBE */
const mostFastBytes = 6;

/** @source  Postgres: a numeric has at most 16,383 digits behind the point */
const mostScale = 16_383;

/** @in  the bits as little-endian bytes */
function bitsOf(text: string): unknown {
  if (text === '') return undefined;
  const bytes = Buffer.from(text, 'base64').reverse();
  return bytes.byteLength === 0 ? undefined : rawJson(String(BigInt(`0x${bytes.toString('hex')}`)));
}

function geometryOf({ wkb, srid }: Json): object | undefined {
  const number = digitsOf(srid);
  return typeof wkb === 'string'
    ? geoJsonOf(Buffer.from(wkb, 'base64'), number === undefined ? null : Number(number))
    : undefined;
}

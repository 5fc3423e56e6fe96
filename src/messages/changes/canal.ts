import type { Rejection } from '../../rows/chunk.ts';
import {
  type Change,
  type ChangeOrigin,
  digitsOf,
  invalid,
  isObject,
  type Json,
  mapValues,
  nothing,
  type ReadChange,
  type RowChange,
  schemaChanged,
  textOr,
  truncated,
} from './change.ts';
import { imageOf, overlaid } from './exact-values.ts';
import { geoJsonOf } from './geometry.ts';
import { mayMoveKey } from './moved-key.ts';
import { pairVersion } from './versions.ts';

/** Flat messages of Canal: every value is text, and `mysqlType` says of which column type. @source  Canal: FlatMessage; recorded from 1.1.7 */
export const readCanal: ReadChange = (event) => {
  const { isDdl, type, data, database, table } = event;
  if (typeof isDdl !== 'boolean' || typeof type !== 'string') return undefined;
  if (isDdl || !['INSERT', 'UPDATE', 'DELETE'].includes(type))
    return readStatement(type, database, table, isDdl, event['sql']);
  if (!Array.isArray(data) || !data.every(isObject))
    return invalid('Canal', 'data is expected to be a list of objects');
  const types = isObject(event['mysqlType']) ? event['mysqlType'] : {};
  const olds = Array.isArray(event['old']) ? event['old'] : [];
  const rows = data.map((row, index): RowChange => {
    const image = imageOf(plainRow(row, types));
    if (type === 'DELETE') return { operation: 'delete', before: image };
    const old: unknown = olds[index];
    if (type === 'INSERT') return { operation: 'insert', after: image };
    if (!isObject(old)) return { operation: 'update', after: image };
    const movesKey = mayMoveKey(event['pkNames'], old, image);
    const before = overlaid(image, imageOf(plainRow(old, types)));
    return { operation: 'update', before, after: image, ...(movesKey ? { movesKey } : {}) };
  });
  return { database: textOr(database), table: textOr(table), rows, origin: () => originOf(event) };
};

/**
 * When the source did it, in ms, mostly with a second's precision, and the number of Canal's batch: changes of one row in one batch
 * are told apart by their order only.
 */
function originOf({ es, id, gtid }: Json): ChangeOrigin {
  const [ms, batch] = [digitsOf(es), digitsOf(id)];
  const transaction = textOr(gtid);
  const named = transaction === undefined ? {} : { transaction };
  if (ms === undefined || !/^\d{1,15}$/.test(ms)) return named;
  const isNumbered = batch !== undefined && /^\d{1,18}$/.test(batch);
  const version = pairVersion(BigInt(ms), isNumbered ? BigInt(batch) : 0n);
  return { ...named, committedAtMs: Number(ms), version, position: `${ms}:${batch ?? ''}` };
}

/** Indexes, new tables, and the texts of statements whose rows come by themselves, change no row. */
function readStatement(
  type: string,
  database: unknown,
  table: unknown,
  isDdl: boolean,
  sql: unknown,
): Change | Rejection {
  if (type === 'TRUNCATE') return truncated(database, table);
  if (['ALTER', 'ERASE', 'RENAME'].includes(type)) return schemaChanged(database, table, type, sql);
  const changesNothing = ['QUERY', 'CREATE', 'CINDEX', 'DINDEX', 'XACOMMIT', 'XAROLLBACK', 'GTID', 'MHEARTBEAT'];
  return changesNothing.includes(type)
    ? nothing
    : invalid('Canal', `type is ${JSON.stringify(type.slice(0, 32))}, isDdl ${isDdl}, which is not known`);
}

const plainRow = (row: Json, types: Json): Json => mapValues(row, (value, name) => plainValue(value, types[name]));

function plainValue(value: unknown, type: unknown): unknown {
  if (typeof value !== 'string' || typeof type !== 'string') return value;
  const [, name = ''] = /^(\w+)/.exec(type.toLowerCase()) ?? [];
  if (name === 'enum') return memberOf(value, membersOf(type));
  if (name === 'set') return membersIn(value, membersOf(type));
  if (binary.has(name)) return isBytes(value) ? Buffer.from(value, 'latin1').toString('base64') : value;
  if (geometries.has(name)) return geometryOf(value) ?? value;
  return value;
}

const binary = new Set(['binary', 'varbinary', 'blob', 'tinyblob', 'mediumblob', 'longblob']);
const geometries = new Set([
  ...['geometry', 'point', 'linestring', 'polygon', 'geomcollection', 'geometrycollection'],
  ...['multipoint', 'multilinestring', 'multipolygon'],
]);

/** Bytes come as the characters of ISO-8859-1 that have their numbers. */
const isBytes = (text: string) => ![...text].some((character) => (character.codePointAt(0) ?? 0) > 0xff);

/** @in  type: `enum('a','b,c','d''e')` */
const membersOf = (type: string): readonly string[] =>
  [...type.matchAll(/'((?:[^']|'')*)'/g)].map(([, member = '']) => member.replaceAll("''", "'"));

/** Members are counted from 1; 0 is the value of an error, ''. */
function memberOf(value: string, members: readonly string[]): string {
  if (!/^\d{1,5}$/.test(value)) return value;
  return Number(value) === 0 ? '' : (members[Number(value) - 1] ?? value);
}

function membersIn(value: string, members: readonly string[]): string {
  if (!/^\d{1,20}$/.test(value)) return value;
  const mask = BigInt(value);
  if (mask >> BigInt(members.length) !== 0n) return value;
  return members.filter((_, index) => (mask >> BigInt(index)) & 1n).join(',');
}

/** MySQL keeps the number of the reference system, little-endian, in front of the well-known binary. */
function geometryOf(value: string): object | undefined {
  if (!isBytes(value) || value.length < 5) return undefined;
  const bytes = Buffer.from(value, 'latin1');
  return geoJsonOf(bytes.subarray(4), bytes.readUInt32LE());
}

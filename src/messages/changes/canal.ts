import type { Rejection } from '../../rows/chunk.ts';
import {
  type Change,
  type ChangeRow,
  invalid,
  isObject,
  type Json,
  mapValues,
  nothing,
  type ReadChange,
  remove,
  schemaChanged,
  textOr,
  truncated,
  upsert,
} from './change.ts';
import { geoJsonOf } from './geometry.ts';

/** Flat messages of Canal: every value is text, and `mysqlType` says of which column type. @source  Canal: FlatMessage; recorded from 1.1.7 */
export const readCanal: ReadChange = (event, { ignoresUpdateBefore }) => {
  const { isDdl, type, data, database, table } = event;
  if (typeof isDdl !== 'boolean' || typeof type !== 'string') return undefined;
  if (isDdl || !['INSERT', 'UPDATE', 'DELETE'].includes(type)) return readStatement(type, database, table, isDdl);
  if (!Array.isArray(data) || !data.every(isObject))
    return invalid('Canal', 'data is expected to be a list of objects');
  const types = isObject(event['mysqlType']) ? event['mysqlType'] : {};
  const keys = Array.isArray(event['pkNames']) ? event['pkNames'] : [];
  const olds = Array.isArray(event['old']) ? event['old'] : [];
  const rows = data.flatMap((image, index): ChangeRow[] => {
    const row = plainRow(image, types);
    if (type === 'DELETE') return [remove(row)];
    const old: unknown = olds[index];
    if (type === 'INSERT' || !isObject(old)) return [upsert(row)];
    const isReplaced = !ignoresUpdateBefore || keys.some((name) => Object.hasOwn(old, name));
    return isReplaced ? [remove({ ...row, ...plainRow(old, types) }), upsert(row)] : [upsert(row)];
  });
  return { database: textOr(database), table: textOr(table), rows };
};

/** Indexes, new tables, and the texts of statements whose rows come by themselves, change no row. */
function readStatement(type: string, database: unknown, table: unknown, isDdl: boolean): Change | Rejection {
  if (type === 'TRUNCATE') return truncated(database, table);
  if (['ALTER', 'ERASE', 'RENAME'].includes(type)) return schemaChanged(database, table, type);
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

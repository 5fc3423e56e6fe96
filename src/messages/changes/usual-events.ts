/**
 * Events that are told by a pattern, and whose rows are cut out of them as they stand: those of flat rows, in which no number has more digits
 * than StarRocks reads. They become what they become when they are parsed, in a fourth of the time.
 */
import { anyText, anyValue, character, mostMatched, wholeOf } from '../../rows/json-patterns.ts';
import type { Change, Json, RowChange } from './change.ts';
import { cutImage } from './cut-images.ts';
import { changed, isGiven, isRowSchema, operations } from './debezium.ts';
import { fieldOf, typedImage, type ValueSchema } from './debezium-values.ts';
import { partsOf } from './event-schema.ts';
import { ImageAsItCame, parseExactly } from './exact-values.ts';

const name = `${character}+`;
// A double keeps fifteen digits, and StarRocks integers of 64 bits; a zero keeps no sign.
const number = `-?${wholeOf(8)}\\.\\d{1,7}|0|-?[1-9]\\d{0,17}`;
const value = `(?:${anyText}|${number}|true|false|null)`;
/** A column that is called as the operation is, is left out of rows. */
const member = `"(?!__op")${name}":${value}`;
/** What stands beside the rows. */
const told = `(?:${anyValue})`;
const flatRow = `\\{${member}(?:,${member})*\\}`;

/** @source  Maxwell: data format; recorded from 1.22.6 */
const maxwell = new RegExp(
  [
    `^\\{"database":"(${name})","table":"(${name})","type":"(insert|update|delete|bootstrap-insert)"`,
    '(?:,"(?:ts|xid|commit|xoffset|position|gtid|server_id|thread_id|schema_id|primary_key|primary_key_columns)":',
    `(?:${told}|\\[(?:${told}(?:,${told})*)?\\]))*,"data":(${flatRow})\\}\\s*$`,
  ].join(''),
);

const ofSource = `"(?!(?:db|schema|table)":)${name}":${told}`;

/** @source  Debezium 3.6: data change events of its connectors for relational databases, without schema */
const debezium = new RegExp(
  [
    `^\\{"before":(null|${flatRow}),"after":(null|${flatRow}),"source":\\{"version":${told},"connector":${told}(?:,${ofSource})*`,
    `,"db":(?:"(${name})"|null)(?:,${ofSource})*(?:,"schema":(?:"(${name})"|null))?,"table":(?:"(${name})"|null)(?:,${ofSource})*\\}`,
    '(?:,"transaction":null)?,"op":"([crud])","ts_ms":\\d+(?:,"ts_us":\\d+,"ts_ns":\\d+)?(?:,"transaction":null)?\\}\\s*$',
  ].join(''),
);

/** @in  read: what becomes of the text when it is parsed. @out  undefined: it has to be */
export function usualChange(text: string, read: (text: string) => Change | undefined): Change | undefined {
  if (text.length > mostMatched) return undefined;
  const origin = () => read(text)?.origin() ?? {};
  if (text.startsWith('{"database":"')) return maxwellChange(text, origin);
  if (text.startsWith('{"before":')) return debeziumChange(text, origin, undefined);
  const parts = partsOf(text);
  return parts && isRowSchema(parts.schema) ? debeziumChange(parts.payload, origin, parts.schema) : undefined;
}

const maxwellOperations = {
  ...{ insert: 'insert', update: 'update', delete: 'delete', 'bootstrap-insert': 'snapshot' },
} as const satisfies Record<string, RowChange['operation']>;

function maxwellChange(text: string, origin: Change['origin']): Change | undefined {
  const [, database, table, type, data] = maxwell.exec(text) ?? [];
  if (type === undefined || data === undefined) return undefined;
  const operation = maxwellOperations[type as keyof typeof maxwellOperations];
  const image = new ImageAsItCame(data);
  const row: RowChange = operation === 'delete' ? { operation, before: image } : { operation, after: image };
  return { database, table, rows: [row], origin };
}

function debeziumChange(text: string, origin: Change['origin'], schema: ValueSchema | undefined): Change | undefined {
  const [, before, after, database, schemaName, table, op] = debezium.exec(text) ?? [];
  if (op === undefined) return undefined;
  const operation = operations[op as keyof typeof operations];
  // Of an insert it does not count what was before, nor of a delete what is after.
  const images = {
    after: operation === 'delete' || after === 'null' ? undefined : after,
    before: (operation !== 'delete' && operation !== 'update') || before === 'null' ? undefined : before,
  };
  const needed = operation === 'delete' ? images.before : images.after;
  if (needed === undefined) return undefined;
  const place = { database, schema: schemaName, table, origin };
  if (schema) return changed(place, operation, typed('after'), typed('before'), schema);
  if (!isGiven(images.after ?? '') || !isGiven(images.before ?? '')) return undefined;
  const row: RowChange = {
    operation,
    ...(images.after === undefined ? {} : { after: new ImageAsItCame(images.after) }),
    ...(images.before === undefined ? {} : { before: new ImageAsItCame(images.before) }),
  };
  return { ...place, rows: [row], isUntyped: true };

  function typed(side: 'before' | 'after') {
    const json = images[side];
    if (json === undefined) return undefined;
    const rowSchema = schema && fieldOf(schema, side);
    return (rowSchema && cutImage(json, rowSchema)) ?? typedImage(parseExactly(json) as Json, rowSchema);
  }
}

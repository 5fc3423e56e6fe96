import { rawJson } from '../../rows/json-values.ts';
import {
  digitsOf,
  exactNumber,
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

/** Tables that DMS keeps for itself beside those that it copies. */
const ownTable = /^awsdms_/i;

/** Events of AWS DMS for Kinesis and Kafka. @source  AWS DMS: using Amazon Kinesis Data Streams as a target */
export const readDms: ReadChange = (event, { ignoresUpdateBefore }) => {
  const { metadata, data } = event;
  if (!isObject(metadata) || !('record-type' in metadata) || !('operation' in metadata)) return undefined;
  const { 'record-type': recordType, operation, 'schema-name': database, 'table-name': table } = metadata;
  if (typeof operation !== 'string') return invalid('DMS', 'its operation is expected to be text');
  if (typeof table === 'string' && ownTable.test(table)) return nothing;
  if (recordType === 'transaction') return nothing;
  if (recordType === 'control') {
    if (operation === 'create-table') return nothing;
    if (/^truncate/.test(operation)) return truncated(database, table);
    return schemaChanged(database, table, operation.replaceAll('-', ' '));
  }
  if (recordType !== 'data') return invalid('DMS', 'its record-type is expected to be data or control');
  const found = { database: textOr(database), table: textOr(table) };
  if (!isObject(data)) return invalid('DMS', 'data is expected to be an object');
  const { row, before } = imagesOf(data, event['before-image'] ?? event['before']);
  switch (operation) {
    case 'load':
    case 'insert':
      return { ...found, rows: [upsert(row)] };
    case 'update': {
      const isReplaced = before !== undefined && (!ignoresUpdateBefore || differs(before, row));
      return { ...found, rows: [...(isReplaced ? [remove({ ...row, ...before })] : []), upsert(row)] };
    }
    case 'delete':
      return { ...found, rows: [remove({ ...row, ...before })] };
    default:
      return invalid('DMS', 'its operation is expected to be load, insert, update or delete');
  }
};

/** @source  AWS DMS: before-image settings: columns of their own, `BI_` before the name, or an object of their own */
const beforePrefix = 'BI_';

function imagesOf(data: Json, beforeImage: unknown): { row: Json; before: Json | undefined } {
  const isBefore = ([name]: [string, unknown]) =>
    name.startsWith(beforePrefix) && Object.hasOwn(data, name.slice(beforePrefix.length));
  const entries = Object.entries(data);
  const prefixed = entries.filter(isBefore).map(([name, value]) => [name.slice(beforePrefix.length), value] as const);
  const row = plainRow(Object.fromEntries(entries.filter((entry) => !isBefore(entry))));
  if (isObject(beforeImage)) return { row, before: plainRow(beforeImage) };
  return { row, before: prefixed.length > 0 ? plainRow(Object.fromEntries(prefixed)) : undefined };
}

/** Unless told otherwise, DMS gives an image before for the columns of the key only. */
const differs = (before: Json, row: Json): boolean =>
  Object.entries(before).some(([name, value]) => JSON.stringify(value) !== JSON.stringify(row[name]));

const plainRow = (row: Json): Json => mapValues(row, (value) => exactNumber(plainNumber(value)));

/** Whole numbers of more than 16 digits may come with an exponent. */
function plainNumber(value: unknown): unknown {
  const [, sign = '', whole = '', fraction = '', exponent = ''] =
    /^(-?)(\d+)(?:\.(\d+))?[eE]\+?(\d{1,2})$/.exec(digitsOf(value) ?? '') ?? [];
  const zeros = Number(exponent) - fraction.length;
  if (whole === '' || zeros < 0 || whole.length + Number(exponent) > mostWholeDigits) return value;
  const digits = `${whole}${fraction}${'0'.repeat(zeros)}`.replace(/^0+(?=\d)/, '');
  return rawJson(sign + digits);
}

/** As many a LARGEINT has, and a DECIMAL. */
const mostWholeDigits = 38;

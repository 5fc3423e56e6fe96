import { rawJson } from '../../rows/json-values.ts';
import {
  type ChangeOrigin,
  digitsOf,
  type Image,
  invalid,
  isObject,
  type Json,
  nothing,
  type ReadChange,
  type RowChange,
  schemaChanged,
  textOr,
  truncated,
} from './change.ts';
import { imageOf, overlaid } from './exact-values.ts';

/** Tables that DMS keeps for itself beside those that it copies. */
const ownTable = /^awsdms_/i;

/** Events of AWS DMS for Kinesis and Kafka. @source  AWS DMS: using Amazon Kinesis Data Streams as a target */
export const readDms: ReadChange = (event) => {
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
  if (!isObject(data)) return invalid('DMS', 'data is expected to be an object');
  const row = changeOf(operation, imagesOf(data, event['before-image'] ?? event['before']));
  if (row === undefined) return invalid('DMS', 'its operation is expected to be load, insert, update or delete');
  const place = { database: textOr(database), table: textOr(table), origin: () => originOf(metadata) };
  // Unless NoHexPrefix is set, raw bytes are told apart by what stands before their digits.
  return { ...place, rows: [row], hasHexBytes: true };
};

function changeOf(operation: string, { row, before }: Images): RowChange | undefined {
  const whole = before && overlaid(row, before);
  switch (operation) {
    case 'load':
      return { operation: 'snapshot', after: row };
    case 'insert':
      return { operation: 'insert', after: row };
    case 'update': {
      const isMoved = before !== undefined && differs(before, row);
      const movesKey = isMoved ? { movesKey: isMoved } : {};
      return { operation: 'update', after: row, ...(whole ? { before: whole } : {}), ...movesKey };
    }
    case 'delete':
      return { operation: 'delete', before: whole ?? row };
    default:
      return undefined;
  }
}

/** @source  AWS DMS: metadata: `commit-timestamp`, and `timestamp`, of which each is when it was written; `stream-position`, `transaction-id` */
function originOf(metadata: Json): ChangeOrigin {
  const time = textOr(metadata['commit-timestamp']) ?? textOr(metadata['timestamp']);
  const ms = time === undefined ? Number.NaN : Date.parse(time);
  const position = textOr(metadata['stream-position']);
  const id = metadata['transaction-id'];
  const transaction = textOr(id) ?? digitsOf(id);
  return {
    ...(transaction === undefined ? {} : { transaction }),
    ...(Number.isNaN(ms) ? {} : { committedAtMs: ms }),
    ...(position === undefined ? {} : { position }),
  };
}

/** @source  AWS DMS: before-image settings: columns of their own, `BI_` before the name, or an object of their own */
const beforePrefix = 'BI_';

interface Images {
  readonly row: Image;
  readonly before: Image | undefined;
}

function imagesOf(data: Json, beforeImage: unknown): Images {
  const isBefore = ([name]: [string, unknown]) =>
    name.startsWith(beforePrefix) && Object.hasOwn(data, name.slice(beforePrefix.length));
  const entries = Object.entries(data);
  const prefixed = entries.filter(isBefore).map(([name, value]) => [name.slice(beforePrefix.length), value] as const);
  const row = plainImage(Object.fromEntries(entries.filter((entry) => !isBefore(entry))));
  if (isObject(beforeImage)) return { row, before: plainImage(beforeImage) };
  return { row, before: prefixed.length > 0 ? plainImage(Object.fromEntries(prefixed)) : undefined };
}

/** Unless told otherwise, DMS gives an image before for the columns of the key only. */
function differs(before: Image, row: Image): boolean {
  const texts = new Map(row.names.map((name, at) => [name, row.texts[at]]));
  return before.names.some((name, at) => texts.get(name) !== before.texts[at]);
}

const plainImage = (row: Json): Image => imageOf(row, () => plainNumber);

/** Whole numbers of more than 16 digits may come with an exponent. */
function plainNumber(value: unknown): unknown {
  if (typeof value !== 'object') return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = ''] =
    /^(-?)(\d+)(?:\.(\d+))?[eE]\+?(\d{1,2})$/.exec(digitsOf(value) ?? '') ?? [];
  const zeros = Number(exponent) - fraction.length;
  if (whole === '' || zeros < 0 || whole.length + Number(exponent) > mostWholeDigits) return undefined;
  const digits = `${whole}${fraction}${'0'.repeat(zeros)}`.replace(/^0+(?=\d)/, '');
  return rawJson(sign + digits);
}

/** As many a LARGEINT has, and a DECIMAL. */
const mostWholeDigits = 38;

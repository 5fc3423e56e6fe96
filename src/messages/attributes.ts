import type { SQSMessageAttribute, SQSRecord } from 'aws-lambda';
import { compressions, isCompression } from '../kit/compressions.ts';
import { mostIdCharacters, type Rejection, type RowFormat } from '../rows/chunk.ts';
import { type CsvAttribute, csvAttributeExpected, readCsvAttribute } from './csv-attribute.ts';
import type { Encoding } from './inflate.ts';

/** The message attributes of the sink's own format; all are optional. */
export interface RowAttributes {
  readonly database: string | undefined;
  readonly table: string | undefined;
  readonly columns: readonly string[] | undefined;
  readonly format: RowFormat | undefined;
  readonly encoding: Encoding;
  /** The identity of the rows: the producer's, or else the message's own. */
  readonly chunk: string;
  readonly rows: number | undefined;
  /** The column that holds a version of each row: an older one must not win over a newer. */
  readonly orderedBy: string | undefined;
  /** How its CSV is written, where that is not as the options have it. */
  readonly csv: CsvAttribute | undefined;
}

/**
 * Says which message this one repeats, by that one's identity: SQS gives whatever is sent again another id and another time. Unlike
 * `chunk` it says nothing of what the body holds, so an envelope is still one.
 */
export const resentAttribute = 'starrocks-sink-resent';

/** @out the attributes, or which of them has a value that is not taken */
export function readAttributes(record: SQSRecord): RowAttributes | Rejection {
  const { messageAttributes } = record;
  const problem = textNames.map((name) => textProblem(name, messageAttributes[name])).find(Boolean);
  if (problem) return problem;
  const text = (name: AttributeName) => messageAttributes[name]?.stringValue;
  const format = text('format')?.toLowerCase();
  if (format !== undefined && format !== 'json' && format !== 'csv') return invalid('format', 'json or csv');
  const encoding = text('encoding')?.toLowerCase() ?? 'plain';
  if (encoding !== 'plain' && !isCompression(encoding)) return invalid('encoding', compressions.join(' or '));
  const rows = text('rows');
  if (rows !== undefined && !/^\d{1,9}$/.test(rows)) return invalid('rows', 'a whole number');
  const chunk = text('chunk') ?? text(resentAttribute) ?? identityOf(record);
  if (chunk.length > mostIdCharacters) return invalid('chunk', `1 to ${mostIdCharacters} characters`);
  const notation = text('csv');
  const csv = notation === undefined ? undefined : readCsvAttribute(notation);
  if (notation !== undefined && csv === undefined) return invalid('csv', csvAttributeExpected);
  const columns = text('columns')
    ?.split(',')
    .map((name) => name.trim());
  if (new Set(columns?.map((name) => name.toLowerCase())).size < (columns?.length ?? 0))
    return invalid('columns', 'names of columns, each of them once');
  return {
    ...{ database: text('database'), table: text('table'), columns, format, encoding, chunk },
    rows: rows === undefined ? undefined : Number(rows),
    csv,
    orderedBy: text('order-by'),
  };
}

export const identityOf = ({ messageId, attributes }: SQSRecord): string =>
  identityOfMessage(messageId, attributes.SentTimestamp);

/** Both survive redelivery; the time comes first, so that messages of one moment are claimed together. */
export const identityOfMessage = (messageId: string, sentTimestamp: string | number): string =>
  `${sentTimestamp}-${messageId}`;

const textNames = [
  ...(['database', 'table', 'columns', 'format', 'encoding', 'chunk', 'rows', 'csv', 'order-by'] as const),
  resentAttribute,
] as const;
type AttributeName = (typeof textNames)[number];

/**
 * An attribute that is there and says nothing must not be taken for one that is not there: rows would go to the default table.
 *
 * @out  undefined: it is absent, or holds text; the attribute rows, and sizes, may be Numbers
 */
export function textProblem(name: string, attribute: SQSMessageAttribute | undefined): Rejection | undefined {
  if (attribute === undefined) return undefined;
  const { dataType, stringValue } = attribute;
  const type = String(dataType ?? '(none)').slice(0, 64);
  const isText = /^String(\.|$)/.test(type) || (mayBeNumber.has(name) && /^Number(\.|$)/.test(type));
  if (!isText) return invalid(name, `text, found the data type ${JSON.stringify(type)}`);
  return typeof stringValue === 'string' && stringValue !== ''
    ? undefined
    : invalid(name, `text, found an empty value of the data type ${JSON.stringify(type)}`);
}

const mayBeNumber: ReadonlySet<string> = new Set(['rows', 'ExtendedPayloadSize', 'SQSLargePayloadSize']);

const invalid = (name: string, expected: string): Rejection => ({
  code: 'MESSAGE_ATTRIBUTE_INVALID',
  detail: `The attribute ${name} is expected to be ${expected}.`,
});

import type { SQSRecord } from 'aws-lambda';
import type { Rejection, RowFormat } from '../rows/chunk.ts';
import type { Encoding } from './inflate.ts';

/** The message attributes of the sink's own format; all are optional. */
export interface RowAttributes {
  readonly database: string | undefined;
  readonly table: string | undefined;
  readonly columns: readonly string[] | undefined;
  readonly format: RowFormat | undefined;
  readonly encoding: Encoding;
  readonly chunk: string | undefined;
  readonly rows: number | undefined;
}

/** @out the attributes, or which of them has a value that is not taken */
export function readAttributes({ messageAttributes }: SQSRecord): RowAttributes | Rejection {
  const text = (name: string) => messageAttributes[name]?.stringValue;
  const invalid = (name: string, expected: string): Rejection => ({
    code: 'MESSAGE_ATTRIBUTE_INVALID',
    detail: `The attribute ${name} is expected to be ${expected}.`,
  });
  const format = text('format')?.toLowerCase();
  if (format !== undefined && format !== 'json' && format !== 'csv') return invalid('format', 'json or csv');
  const encoding = text('encoding')?.toLowerCase() ?? 'plain';
  if (encoding !== 'plain' && encoding !== 'gzip' && encoding !== 'zstd') return invalid('encoding', 'gzip or zstd');
  const rows = text('rows');
  if (rows !== undefined && !/^\d{1,9}$/.test(rows)) return invalid('rows', 'a whole number');
  const chunk = text('chunk');
  if (chunk !== undefined && (chunk === '' || chunk.length > 256)) return invalid('chunk', '1 to 256 characters');
  const columns = text('columns')
    ?.split(',')
    .map((name) => name.trim());
  return {
    ...{ database: text('database'), table: text('table'), columns, format, encoding, chunk },
    rows: rows === undefined ? undefined : Number(rows),
  };
}

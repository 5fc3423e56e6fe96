/**
 * Rows out of Debezium's envelope: `after` of what was created, read or updated, `before` of what was deleted.
 * Source: DebeziumJsonDocumentStreamParser of json_parser.cpp.
 */
import { UnreadableBody } from '../storage/load-plan.ts';
import { valueAt } from './json-path.ts';
import { stringText, wrongType } from './json-scan.ts';

export interface DebeziumRow {
  readonly raw: string;
  /** 0 upserts, 1 deletes. */
  readonly operation: '0' | '1';
}

/** @out undefined for a tombstone. @throws UnreadableBody: no event */
export function debeziumRow(document: string): DebeziumRow | undefined {
  const wrapped = valueAt(document, ['payload']);
  if (wrapped === 'null') return undefined;
  const payload = objectOf(wrapped ?? document);
  const op = valueAt(payload, ['op']);
  if (op === undefined) throw new UnreadableBody("Missing 'op' field in Debezium JSON message");
  const name = op.startsWith('"') ? stringText(op) : undefined;
  if (name === undefined) throw new UnreadableBody("'op' field in Debezium JSON message is not a string");
  if (name === 'd') return { raw: imageOf(payload, 'before', 'Debezium delete message'), operation: '1' };
  if (['c', 'r', 'u'].includes(name)) return { raw: imageOf(payload, 'after', 'Debezium message'), operation: '0' };
  throw new UnreadableBody(`Unknown Debezium op type: '${name}'`);
}

function imageOf(payload: string, field: 'before' | 'after', message: string): string {
  const image = valueAt(payload, [field]);
  if (image === undefined) throw new UnreadableBody(`Missing '${field}' field in ${message}`);
  if (image === 'null') throw new UnreadableBody(`'${field}' is null in ${message}`);
  return objectOf(image);
}

function objectOf(raw: string): string {
  if (raw.startsWith('{')) return raw;
  throw new UnreadableBody(`parse error. Failed to parse Debezium JSON envelope: ${wrongType}`);
}

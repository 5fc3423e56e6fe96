import { delimiterProblem } from '../kit/delimiters.ts';
import { envelopeNames } from '../kit/envelope-names.ts';
import { SinkError } from '../kit/errors.ts';
import type { SinkOptions } from './table.ts';

type Rule = (options: SinkOptions) => string | false;

const isExactlyOnce = (options: SinkOptions) => options['sink.semantic'] === 'exactly-once';

/** Settings that are each right and together wrong. */
const rules: readonly Rule[] = [
  (o) =>
    o['sink.secret-id'] === undefined &&
    o.username === undefined &&
    'username is required, or sink.secret-id that holds it.',
  (o) =>
    o['sink.secret-id'] === undefined &&
    o.username !== undefined &&
    o.password === undefined &&
    'password is required (it may be empty), or sink.secret-id that holds it.',
  (o) =>
    o['table-name'] !== undefined && o['database-name'] === undefined && 'table-name is set, database-name is not.',
  (o) =>
    o['table-name'] === undefined &&
    o['sink.tables.allow'].length === 0 &&
    o['sink.routes'] === undefined &&
    'no table can be filled: set database-name and table-name, sink.tables.allow, or routes.',
  (o) =>
    isExactlyOnce(o) &&
    o.properties['enable_merge_commit'] === 'true' &&
    'sink.properties.enable_merge_commit takes labels away from loads, so it cannot go with sink.semantic = exactly-once.',
  (o) =>
    isExactlyOnce(o) &&
    o['sink.bucket'] === undefined &&
    'sink.semantic = exactly-once keeps its ledger in S3: sink.bucket is required.',
  (o) =>
    o['sink.load-queue-url'] !== undefined &&
    o['sink.bucket'] === undefined &&
    'sink.load-queue-url carries pointers to segments in S3: sink.bucket is required.',
  (o) =>
    isExactlyOnce(o) &&
    (o.properties['enclose'] !== undefined || o.properties['escape'] !== undefined) &&
    'the transaction interface of StarRocks ignores sink.properties.enclose and escape: with sink.semantic = exactly-once use format json.',
  (o) =>
    o.properties['enable_merge_commit'] === 'true' &&
    (o.properties['merge_commit_interval_ms'] === undefined || o.properties['merge_commit_parallel'] === undefined) &&
    'sink.properties.enable_merge_commit needs merge_commit_interval_ms and merge_commit_parallel.',
  (o) => {
    const known = ['none', ...envelopeNames];
    const unknown = [o['sink.envelopes']].flat().find((name) => typeof name === 'string' && !known.includes(name));
    return unknown !== undefined && `sink.envelopes: expected some of ${known.join(', ')}, found ${unknown}.`;
  },
  ({ properties }) => problemOfDelimiters(properties) ?? false,
];

function problemOfDelimiters(properties: SinkOptions['properties']): string | undefined {
  try {
    return delimiterProblem(properties['column_separator'] ?? '\t', properties['row_delimiter'] ?? '\n');
  } catch (error) {
    if (error instanceof SinkError) return error.detail;
    throw error;
  }
}

/** One sentence for each contradiction. */
export function contradictions(options: SinkOptions): readonly string[] {
  return rules.map((rule) => rule(options)).filter((problem) => problem !== false);
}

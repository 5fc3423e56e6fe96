import { notationProblems } from '../kit/csv-notation.ts';
import { decodeDelimiter, delimiterProblem } from '../kit/delimiters.ts';
import { envelopeFields, envelopeNames } from '../kit/envelope-names.ts';
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
    (o.properties['enclose'] !== undefined || o.properties['escape'] !== undefined || trimsLoads(o)) &&
    'the transaction interface of StarRocks ignores sink.properties.enclose, escape and trim_space: with sink.semantic = exactly-once use format json; sink.csv.enclose, escape and trim-space say how messages are written.',
  (o) =>
    o['sink.csv.header'] === 'yes' &&
    o.properties['columns'] !== undefined &&
    'sink.csv.header = yes reads the names of columns from the first line, and sink.properties.columns says them: leave one out.',
  ({ properties }) =>
    properties['format'] === 'csv' &&
    (properties['jsonpaths'] ?? properties['json_root']) !== undefined &&
    'sink.properties.jsonpaths and json_root are for JSON, and sink.properties.format says csv.',
  (o) =>
    o['jdbc-url'] === undefined &&
    o['sink.unknown-columns'] === 'add' &&
    'sink.unknown-columns = add asks StarRocks for the columns of tables, and adds some: jdbc-url is required.',
  (o) =>
    o['jdbc-url'] === undefined &&
    o['sink.schema-change'] === 'add-columns' &&
    'sink.schema-change = add-columns adds them over the query port: jdbc-url is required.',
  (o) =>
    o['jdbc-url'] === undefined &&
    o['sink.create-tables'] === true &&
    'sink.create-tables makes tables over the query port: jdbc-url is required.',
  (o) =>
    o.properties['enable_merge_commit'] === 'true' &&
    (o.properties['merge_commit_interval_ms'] === undefined || o.properties['merge_commit_parallel'] === undefined) &&
    'sink.properties.enable_merge_commit needs merge_commit_interval_ms and merge_commit_parallel.',
  (o) => {
    const known = ['none', ...envelopeNames];
    const unknown = [o['sink.envelopes']].flat().find((name) => typeof name === 'string' && !known.includes(name));
    return unknown !== undefined && `sink.envelopes: expected some of ${known.join(', ')}, found ${unknown}.`;
  },
  (o) => {
    const fields = Object.keys(o['sink.envelope.columns']);
    const unknown = fields.find((field) => !envelopeFields.some((name) => name === field));
    return (
      unknown !== undefined && `sink.envelope.columns: expected some of ${envelopeFields.join(', ')}, found ${unknown}.`
    );
  },
  ({ properties }) => problemOfDelimiters(properties) ?? false,
  (o) => problemOfMarks('sink.properties', o, notationIn(o.properties)) ?? false,
  (o) => problemOfMarks('sink.csv', o, { ...notationIn(o.properties), ...notationOfMessages(o) }) ?? false,
  (o) =>
    o['sink.atomic-messages'] &&
    isExactlyOnce(o) &&
    'sink.atomic-messages cannot go with sink.semantic = exactly-once: StarRocks does not prepare a transaction over several tables, so that nothing could decide about it.',
  (o) =>
    o['sink.atomic-messages'] &&
    o.properties['enable_merge_commit'] === 'true' &&
    'sink.atomic-messages cannot go with sink.properties.enable_merge_commit: StarRocks makes transactions of its own then.',
  (o) =>
    o['sink.atomic-messages'] &&
    o['jdbc-url'] === undefined &&
    'sink.atomic-messages needs to know the version of StarRocks: jdbc-url is required.',
  (o) =>
    o['sink.atomic-messages'] &&
    o['sink.buffer-flush.interval-ms'] > 300_000 &&
    'sink.atomic-messages loads at once, and sink.buffer-flush.interval-ms is beyond the 300,000 that an event source waits.',
  (o) =>
    o['sink.order-by'] !== undefined &&
    o['jdbc-url'] === undefined &&
    'sink.order-by writes columns of tables that have to be known: jdbc-url is required.',
  (o) =>
    o['sink.order-by'] !== undefined &&
    (o.properties['merge_condition'] !== undefined || o.properties['columns'] !== undefined) &&
    'sink.order-by makes a merge condition of its own and names the columns: leave out sink.properties.merge_condition and sink.properties.columns.',
  (o) =>
    o['sink.order-by'] !== undefined &&
    o.properties['format'] === 'csv' &&
    'sink.order-by needs rows as JSON: leave out sink.properties.format = csv.',
];

type Notation = Readonly<Record<'column' | 'row' | 'enclose' | 'escape', string | undefined>>;

const trimsLoads = ({ properties }: SinkOptions) => properties['trim_space']?.toLowerCase() === 'true';

const notationIn = (properties: SinkOptions['properties']): Notation => ({
  ...{ column: properties['column_separator'], row: properties['row_delimiter'] },
  ...{ enclose: properties['enclose'], escape: properties['escape'] },
});

const notationOfMessages = (o: SinkOptions): Partial<Notation> =>
  Object.fromEntries(
    [
      ['column', o['sink.csv.column-separator']],
      ['row', o['sink.csv.row-delimiter']],
      ['enclose', o['sink.csv.enclose']],
      ['escape', o['sink.csv.escape']],
    ].filter(([, value]) => typeof value === 'string'),
  );

/** @in  prefix: of the options that the notation is from */
function problemOfMarks(prefix: string, o: SinkOptions, { column, row, ...marks }: Notation): string | undefined {
  if (prefix === 'sink.csv' && Object.keys(notationOfMessages(o)).length === 0) return undefined;
  try {
    const delimiters = { columnSeparator: decodeDelimiter(column ?? '\t'), rowDelimiter: decodeDelimiter(row ?? '\n') };
    const [problem] = notationProblems({ ...delimiters, ...marks }).filter(
      (found) => !/is not one ASCII/.test(found) && (prefix === 'sink.csv' || !/run into each other/.test(found)),
    );
    return problem && `${prefix}.*, how CSV is written, contradicts itself: ${problem}`;
  } catch (error) {
    if (error instanceof SinkError) return prefix === 'sink.csv' ? `${prefix}: ${error.detail}` : undefined;
    throw error;
  }
}

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

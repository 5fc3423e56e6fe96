import type { S3Client } from '@aws-sdk/client-s3';
import { bucketPrefixes } from '../kit/bucket-prefixes.ts';
import { type Clock, systemClock } from '../kit/clock.ts';
import { type Compression, compressions, isCompression } from '../kit/compressions.ts';
import { decodeDelimiter } from '../kit/delimiters.ts';
import { SinkError } from '../kit/errors.ts';
import { uuidV7 } from '../kit/time-ordered-id.ts';
import { createCsvEncoder } from '../rows/csv-encode.ts';
import { nameProblem } from '../rows/names.ts';
import { compressors, type MessageFormat } from './message.ts';
import type { SendSummary } from './outcome.ts';
import type { SqsClient } from './send-batch.ts';
import { sqsLimits } from './sqs-limits.ts';
import type { Table } from './table-name.ts';

export interface ProducerOptions {
  readonly queueUrl: string;
  /** An SQSClient of yours. Switch its own retries off (`maxAttempts: 1`): the producer sends again itself. */
  readonly client?: SqsClient | undefined;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  /** Where tables without a database of their own are; without it, the sink's `database-name`. */
  readonly database?: string | undefined;
  readonly format?: 'json' | 'csv' | undefined;
  /** Column names. For CSV the order of the fields. */
  readonly columns?: readonly string[] | undefined;
  /** CSV only, in StarRocks' notation (`\x01`); each message says it, so the sink may have another. Default: tab. */
  readonly columnSeparator?: string | undefined;
  /** CSV only, as above. Default: line feed. */
  readonly rowDelimiter?: string | undefined;
  readonly enclose?: string | undefined;
  readonly escape?: string | undefined;
  /** What messages say of CSV that the rows are from, though they may be JSON by now: empty texts of numbers and dates are NULL. */
  readonly csvSource?: CsvSource | undefined;
  readonly compression?: Compression | undefined;
  /** Bytes of a message, attributes included: 1,024 to 1,048,576. Default 262,144. */
  readonly targetBytes?: number | undefined;
  /** How long a row waits for others before its message leaves. Default 1,000; 0: until `flush`. */
  readonly lingerMs?: number | undefined;
  /** SendMessageBatch calls in the air; beyond them `send` waits. Default 4. */
  readonly maxInFlight?: number | undefined;
  /** How often a message is sent before it is given up. Default 8. */
  readonly maxAttempts?: number | undefined;
  /** S3 bucket for rows larger than a message. */
  readonly bucket?: string | undefined;
  /** What the keys of large rows begin with. Default `payloads/`. */
  readonly prefix?: string | undefined;
  readonly s3Client?: Pick<S3Client, 'send'> | undefined;
  /** MessageGroupId. On a FIFO queue it is the table by default; on a standard queue it asks for fair queues. */
  readonly groupId?: string | ((table: Table) => string) | undefined;
  /** Called after every batch, with totals since the producer was made. What it throws is thrown by `flush` and `close`. */
  readonly onProgress?: ((summary: SendSummary) => void) | undefined;
  readonly clock?: Clock | undefined;
  /** Makes chunk ids. Default: UUIDv7, so that the sink claims the chunks of a time together. */
  readonly newId?: (() => string) | undefined;
}

/** A file of CSV. */
export interface CsvSource {
  /** Whether the first line of each message names the columns. */
  readonly header?: 'auto' | 'yes' | 'no';
  /** The fields of the first line of the file: it names the columns, when the table has them all. */
  readonly firstLine?: readonly string[];
  /** Texts that are NULL where nothing encloses them. */
  readonly nulls?: readonly string[];
  /** Spaces around fields are no data. */
  readonly trimSpace?: boolean;
}

/** How each message is written, and what it says of that. */
export function messageFormat(settings: ProducerSettings): MessageFormat {
  const { format, columns, rowDelimiter, compression, csvSource } = settings;
  const notation = {
    ...{ column_separator: settings.columnSeparator, row_delimiter: rowDelimiter },
    ...{ enclose: settings.enclose ?? '', escape: settings.escape ?? '' },
  };
  const source = {
    ...(csvSource?.header === undefined ? {} : { header: csvSource.header }),
    ...(csvSource?.firstLine === undefined ? {} : { first_line: csvSource.firstLine }),
    ...(csvSource?.nulls === undefined ? {} : { null: csvSource.nulls }),
    ...(csvSource?.trimSpace === undefined ? {} : { trim_space: csvSource.trimSpace }),
  };
  const said = format === 'csv' ? { ...notation, ...source } : csvSource && source;
  return { format, columns, rowDelimiter, compression, csv: said && JSON.stringify(said) };
}

/** Options with their defaults, delimiters decoded. */
export interface ProducerSettings extends ProducerOptions {
  readonly format: 'json' | 'csv';
  readonly columnSeparator: string;
  readonly rowDelimiter: string;
  readonly targetBytes: number;
  readonly lingerMs: number;
  readonly maxInFlight: number;
  readonly maxAttempts: number;
  readonly prefix: string;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly isFifo: boolean;
}

/** @throws SinkError OPTIONS_INVALID: every problem at once */
export function producerSettings(options: ProducerOptions): ProducerSettings {
  const { format = 'json', clock = systemClock } = options;
  const settings = {
    ...options,
    format,
    columnSeparator: decodeDelimiter(options.columnSeparator ?? '\t'),
    rowDelimiter: format === 'json' ? '\n' : decodeDelimiter(options.rowDelimiter ?? '\n'),
    targetBytes: options.targetBytes ?? 262_144,
    lingerMs: options.lingerMs ?? 1000,
    maxInFlight: options.maxInFlight ?? 4,
    maxAttempts: options.maxAttempts ?? 8,
    prefix: options.prefix ?? bucketPrefixes.payloads,
    clock,
    newId: options.newId ?? (() => uuidV7(clock.now())),
    isFifo: options.queueUrl.endsWith('.fifo'),
  };
  const problems = [...rangeProblems(settings), ...nameProblems(settings)];
  if (problems.length > 0) throw new SinkError('OPTIONS_INVALID', problems.join(' '));
  // Throws when the CSV layout cannot be read back.
  if (format === 'csv') createCsvEncoder(settings);
  return settings;
}

function rangeProblems(settings: ProducerSettings): string[] {
  const ranges = [
    ['targetBytes', 1024, sqsLimits.messageBytes],
    ['lingerMs', 0, 3_600_000],
    ['maxInFlight', 1, 1000],
    ['maxAttempts', 1, 100],
  ] as const;
  return ranges
    .filter(([name, min, max]) => !Number.isInteger(settings[name]) || settings[name] < min || settings[name] > max)
    .map(([name, min, max]) => `${name} is ${settings[name]}; expected is a whole number from ${min} to ${max}.`);
}

function nameProblems({ queueUrl, format, compression, columns, database, prefix }: ProducerSettings): string[] {
  const problems: string[] = [];
  if (!URL.canParse(queueUrl)) problems.push('queueUrl is not a URL.');
  if (!['json', 'csv'].includes(format)) problems.push(`format is ${JSON.stringify(format)}; expected is json or csv.`);
  if (compression !== undefined && !isCompression(compression)) {
    problems.push(`compression is ${JSON.stringify(compression)}; expected is ${compressions.join(' or ')}.`);
  } else if (compression !== undefined && compressors[compression] === undefined) {
    problems.push(
      `compression is ${compression}, which Node has from 22.15 on, and this is ${process.version}; take gzip.`,
    );
  }
  if (columns?.length === 0) problems.push('columns is empty; leave it out instead.');
  if (columns !== undefined && new Set(columns).size < columns.length) problems.push('columns names a column twice.');
  for (const column of columns ?? []) {
    const problem = nameProblem(column);
    if (problem !== undefined) problems.push(`The column name ${JSON.stringify(column)} ${problem}.`);
  }
  const problem = database === undefined ? undefined : nameProblem(database);
  if (problem !== undefined) problems.push(`The database name ${problem}.`);
  // The Extended Client Library takes no other keys.
  if (!/^(?![./])[\w./-]*$/.test(prefix) || prefix.includes('..')) {
    problems.push('prefix may hold letters, digits and ./_- only, not begin with . or /, and not hold "..".');
  }
  return problems;
}

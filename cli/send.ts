import { stat } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SingleBar } from 'cli-progress';
import { decodeDelimiter } from '../src/kit/delimiters.ts';
import { SinkError } from '../src/kit/errors.ts';
import { createProducer } from '../src/producer/producer.ts';
import type { CsvLayout } from '../src/rows/csv-rows.ts';
import { localCredentials } from './aws-access.ts';
import { choice, command, type OptionsOf, someText, webAddress, wholeNumber } from './command.ts';
import { queueUrlIn } from './place.ts';
import { type MessageOptions, type SendJob, type SendResult, sendFiles } from './send-files.ts';
import { whileShown } from './while-shown.ts';

/** What the command touches: the process, or a stand-in in tests. */
export interface SendSurroundings {
  readonly stdin: Readable;
  readonly stdout: Pick<Writable, 'write'>;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  exitCode?: number | string | null | undefined;
}

/** The command's options, as its action gets them. */
type SendOptions = OptionsOf<ReturnType<typeof createSendCommand>>;

/**
 * `send FILE… --table t`: sends files of rows to the sink's queue, and says what became of them. The exit code is 1 when
 * something was not sent that should have been.
 */
export const createSendCommand = (surroundings: SendSurroundings) =>
  command('send', 'Send rows from files, or from standard input, to the queue')
    .argument('<files...>', 'NDJSON, a JSON array, or CSV; gzip and zstd too; - is standard input')
    .requiredOption('--table <name>', 'Table, or database.table', someText)
    .option('--database <name>', 'Database; default: that of the sink', someText)
    .option('--queue-url <url>', 'URL of the rows queue; default: the variable QUEUE_URL', webAddress)
    .option('--endpoint <url>', 'Address of an AWS stand-in', webAddress)
    .option('--region <name>', 'AWS region; default: that of the queue URL', someText)
    .addOption(choice('--format <format>', 'Format of the files', ['auto', 'json', 'csv']).default('auto' as const))
    .addOption(
      choice('--as <format>', 'Format of the messages; CSV files with known columns go as json', ['json', 'csv']),
    )
    .option('--columns <names>', 'Column names, separated by commas', someText)
    .option('--header', 'The first row of each CSV file names the columns')
    .option('--no-header', 'It does not; default: it does if all are columns of the table')
    .option('--column-separator <text>', 'Default: a comma; a tab for .tsv. \\t and \\x01 are understood', someText)
    .option('--row-delimiter <text>', 'Of CSV files', '\\n')
    .option('--enclose <character>', 'Around CSV fields; empty: none', '"')
    .option('--escape <character>', 'Before a CSV character that is data')
    .option('--null <texts>', 'Texts of CSV that are NULL, separated by commas; "" is the empty one')
    .option('--trim-space', 'Spaces around CSV fields are no data')
    .addOption(choice('--compression <codec>', 'Compress the messages', ['gzip', 'zstd']))
    .option('--target-bytes <n>', 'Bytes of a message; default 262144', wholeNumber(1))
    .option('--bucket <name>', 'S3 bucket for rows larger than a message', someText)
    .addOption(choice('--op <operation>', 'Operation of every row, for primary-key tables', ['upsert', 'delete']))
    .addOption(choice('--on-bad-row <what>', 'What a malformed row does', ['stop', 'skip']).default('stop' as const))
    .option('--quiet', 'No progress bar')
    .option('--json', 'Print one JSON object in place of the sentence')
    .action(async (files, given) => {
      const isComplete = await runSend(files, given, surroundings);
      if (!isComplete) surroundings.exitCode = 1;
    });

async function runSend(
  files: readonly string[],
  given: SendOptions,
  { stdin, stdout, stderr, env }: SendSurroundings,
): Promise<boolean> {
  const startMs = performance.now();
  const say = (line: string): void => void stderr.write(`${line}\n`);
  const queueUrl = given.queueUrl ?? queueUrlIn(env);
  if (!queueUrl) throw new SinkError('OPTIONS_INVALID', 'No queue is named; give --queue-url, or set QUEUE_URL.');
  const access = { ...given, queueUrl, ...localAccess(queueUrl, given.endpoint, env) };
  const progress = await openProgress(files, stderr, given.quiet === true);
  const producerFor = (options: MessageOptions) => createProducer(producerOptions(access, options));
  const job = { ...jobOf(files, given), stdin, producerFor, onBytes: progress.add, say };
  const result = await sendFiles(job).finally(progress.stop);
  const elapsedMs = performance.now() - startMs;
  stdout.write(`${given.json ? JSON.stringify(summaryOf(result, elapsedMs)) : summaryLine(result, elapsedMs)}\n`);
  return result.isComplete;
}

function jobOf(
  files: readonly string[],
  given: SendOptions,
): Omit<SendJob, 'stdin' | 'producerFor' | 'onBytes' | 'say'> {
  return {
    files,
    table: given.table,
    op: given.op,
    format: given.format,
    as: given.as,
    columns: given.columns?.split(',').map((name) => name.trim()),
    hasHeader: given.header,
    layoutFor: (path) => layoutOf(given, path),
    isSeparatorTold: given.columnSeparator !== undefined,
    skipsBadRows: given.onBadRow === 'skip',
  };
}

function layoutOf(given: SendOptions, path: string): CsvLayout {
  const separator = given.columnSeparator ?? (/\.tsv(\.(gz|zst))?$/i.test(path) ? '\t' : ',');
  return {
    columnSeparator: delimiterOf(separator),
    rowDelimiter: delimiterOf(given.rowDelimiter),
    enclose: given.enclose || undefined,
    escape: given.escape || undefined,
    trims: given.trimSpace ?? false,
    ...(given.null === undefined ? {} : { nulls: nullsOf(given.null) }),
  };
}

/** As `sink.csv.null` has them. */
const nullsOf = (text: string): readonly string[] => text.split(',').map((each) => (each === '""' ? '' : each));

/** In a shell a tab is easier written than typed; StarRocks itself would take `\t` for two characters. */
const delimiterOf = (text: string): string =>
  decodeDelimiter(text.replace(/\\[trn]/g, (mark) => ({ '\\t': '\t', '\\r': '\r', '\\n': '\n' })[mark] ?? mark));

type Access = SendOptions & { readonly queueUrl: string } & ReturnType<typeof localAccess>;

function producerOptions(access: Access, { format, columns, layout, csvSource }: MessageOptions) {
  return {
    queueUrl: access.queueUrl,
    format,
    columns,
    csvSource,
    ...(format === 'csv' ? layout : {}),
    database: access.database,
    endpoint: access.endpoint,
    region: access.region,
    compression: access.compression,
    bucket: access.bucket,
    targetBytes: access.targetBytes,
    client: access.client,
    s3Client: access.s3Client,
  };
}

/** A stack on this machine is reached as it is; clients of the producer's own making would ask for credentials. */
function localAccess(queueUrl: string, endpoint: string | undefined, env: SendSurroundings['env']) {
  const { origin } = new URL(endpoint ?? queueUrl);
  const access = localCredentials(origin, env);
  if (!('credentials' in access)) return {};
  const config = { ...access, endpoint: origin, region: 'us-east-1', maxAttempts: 1 };
  return { client: new SQSClient(config), s3Client: new S3Client({ ...config, forcePathStyle: true }) };
}

/** A bar over the bytes of the files, on a terminal; elsewhere nothing. */
async function openProgress(files: readonly string[], stderr: SendSurroundings['stderr'], isQuiet: boolean) {
  if (isQuiet || stderr.isTTY !== true || files.includes('-')) return { add: () => undefined, stop: () => undefined };
  const sizes = await Promise.all(files.map(async (path) => (await stat(path)).size));
  const format = '{bar} {percentage}% | {value}/{total} bytes | {eta_formatted} left';
  const bar = new SingleBar({ format, stream: stderr, clearOnComplete: true, hideCursor: true });
  bar.start(
    sizes.reduce((sum, size) => sum + size, 0),
    0,
  );
  const release = whileShown(() => bar.stop());
  return {
    add: (bytes: number) => bar.increment(bytes),
    stop: () => {
      release();
      bar.stop();
    },
  };
}

const summaryOf = ({ summary, badRows, isComplete }: SendResult, elapsedMs: number) => ({
  ...summary,
  badRows,
  isComplete,
  elapsedMs: Math.round(elapsedMs),
});

function summaryLine({ summary, badRows, isComplete }: SendResult, elapsedMs: number): string {
  const count = (value: number): string => value.toLocaleString('en-US');
  const { rows, messages, bytes, offloaded } = summary;
  const sent = `Sent ${count(rows)} rows in ${count(messages)} messages (${count(bytes)} bytes) in ${(elapsedMs / 1000).toFixed(1)} s`;
  const large = offloaded > 0 ? `, ${count(offloaded)} of them through S3` : '';
  const bad = badRows > 0 ? `; ${count(badRows)} bad rows were not sent` : '';
  return `${sent}${large}${bad}${isComplete ? '.' : '; it stopped before the end.'}`;
}

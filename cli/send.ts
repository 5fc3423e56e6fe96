import { stat } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { type ArgsDef, defineCommand, type ParsedArgs } from 'citty';
import { SingleBar } from 'cli-progress';
import { decodeDelimiter } from '../src/kit/delimiters.ts';
import { SinkError } from '../src/kit/errors.ts';
import { createProducer } from '../src/producer/producer.ts';
import type { CsvLayout } from '../src/rows/csv-rows.ts';
import { type MessageOptions, type SendJob, type SendResult, sendFiles } from './send-files.ts';

/** What the command touches: the process, or a stand-in in tests. */
export interface SendSurroundings {
  readonly stdin: Readable;
  readonly stdout: Pick<Writable, 'write'>;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  exitCode?: number | string | null | undefined;
}

const args = {
  file: {
    type: 'positional',
    required: true,
    description: 'NDJSON, a JSON array, or CSV; gzip and zstd too; - is standard input',
  },
  table: { type: 'string', required: true, description: 'Table, or database.table' },
  database: { type: 'string', description: 'Database; default: that of the sink' },
  'queue-url': { type: 'string', description: 'URL of the rows queue; default: the variable QUEUE_URL' },
  endpoint: { type: 'string', description: 'Address of an AWS stand-in' },
  region: { type: 'string', description: 'AWS region; default: that of the queue URL' },
  format: {
    type: 'enum',
    options: ['auto', 'json', 'csv'] as ('auto' | 'json' | 'csv')[],
    default: 'auto',
    description: 'Format of the files',
  },
  as: {
    type: 'enum',
    options: ['json', 'csv'] as ('json' | 'csv')[],
    description: 'Format of the messages; CSV files with known columns go as json',
  },
  columns: { type: 'string', description: 'Column names, separated by commas' },
  header: { type: 'boolean', description: 'The first row of each CSV file names the columns' },
  'column-separator': { type: 'string', description: 'Default: a comma; a tab for .tsv. \\t and \\x01 are understood' },
  'row-delimiter': { type: 'string', default: '\\n', description: 'Of CSV files' },
  enclose: { type: 'string', default: '"', description: 'Character around CSV fields; empty: none' },
  escape: { type: 'string', description: 'Character before a CSV character that is data' },
  compression: { type: 'enum', options: ['gzip', 'zstd'] as ('gzip' | 'zstd')[], description: 'Compress the messages' },
  'target-bytes': { type: 'string', description: 'Bytes of a message; default 262144' },
  bucket: { type: 'string', description: 'S3 bucket for rows larger than a message' },
  op: {
    type: 'enum',
    options: ['upsert', 'delete'] as ('upsert' | 'delete')[],
    description: 'Operation of every row, for primary-key tables',
  },
  'on-bad-row': {
    type: 'enum',
    options: ['stop', 'skip'] as ('stop' | 'skip')[],
    default: 'stop',
    description: 'What a malformed row does',
  },
} satisfies ArgsDef;

type SendArgs = ParsedArgs<typeof args>;

/**
 * `send FILE… --table t`: sends files of rows to the sink's queue, and says what became of them. The exit code is 1 when
 * something was not sent that should have been.
 */
export const createSendCommand = (surroundings: SendSurroundings) =>
  defineCommand({
    meta: { name: 'send', description: 'Send rows from files, or from standard input, to the queue' },
    args,
    async run({ args: given }) {
      const isComplete = await runSend(given, surroundings);
      if (!isComplete) surroundings.exitCode = 1;
    },
  });

export const sendCommand = createSendCommand(process);

async function runSend(given: SendArgs, { stdin, stdout, stderr, env }: SendSurroundings): Promise<boolean> {
  const startMs = performance.now();
  const say = (line: string): void => void stderr.write(`${line}\n`);
  try {
    const queueUrl = given['queue-url'] ?? env['QUEUE_URL'];
    if (!queueUrl) throw new SinkError('OPTIONS_INVALID', 'No queue is named; give --queue-url, or set QUEUE_URL.');
    const progress = await openProgress(given._, stderr);
    const producerFor = (options: MessageOptions) => createProducer(producerOptions(given, queueUrl, options));
    const job = { ...jobOf(given), stdin, producerFor, onBytes: progress.add, say };
    const result = await sendFiles(job).finally(progress.stop);
    stdout.write(`${summaryLine(result, performance.now() - startMs)}\n`);
    return result.isComplete;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return false;
  }
}

function jobOf(given: SendArgs): Omit<SendJob, 'stdin' | 'producerFor' | 'onBytes' | 'say'> {
  return {
    files: given._,
    table: given.table,
    op: given.op,
    format: given.format ?? 'auto',
    as: given.as,
    columns: given.columns?.split(',').map((name) => name.trim()),
    hasHeader: given.header === true,
    layoutFor: (path) => layoutOf(given, path),
    skipsBadRows: given['on-bad-row'] === 'skip',
  };
}

function layoutOf(given: SendArgs, path: string): CsvLayout {
  const separator = given['column-separator'] ?? (/\.tsv(\.(gz|zst))?$/i.test(path) ? '\t' : ',');
  return {
    columnSeparator: delimiterOf(separator),
    rowDelimiter: delimiterOf(given['row-delimiter']),
    enclose: given.enclose || undefined,
    escape: given.escape || undefined,
  };
}

/** In a shell a tab is easier written than typed; StarRocks itself would take `\t` for two characters. */
const delimiterOf = (text: string): string =>
  decodeDelimiter(text.replace(/\\[trn]/g, (mark) => ({ '\\t': '\t', '\\r': '\r', '\\n': '\n' })[mark] ?? mark));

function producerOptions(given: SendArgs, queueUrl: string, { format, columns, layout }: MessageOptions) {
  const targetBytes = given['target-bytes'];
  return {
    queueUrl,
    format,
    columns,
    ...(format === 'csv' ? layout : {}),
    database: given.database,
    endpoint: given.endpoint,
    region: given.region,
    compression: given.compression,
    bucket: given.bucket,
    targetBytes: targetBytes === undefined ? undefined : Number(targetBytes),
  };
}

/** A bar over the bytes of the files, on a terminal; elsewhere nothing. */
async function openProgress(files: readonly string[], stderr: SendSurroundings['stderr']) {
  if (stderr.isTTY !== true || files.includes('-')) return { add: () => undefined, stop: () => undefined };
  const sizes = await Promise.all(files.map(async (path) => (await stat(path)).size));
  const format = '{bar} {percentage}% | {value}/{total} bytes | {eta_formatted} left';
  const bar = new SingleBar({ format, stream: stderr, clearOnComplete: true, hideCursor: true });
  bar.start(
    sizes.reduce((sum, size) => sum + size, 0),
    0,
  );
  return { add: (bytes: number) => bar.increment(bytes), stop: () => bar.stop() };
}

function summaryLine({ summary, badRows, isComplete }: SendResult, elapsedMs: number): string {
  const count = (value: number): string => value.toLocaleString('en-US');
  const { rows, messages, bytes, offloaded } = summary;
  const sent = `Sent ${count(rows)} rows in ${count(messages)} messages (${count(bytes)} bytes) in ${(elapsedMs / 1000).toFixed(1)} s`;
  const large = offloaded > 0 ? `, ${count(offloaded)} of them through S3` : '';
  const bad = badRows > 0 ? `; ${count(badRows)} bad rows were not sent` : '';
  return `${sent}${large}${bad}${isComplete ? '.' : '; it stopped before the end.'}`;
}

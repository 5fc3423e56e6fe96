import type { Readable } from 'node:stream';
import { SinkError } from '../src/kit/errors.ts';
import type { RowsRefused, SendFailed, SendSummary } from '../src/producer/outcome.ts';
import type { Producer, SendOptions } from '../src/producer/producer.ts';
import type { CsvSource } from '../src/producer/producer-options.ts';
import type { Row } from '../src/producer/row-text.ts';
import type { TableName } from '../src/producer/table-name.ts';
import { splitCsvFields } from '../src/rows/csv-fields.ts';
import type { CsvLayout } from '../src/rows/csv-rows.ts';
import { UnreadableFile } from '../src/rows/cutter.ts';
import { systemFailure } from './failure.ts';
import { type FileFormat, type FileRow, type OpenFile, openFile } from './read-rows.ts';

export interface SendJob {
  readonly files: readonly string[];
  readonly stdin: Readable;
  readonly table: TableName;
  readonly op: SendOptions['op'];
  readonly format: FileFormat;
  /** Format of the messages made of CSV files. Without it they are JSON when the columns are known. */
  readonly as: 'json' | 'csv' | undefined;
  readonly columns: readonly string[] | undefined;
  /** Undefined: the sink finds out, by the columns of the table. */
  readonly hasHeader: boolean | undefined;
  readonly layoutFor: (path: string) => CsvLayout;
  /** Otherwise the separator is what files mostly have. */
  readonly isSeparatorTold: boolean;
  readonly skipsBadRows: boolean;
  readonly producerFor: (options: MessageOptions) => Producer;
  /** Bytes read from the files. */
  readonly onBytes: (bytes: number) => void;
  /** Takes a line for a person. */
  readonly say: (line: string) => void;
}

/** What differs from file to file. */
export interface MessageOptions {
  readonly format: 'json' | 'csv';
  readonly columns: readonly string[] | undefined;
  readonly layout: CsvLayout;
  /** What is known of the CSV file. */
  readonly csvSource: CsvSource | undefined;
}

export interface SendResult {
  readonly summary: SendSummary;
  readonly badRows: number;
  /** False when something was not sent that should have been. */
  readonly isComplete: boolean;
}

/** Rows of one call of `send`; its error names the first hundred that it refuses. */
const rowsPerSend = 100;
/** Bad rows that are told of one by one. */
const badRowsTold = 20;

/**
 * Sends files one after the other. At a malformed row it says file, line and number, and stops or goes on as the job says;
 * rows before it are sent in any case.
 *
 * @throws SinkError of options and names
 */
export async function sendFiles(job: SendJob): Promise<SendResult> {
  let total: SendResult = { summary: nothing, badRows: 0, isComplete: true };
  for (const path of job.files) {
    const result = await sendFile(path, job, total.badRows);
    total = {
      summary: added(total.summary, result.summary),
      badRows: total.badRows + result.badRows,
      isComplete: result.isComplete,
    };
    if (!total.isComplete) break;
  }
  return total;
}

async function sendFile(path: string, job: SendJob, toldBefore: number): Promise<SendResult> {
  const name = path === '-' ? 'standard input' : path;
  const layout = job.layoutFor(path);
  const { value: file, error } = await outcomeOf(openFile(path, job.stdin, { ...job, layout }));
  if (file !== undefined) return sendOpened(file, { name, layout, toldBefore }, job);
  const found = error instanceof UnreadableFile ? `${name}: ${error.message}` : systemFailure(error);
  if (found === undefined) throw error;
  job.say(found);
  return { summary: nothing, badRows: 0, isComplete: false };
}

interface About {
  readonly name: string;
  readonly layout: CsvLayout;
  /** Bad rows of earlier files. */
  readonly toldBefore: number;
}

async function sendOpened(file: OpenFile, { name, layout, toldBefore }: About, job: SendJob): Promise<SendResult> {
  const format = file.format === 'json' ? 'json' : (job.as ?? (file.columns === undefined ? 'csv' : 'json'));
  const producer = job.producerFor({
    ...{ format, layout, columns: format === 'csv' ? file.columns : undefined },
    csvSource: file.format === 'csv' ? csvSourceOf(file, format, layout) : undefined,
  });
  const counts = { badRows: 0 };
  const sender: Sender = {
    ...job,
    producer,
    convert: converterOf(file, format, layout, job.isSeparatorTold),
    tellBad({ line, number }, found) {
      counts.badRows++;
      if (toldBefore + counts.badRows <= badRowsTold) job.say(`${name}, line ${line}, row ${number}: ${found}`);
    },
  };
  const reading = await outcomeOf(sendRows(file, sender));
  const closing = await outcomeOf(producer.close());
  for (const { error } of [reading, closing]) {
    if (error instanceof UnreadableFile) job.say(`${name}: ${error.message}`);
    else if (isSendFailed(error)) job.say(error.message);
    else if (error !== undefined) throw error;
  }
  const isComplete = reading.value === true && closing.value !== undefined;
  return { summary: closing.value ?? nothing, badRows: counts.badRows, isComplete };
}

/** Of messages that are CSV still, also whether they begin with names. */
function csvSourceOf({ firstLine }: OpenFile, format: 'json' | 'csv', { nulls, trims }: CsvLayout): CsvSource {
  if (format === 'json') return {};
  const notation = { ...(nulls ? { nulls } : {}), ...(trims ? { trimSpace: true } : {}) };
  return { ...notation, ...(firstLine ? { header: 'auto', firstLine } : { header: 'no' }) };
}

function converterOf(
  file: OpenFile,
  format: 'json' | 'csv',
  layout: CsvLayout,
  isSeparatorTold: boolean,
): Sender['convert'] {
  if (file.format === 'json') return (text) => text;
  const requireSeparator = isSeparatorTold ? () => undefined : separatorChecker(layout);
  const convert = format === 'json' ? fieldsToObject(file.columns ?? [], layout) : fieldsCounted(file, layout);
  return (text) => {
    requireSeparator(text);
    return convert(text);
  };
}

/** Looks at the first row only. */
function separatorChecker(layout: CsvLayout): (text: string) => void {
  let isFirst = true;
  return (text) => {
    if (!isFirst) return;
    isFirst = false;
    const other = [';', '\t', '|'].find((each) => text.includes(each));
    if (other === undefined || splitCsvFields(text, layout).length > 1) return;
    const found = `it has no ${JSON.stringify(layout.columnSeparator)}, and holds ${JSON.stringify(other)}`;
    throw new UnreadableFile(`${found}; say what parts fields by --column-separator`);
  };
}

/** A table has one number of columns: a row of another number of fields than the first can only be rejected. */
function fieldsCounted({ columns, firstLine }: OpenFile, layout: CsvLayout): (text: string) => Row {
  let expected = columns?.length ?? firstLine?.length;
  return (text) => {
    const { length } = splitCsvFields(text, layout);
    expected ??= length;
    if (length !== expected) throw wrongCount(length, `${columns ? 'there are' : 'the first line has'} ${expected}`);
    return text;
  };
}

const wrongCount = (fields: number, expected: string) =>
  new SinkError('VALUE_NOT_ENCODABLE', `The row has ${fields} ${fields === 1 ? 'field' : 'fields'}, and ${expected}.`);

interface Sender extends Pick<SendJob, 'table' | 'op' | 'skipsBadRows'> {
  readonly producer: Producer;
  /** Makes what the producer takes of a row of the file; throws SinkError. */
  readonly convert: (text: string) => Row;
  readonly tellBad: (row: FileRow, found: string) => void;
}

/** @out  false when a bad row ended it */
async function sendRows(file: OpenFile, sender: Sender): Promise<boolean> {
  for await (const rows of file.rows) {
    for (let start = 0; start < rows.length; start += rowsPerSend) {
      if (!(await sendSome(rows.slice(start, start + rowsPerSend), sender))) return false;
    }
  }
  return true;
}

async function sendSome(rows: readonly FileRow[], sender: Sender): Promise<boolean> {
  const { producer, table, op, skipsBadRows, tellBad } = sender;
  const { good, values, bad } = convertRows(rows, sender);
  try {
    await producer.send(table, values, { op, stopAtRefused: !skipsBadRows });
  } catch (error) {
    if (!isRowsRefused(error)) throw error;
    for (const { index, detail } of error.refused) {
      const row = good[index];
      if (row !== undefined) tellBad(row, detail);
    }
    if (!skipsBadRows) return false;
  }
  for (const { row, found } of bad) tellBad(row, found);
  return skipsBadRows || bad.length === 0;
}

function convertRows(rows: readonly FileRow[], { convert, skipsBadRows }: Sender) {
  const good: FileRow[] = [];
  const values: Row[] = [];
  const bad: { readonly row: FileRow; readonly found: string }[] = [];
  for (const row of rows) {
    try {
      values.push(convert(row.text));
      good.push(row);
    } catch (error) {
      if (!(error instanceof SinkError)) throw error;
      bad.push({ row, found: error.detail });
      if (!skipsBadRows) break;
    }
  }
  return { good, values, bad };
}

/** Values stay text: StarRocks casts it, and no digit is lost. */
function fieldsToObject(columns: readonly string[], layout: CsvLayout): (text: string) => Row {
  return (text) => {
    const fields = splitCsvFields(text, layout);
    if (fields.length !== columns.length) throw wrongCount(fields.length, `there are ${columns.length} columns`);
    const values = columns.map((column, index) => [column, fields[index]] as const);
    // A field without a name, as of an index, is nobody's.
    return Object.fromEntries(values.filter(([column]) => column !== ''));
  };
}

const nothing: SendSummary = { rows: 0, messages: 0, bytes: 0, offloaded: 0 };

const added = (a: SendSummary, b: SendSummary): SendSummary => ({
  rows: a.rows + b.rows,
  messages: a.messages + b.messages,
  bytes: a.bytes + b.bytes,
  offloaded: a.offloaded + b.offloaded,
});

const outcomeOf = <T>(promise: Promise<T>): Promise<{ readonly value?: T; readonly error?: unknown }> =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );

const isRowsRefused = (error: unknown): error is RowsRefused => error instanceof SinkError && 'refused' in error;
const isSendFailed = (error: unknown): error is SendFailed =>
  error instanceof SinkError && error.code === 'SEND_FAILED';

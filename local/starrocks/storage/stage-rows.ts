/** Bodies → texts that DuckDB can cast, row by row. */
import { isValidText, readCsv } from '../formats/csv-reader.ts';
import { readJson } from '../formats/json-body.ts';
import type { Taking } from '../formats/json-rows.ts';
import { jsonComplaint, jsonConverter } from '../formats/json-values.ts';
import { isComplex, textConverter, typeName } from '../formats/values.ts';
import type { ColumnType } from '../model.ts';
import { type CsvFormat, type JsonFormat, type LoadPlan, operationField, type Source } from './load-plan.ts';
import type { RowFile } from './row-file.ts';
import type { RowLog } from './row-log.ts';

/** Reads each body with a parser of its own. @throws UnreadableBody */
export async function readBody(
  plan: LoadPlan,
  bodies: readonly AsyncIterable<Buffer>[],
  rows: RowFile,
  log: RowLog,
): Promise<void> {
  for (const body of bodies) {
    if (plan.format.kind === 'csv') await readCsvBody(plan, plan.format, body, rows, log);
    else await readJsonBody(plan, plan.format, body, rows, log);
  }
}

const text = { base: 'VARCHAR', text: 'varchar' };

function latin1(name: string): string {
  return Buffer.from(name, 'utf8').toString('latin1');
}

async function readCsvBody(
  plan: LoadPlan,
  format: CsvFormat,
  body: AsyncIterable<Buffer>,
  rows: RowFile,
  log: RowLog,
): Promise<void> {
  const converters = plan.sources.map(({ column }) => textConverter(column?.type ?? text));
  const values: (string | null)[] = new Array(converters.length).fill(null);
  const framed = format.enclose !== undefined || format.escape !== undefined;
  await readCsv(body, format, ({ fields, raw, unfinished }) => {
    if (fields.length !== converters.length) {
      // The parser for enclosed fields gives up such a row at the end of the body without counting it.
      if (!(framed && unfinished)) log.refuse(countComplaint(format, converters.length, fields.length), raw);
      return;
    }
    if (!isValidText(raw)) {
      log.refuse('Invalid UTF-8 row', raw);
      return;
    }
    for (const [index, field] of fields.entries()) {
      const value = field === '\\N' ? null : converters[index]?.(field);
      if (value === undefined && plan.strict) {
        log.refuse(rangeComplaint(plan.sources[index], index, field), raw);
        return;
      }
      values[index] = value ?? null;
    }
    rows.append(values);
  });
}

function countComplaint({ columnSeparator, rowDelimiter }: CsvFormat, expected: number, found: number): string {
  return `Target column count: ${expected} doesn't match source value column count: ${found}. Column separator: ${shown(columnSeparator)}, Row delimiter: ${shown(rowDelimiter)}`;
}

function shown(delimiter: string): string {
  const names: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r' };
  return `'${delimiter.replace(/[\n\t\r]/g, (char) => names[char] ?? char)}'`;
}

function rangeComplaint(source: Source | undefined, index: number, field: string): string {
  return `The field (name = ${source?.name}, pos = ${index}) is out of range. Type: ${typeName(source?.column?.type ?? text)}, Value length: ${field.length}, Value: ${field}`;
}

async function readJsonBody(
  plan: LoadPlan,
  format: JsonFormat,
  body: AsyncIterable<Buffer>,
  rows: RowFile,
  log: RowLog,
): Promise<void> {
  const sources = plan.sources.map(({ name, column }) => ({
    column,
    convert: jsonConverter(column?.type ?? text),
    absent: name === operationField && plan.operation !== undefined ? '0' : null,
  }));
  const values: (string | null)[] = new Array(sources.length).fill(null);
  const operation = plan.sources.findIndex(({ name }) => name === operationField);
  await readJson(body, {
    format,
    names: plan.sources.map(({ name }) => latin1(name)),
    takings: plan.sources.map(({ column }) => takingOf(column?.type)),
    ...(operation < 0 || plan.operation === undefined ? {} : { operation }),
    strict: plan.strict,
    onRow(tokens, raw) {
      for (const [index, { column, convert, absent }] of sources.entries()) {
        const token = tokens[index];
        const value = token === undefined ? absent : convert(token);
        if (value === undefined && plan.strict) {
          log.refuse(column === undefined ? 'Failed to parse value' : jsonComplaint(column, token ?? ''), raw);
          return;
        }
        values[index] = value ?? null;
      }
      rows.append(values);
    },
    onBadRow: (complaint, raw) => log.refuse(`Data quality error: ${complaint}`, raw),
  });
}

function takingOf(type: ColumnType | undefined): Taking {
  if (type?.base === 'JSON') return 'json';
  return type !== undefined && isComplex(type) ? 'nested' : 'plain';
}

import type { SQSRecord } from 'aws-lambda';
import { SinkError } from '../kit/errors.ts';
import type { CompiledRoute } from '../options/compile-routes.ts';
import {
  type Chunk,
  type Decoded,
  newChunk,
  partId,
  type Rejection,
  type RowFormat,
  type UnreadableRow,
} from '../rows/chunk.ts';
import { type CsvLayout, endRows, isSameNotation } from '../rows/csv-rows.ts';
import { CsvCutter } from '../rows/cut-csv.ts';
import { fingerprintOf } from '../rows/fingerprint.ts';
import type { FindRows } from '../rows/json-root.ts';
import { readJsonRows } from '../rows/json-rows.ts';
import type { ExpectedFitters } from '../rows/row-watch.ts';
import { type RowAttributes, readAttributes } from './attributes.ts';
import { type ChangedRowsRules, changedRows } from './changed-rows.ts';
import { layoutProblem, ownLayout } from './csv-attribute.ts';
import { type EnvelopeColumns, widened } from './envelope-columns.ts';
import { type Encoding, inflateBody, type Text } from './inflate.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { MessageRouter, Taken, Told } from './message-route.ts';
import { renameColumns, withoutDeletes } from './routed-rows.ts';

/** What decoding needs to know of the options. */
export interface DecodeRules extends EnvelopeColumns {
  readonly maxInflatedBytes: number;
  /** How messages without the attribute `format` are read when they are not JSON. */
  readonly defaultFormat: RowFormat | undefined;
  /** How CSV of messages is written that says nothing itself. */
  readonly csv: CsvLayout;
  /** How loads have CSV, where that is another notation. */
  readonly csvOfLoads?: CsvLayout;
  /** Takes JSON rows out of the documents that hold them, when these are not rows themselves. */
  readonly findRows?: FindRows;
  /** Envelopes that are taken off, by name; without it, all that are known. */
  readonly envelopes?: readonly string[];
  /** Rows that are no JSON objects are parted from the others; otherwise one such row rejects its message. */
  readonly keepsBadRows?: boolean;
  /** Who looks at JSON rows while they are read. */
  readonly watchFor?: ExpectedFitters['watchFor'];
  /** Who will fit them. */
  readonly fitterFor?: ExpectedFitters['fitterFor'];
  /** Chunks tell what their rows look like, for the ledger. */
  readonly fingerprints?: boolean;
  /** How change events are read; without it they may name any table. */
  readonly changes?: ChangedRowsRules;
  /** Finds the route of a message. */
  readonly router?: MessageRouter;
  /** How messages are read that take a route, where that is another way. */
  readonly rulesOf?: (route: CompiledRoute) => Partial<DecodeRules>;
  /** `bucket/key` of the object that is read. */
  readonly object?: string;
  /** Rows that delete are left out. */
  readonly dropsDeletes?: boolean;
}

const anyTable: ChangedRowsRules = { ignoresUpdateBefore: true, isAllowed: () => true };

/**
 * Reads one SQS message of the sink's own format: attributes `database`, `table`, `format`, `encoding`, `columns`,
 * `chunk`, `rows`, all optional; the body holds JSON rows or CSV, or change events of a database.
 *
 * @in      bodyMd5: what SQS says of the body, where it is plain, and as SQS gave it
 * @out     a chunk, or one for each table of change events; or why this message cannot be taken
 * @throws  never
 */
export function decodeMessage(record: SQSRecord, given: DecodeRules, budget?: MemoryBudget, bodyMd5?: string): Decoded {
  try {
    return decodeOrThrow(record, given, budget, bodyMd5);
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    return { ok: false, messageId: record.messageId, rejection: { code: error.code, detail: error.detail } };
  }
}

/** @throws SinkError: more bad rows than are kept; a route that takes too long to be found */
function decodeOrThrow(
  record: SQSRecord,
  given: DecodeRules,
  budget: MemoryBudget | undefined,
  bodyMd5: string | undefined,
): Decoded {
  const { messageId } = record;
  const reject = (rejection: Rejection): Decoded => ({ ok: false, messageId, rejection });

  const attributes = readAttributes(record);
  if ('code' in attributes) return reject(attributes);
  const told = toldOf(record, attributes, given);
  const { taken, rules } = routed(told, given);
  const inflated = inflateWithin(record.body, attributes.encoding, rules.maxInflatedBytes, budget);
  if (!inflated.ok) return reject(inflated.rejection);
  const changed = changesIn(inflated.text, attributes, told, rules);
  if (changed) {
    if (!changed.ok) return reject(changed.rejection);
    const [first, ...others] = changed.tables.map((each) => chunkOf(each, inflated.text));
    if (others.length === 0) return take([first as Chunk]);
    const [part, ...parts] = [first as Chunk, ...others].map(partOfMessage);
    return take([part as Chunk, ...parts]);
  }
  const notation = notationOf(attributes, rules);
  if ('code' in notation) return reject(notation);
  const format =
    attributes.format ?? formatByNotation(attributes) ?? detectFormat(inflated.text) ?? rules.defaultFormat;
  if (format === undefined) {
    return reject({
      code: 'MESSAGE_SHAPE_UNKNOWN',
      detail: 'It begins neither with { nor with [, and has no attribute format.',
    });
  }
  const watch = format === 'json' ? rules.watchFor?.(attributes, inflated.text) : undefined;
  const rows =
    format === 'json'
      ? readJsonRows(inflated.text, findRowsOf(attributes, rules), watch)
      : readCsvRows(inflated.text, notation.layout);
  if (!rows.ok) return reject(rows.rejection);
  const problem = rowsProblem(rows.rows, rows.badRows, attributes, rules);
  const { layout, text, badRows } = rows;
  if (problem) return reject(problem);
  const bytes = 'bytes' in rows ? { bytes: rows.bytes } : watch?.bytesOf(text);
  const seen = { ...bytes, ...(watch?.saw(text) ? { seen: watch } : {}) };
  const chunk = chunkOf({ layout, text, rows: rows.rows, badRows, ...notation.own, ...seen }, text);
  return take([asRouted(chunk, taken, rules)]);

  function take([first, ...others]: readonly [Chunk, ...Chunk[]]): Decoded {
    return { ok: true, chunks: [widened(first, rules), ...others.map((chunk) => widened(chunk, rules))] };
  }

  /** @in  came: the text of which it is told whether it is the same as before */
  function chunkOf(read: Read, came: string): Chunk {
    const { badRows, ...found } = read;
    const { database, table, columns, orderedBy, chunk: id } = attributes as RowAttributes;
    const order = orderedBy === undefined ? {} : { orderedBy };
    const kept = badRows.length > 0 ? { badRows } : {};
    const known = rules.fingerprints ? { fingerprint: fingerprintOf(read.rows, came, bodyMd5) } : {};
    return newChunk({ id, messageId, database, table, columns, ...order, ...found, ...kept, ...known });
  }
}

/** Each table has its own. */
const partOfMessage = (chunk: Chunk): Chunk => ({
  ...chunk,
  id: partId(chunk.id, JSON.stringify([chunk.database, chunk.table])),
});

/** What the producer library counted are rows; what others send may hold them. */
export const findRowsOf = ({ rows }: Pick<RowAttributes, 'rows'>, { findRows }: Pick<DecodeRules, 'findRows'>) =>
  rows === undefined ? findRows : undefined;

/** A message that says how its CSV is written is one of CSV. */
export const formatByNotation = ({ csv }: RowAttributes): RowFormat | undefined => csv && 'csv';

/** How the CSV of a message is written; `own`: what its chunk has to say of that. */
export function notationOf(
  { csv }: Pick<RowAttributes, 'csv'>,
  { csv: ofMessages, csvOfLoads = ofMessages }: Pick<DecodeRules, 'csv' | 'csvOfLoads'>,
): { readonly layout: CsvLayout; readonly own: Pick<Chunk, 'csv' | 'header'> } | Rejection {
  const layout = ownLayout(ofMessages, csv);
  const problem = csv && layoutProblem(layout);
  if (problem) return { code: 'MESSAGE_ATTRIBUTE_INVALID', detail: `The attribute csv contradicts itself. ${problem}` };
  const isOwn = csv !== undefined || layout.nulls !== undefined;
  const isOther = !isSameNotation(layout, csvOfLoads);
  const header = csv && { mode: csv.header, firstLine: csv.firstLine };
  const saysHeader = csv?.header !== undefined || csv?.firstLine !== undefined;
  return {
    layout,
    own: { ...(isOwn || isOther ? { csv: layout } : {}), ...(header && saysHeader ? { header } : {}) },
  };
}

type Read = Pick<Chunk, 'layout' | 'text' | 'rows'> & Partial<Chunk> & { readonly badRows: readonly UnreadableRow[] };

/** The producer library counts what it sends: those are rows, whatever they look like. */
function changesIn(text: string, attributes: RowAttributes, told: Told, rules: DecodeRules) {
  if (attributes.rows !== undefined || attributes.format === 'csv' || rules.findRows) return undefined;
  const changed = changedRows(text, told, rules.changes ?? anyTable);
  if (!changed?.ok) return changed;
  const badRows = changed.tables.flatMap((table) => table.badRows);
  const problem = rowsProblem(0, badRows, { rows: undefined }, rules);
  return problem ? ({ ok: false, rejection: problem } as const) : changed;
}

/** What routes may ask of a message. */
export const toldOf = (
  { messageAttributes }: SQSRecord,
  { database, table }: RowAttributes,
  { object }: DecodeRules,
): Told => ({ database, table, attributes: messageAttributes, object });

/** The route that a message takes, if there is one, and how it is read then. */
export function routed(
  told: Told,
  given: DecodeRules,
): { readonly taken: Taken | undefined; readonly rules: DecodeRules } {
  const taken = given.router?.ofMessage(told);
  return { taken, rules: taken ? { ...given, ...given.rulesOf?.(taken.route) } : given };
}

/** The rows of a chunk for the table of their route. */
function asRouted(chunk: Chunk, taken: Taken | undefined, rules: DecodeRules): Chunk {
  const kept = rules.dropsDeletes ? withoutDeletes(chunk, rules.csv) : chunk;
  return taken ? { ...renameColumns(kept, taken, rules.csv), ...taken.route.target } : kept;
}

/** Inflates no more than there is room for. What is plain is held already, and counts all the same: it is copied to be sent. */
export function inflateWithin(body: string, encoding: Encoding, maxBytes: number, budget?: MemoryBudget): Text {
  const room = budget?.roomFor(maxBytes) ?? maxBytes;
  const noRoom: Text = {
    ok: false,
    rejection: { code: 'MEMORY_BUDGET', detail: `It has more than the ${room} bytes that there is room for.` },
  };
  const isBounded = room < maxBytes;
  if (isBounded && (room === 0 || (encoding === 'plain' && body.length > room))) return noRoom;
  const inflated = inflateBody(body, encoding, room);
  if (inflated.ok) budget?.take(Math.min(inflated.text.length, room));
  return isBounded && !inflated.ok && inflated.rejection.code === 'MESSAGE_TOO_LARGE' ? noRoom : inflated;
}

/** @out  undefined: the rows that were found are those that the message claims, and all of them are of use */
export function rowsProblem(
  rows: number,
  badRows: readonly UnreadableRow[],
  claimed: Pick<RowAttributes, 'rows'>,
  { keepsBadRows = false }: Pick<DecodeRules, 'keepsBadRows'>,
): Rejection | undefined {
  const [bad] = badRows;
  if (bad && !keepsBadRows) return { code: bad.code, detail: bad.reason };
  const held = rows + badRows.length;
  return claimed.rows === undefined || claimed.rows === held
    ? undefined
    : { code: 'ROW_COUNT_WRONG', detail: `The attribute rows says ${claimed.rows}, the body holds ${held}.` };
}

/** How a text without the attribute `format` is to be read, by what it begins with. @out undefined: not JSON */
export function detectFormat(text: string): RowFormat | undefined {
  return /^\s*[{[]/.test(text) ? 'json' : undefined;
}

const byteOrderMark = '\uFEFF';

function readCsvRows(body: string, layout: CsvLayout) {
  const read = endRows(withUnixLines(body.startsWith(byteOrderMark) ? body.slice(1) : body, layout), layout);
  if (read === undefined) {
    const detail = 'The last CSV row ends inside enclosed text, or with the escape character.';
    return { ok: false, rejection: { code: 'MESSAGE_SHAPE_UNKNOWN', detail } } as const;
  }
  return { ok: true, layout: 'csv', ...read, badRows: [] } as const;
}

/** Lines that end as on Windows end as StarRocks reads them; what is enclosed stays. */
function withUnixLines(text: string, layout: CsvLayout): string {
  // A search for a text is ten times as fast as one for a pattern, and nearly always the last.
  const isAsRead =
    layout.rowDelimiter === '\n' ? !text.includes('\r') || !/\r(?:\n|$)/.test(text) : !text.endsWith('\n');
  if (isAsRead) return text;
  const cutter = new CsvCutter(layout);
  const cuts = [...cutter.push(text), ...cutter.end()];
  // It ends inside of a row, which is told where rows are ended.
  return cutter.isStuck === undefined ? cuts.map((cut) => cut.text + layout.rowDelimiter).join('') : text;
}

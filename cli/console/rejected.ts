/** Rejected rows and messages, as the page shows them. */
import { SinkError } from '../../src/kit/errors.ts';
import type { ObjectStore } from '../../src/object-store.ts';
import { editableText } from '../rejected/corrected.ts';
import { type Group, groupsOf } from '../rejected/list.ts';
import type { Selection } from '../rejected/selection.ts';
import { chosenRows, type Resent, readStored, type StoredObject } from '../rejected/stored.ts';

/** One object of the list. */
export interface RejectedEntry {
  readonly name: string;
  /** `messages`: a whole message. */
  readonly table: string;
  readonly kind: StoredObject['kind'];
  readonly codes: readonly string[];
  /** Rows, or 1 for a whole message. */
  readonly count: number;
  /** ISO 8601, of the first one. */
  readonly time: string;
  /** Of the first one. */
  readonly reason: string;
  readonly column: string | undefined;
  readonly resent: Resent | undefined;
}

export interface RejectedList {
  readonly groups: readonly Group[];
  /** The newest first. */
  readonly entries: readonly RejectedEntry[];
  /** More are there than are listed. */
  readonly leftOut: number;
  /** When rows and messages of the last hour were rejected, epoch milliseconds. */
  readonly lately: readonly number[];
  /** Rows and messages of the last day that nobody has sent again. */
  readonly unsent: number;
}

/** One object, opened. */
export interface RejectedObject {
  readonly stored: StoredObject;
  /** Rows, or characters of a message, that are not shown. */
  readonly leftOut: number;
  /** The rows as a person corrects them; absent where they are no rows, or too many for a text box. */
  readonly editable?: string;
}

const mostEntries = 500;
const shownRows = 100;
const shownCharacters = 20_000;
const mostEditableCharacters = 1_000_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export async function listRejected(
  selection: Omit<Selection, 'names'>,
  objects: ObjectStore,
  nowMs: number,
): Promise<RejectedList> {
  const chosen = { ...selection, names: [] };
  const stored = (await readStored(chosen, objects)).map((each) =>
    each.kind === 'rows' ? chosenRows(each, chosen) : each,
  );
  const entries = stored.map(entryOf).sort((a, b) => b.time.localeCompare(a.time) || a.name.localeCompare(b.name));
  return {
    groups: groupsOf(stored),
    entries: entries.slice(0, mostEntries),
    leftOut: Math.max(0, entries.length - mostEntries),
    lately: stored.flatMap(momentsOf).filter((ms) => ms > nowMs - hourMs),
    unsent: stored
      .filter(({ resent }) => resent === undefined)
      .flatMap(momentsOf)
      .filter((ms) => ms > nowMs - dayMs).length,
  };
}

function entryOf(stored: StoredObject): RejectedEntry {
  const { name, kind, resent } = stored;
  if (kind === 'message') {
    const { code, reason, column, sentMs } = stored.message;
    const time = new Date(sentMs).toISOString();
    return { name, kind, resent, table: 'messages', codes: [code], count: 1, time, reason, column };
  }
  const { tableName: table, rows } = stored;
  const { time = '', reason = '', column } = rows[0] ?? {};
  const codes = [...new Set(rows.map(({ code }) => code))];
  return { name, kind, resent, table, codes, count: rows.length, time, reason, column };
}

const momentsOf = (stored: StoredObject): readonly number[] =>
  stored.kind === 'message' ? [stored.message.sentMs] : stored.rows.map(({ time }) => Date.parse(time));

/** @throws SinkError OPTIONS_INVALID: nothing has this name */
export async function openRejected(name: string, objects: ObjectStore): Promise<RejectedObject> {
  const [stored] = await readStored({ names: [name] }, objects);
  if (stored === undefined) throw new SinkError('OPTIONS_INVALID', `Nothing rejected has the name ${name}.`);
  if (stored.kind === 'message') {
    const { body } = stored.message;
    const message = { ...stored.message, body: body.slice(0, shownCharacters) };
    return { stored: { ...stored, message }, leftOut: Math.max(0, body.length - shownCharacters) };
  }
  const editable = editableText(stored);
  const rows = stored.rows.slice(0, shownRows);
  return {
    stored: { ...stored, rows: rows.map((row) => ({ ...row, text: row.text.slice(0, shownCharacters) })) },
    leftOut: stored.rows.length - rows.length,
    ...(editable.length <= mostEditableCharacters && { editable }),
  };
}

/**
 * What a change becomes in StarRocks: rows of a mirror, a primary-key table that holds what the source holds; or rows of a
 * history, a table that is added to only. Both as JSON, whoever read the change: an event, or the binlog.
 */
import type { ChangeOrigin, Image, RowChange } from './change.ts';
import { datetimeOf } from './moments.ts';

export interface MirrorRules {
  /** Of updates, only the row after counts; otherwise the row before is deleted first. A changed key deletes it either way. */
  readonly ignoresUpdateBefore: boolean;
}

/** Columns beside those of the source, for what is told of a change, each only where it is named. */
export interface HistoryColumns {
  /** snapshot, insert, update or delete */
  readonly operation?: string;
  /** The place in the source's log, as text. */
  readonly position?: string;
  /** A number that grows with the place. */
  readonly version?: string;
  /** When the source committed it, UTC. */
  readonly committedAt?: string;
  /** What the source calls its transaction. */
  readonly transaction?: string;
  /** The whole row before, and after, as JSON. */
  readonly before?: string;
  readonly after?: string;
}

/**
 * Rows with `__op` for a mirror: 0 writes one, 1 deletes one.
 *
 * @in   members: of every row besides, as JSON: `"a":1,"b":2`
 * @out  one row, or two: an update may be a delete and a row
 */
export function mirrorRows(
  { operation, before, after, movesKey }: RowChange,
  { ignoresUpdateBefore }: MirrorRules,
  members = '',
): readonly string[] {
  const rows: string[] = [];
  const isReplaced = operation === 'update' && before !== undefined && (movesKey || !ignoresUpdateBefore);
  if (before && (operation === 'delete' || isReplaced)) rows.push(mirrorRow(before, 1, members));
  if (after) rows.push(mirrorRow(after, 0, members));
  return rows;
}

/** The columns by which StarRocks keeps an older row from winning over a newer. */
export interface OrderColumns {
  readonly version: string;
  readonly deleted: string;
}

/**
 * Rows for a mirror whose rows are ordered: a delete is a row that says so, since StarRocks deletes without looking at versions.
 *
 * @in  version: of the change
 */
export function versionedRows(
  { operation, before, after, movesKey }: RowChange,
  { ignoresUpdateBefore }: MirrorRules,
  version: bigint,
  columns: OrderColumns,
  members = '',
): readonly string[] {
  const rows: string[] = [];
  const told = (isDeleted: 0 | 1) =>
    `${members}${members === '' ? '' : ','}${quoted(columns.version)}"${version}",${quoted(columns.deleted)}${isDeleted}`;
  const isReplaced = operation === 'update' && before !== undefined && (movesKey || !ignoresUpdateBefore);
  if (before && (operation === 'delete' || isReplaced)) rows.push(mirrorRow(before, 0, told(1), true));
  if (after) rows.push(mirrorRow(after, 0, told(0)));
  return rows;
}

/** A key holds no NULL; and what an image before leaves out, or a key alone, comes as NULL. */
function mirrorRow(image: Image, op: 0 | 1, members: string, leavesNulls = op === 1): string {
  const own = membersOf(image, operationName, leavesNulls);
  return `{${own}${own === '' ? '' : ','}${members}${members === '' ? '' : ','}"${operationName}":${op}}`;
}

const operationName = '__op';

/**
 * A row of a history: the columns of the row after, or of the one that was deleted, and what is told of the change.
 *
 * @out  one row for each change
 */
export function historyRow(change: RowChange, origin: ChangeOrigin, columns: HistoryColumns): string {
  const image = change.after ?? change.before;
  const told = toldMembers(change, origin, columns);
  const own = image ? membersOf(image, undefined, false) : '';
  return `{${[own, told].filter((each) => each !== '').join()}}`;
}

/** What is told of a change, as members of its row: `"op":"insert","at":"2024-02-29 12:34:56"`. */
export function toldMembers(
  { operation, before, after }: RowChange,
  origin: ChangeOrigin,
  columns: HistoryColumns,
): string {
  return [
    member(columns.operation, JSON.stringify(operation)),
    member(columns.position, textOr(origin.position)),
    member(columns.version, textOr(origin.version?.toString())),
    member(columns.committedAt, momentOf(origin.committedAtMs)),
    member(columns.transaction, textOr(origin.transaction)),
    member(columns.before, objectOr(before)),
    member(columns.after, objectOr(after)),
  ]
    .filter((each) => each !== '')
    .join();
}

const member = (name: string | undefined, text: string) => (name === undefined ? '' : `${quoted(name)}${text}`);

const textOr = (text: string | undefined) => (text === undefined ? 'null' : JSON.stringify(text));

const objectOr = (image: Image | undefined) => (image ? `{${membersOf(image, undefined, false)}}` : 'null');

const momentOf = (ms: number | undefined) =>
  textOr(ms === undefined ? undefined : datetimeOf(BigInt(Math.trunc(ms)), 'ms'));

function membersOf(image: Image, leftOut: string | undefined, leavesNulls: boolean): string {
  if (image.json !== undefined && !leavesNulls) return image.json.slice(1, -1);
  const { names, texts } = image;
  let members = '';
  for (const [at, name] of names.entries()) {
    const text = texts[at] as string;
    if (name === leftOut || (leavesNulls && text === 'null')) continue;
    members += `${members === '' ? '' : ','}${quoted(name)}${text}`;
  }
  return members;
}

const keys = new Map<string, string>();
/** Names come from events, so that there is no end of them. */
const mostKeys = 10_000;

/** The name as the key of a member: sources have few columns, and say their names in each event. */
function quoted(name: string): string {
  const known = keys.get(name);
  if (known !== undefined) return known;
  if (keys.size >= mostKeys) keys.clear();
  const key = `${JSON.stringify(name)}:`;
  keys.set(name, key);
  return key;
}

/** What lies under `rejected/` in the bucket: rows of a chunk, or a whole message, and whether they were sent again. */
import type { RejectedLine, RejectedPart } from '../../src/delivery/rejected.ts';
import { bucketPrefixes } from '../../src/kit/bucket-prefixes.ts';
import { SinkError } from '../../src/kit/errors.ts';
import { mapLimited } from '../../src/kit/map-limited.ts';
import type { ObjectStore } from '../../src/object-store.ts';
import type { ParkedMessage } from '../../src/pipeline/park.ts';
import type { TableId } from '../../src/ports.ts';
import { parseTableName } from '../../src/producer/table-name.ts';
import { tableKey, tableOfKey } from '../../src/rows/destination.ts';
import { isChosen, type Selection } from './selection.ts';

/** That an object was sent again, or that somebody began to. */
export interface Resent {
  readonly state: 'begun' | 'sent';
  readonly at: string;
  readonly rows?: number;
}

interface Stored {
  /** Its key, without what all of them have alike. */
  readonly name: string;
  readonly resent: Resent | undefined;
}

/** Rows of one chunk. */
export interface StoredRows extends Stored {
  readonly kind: 'rows';
  /** As its key has it: database.table. */
  readonly tableName: string;
  /** Undefined where the key does not hold the whole name. */
  readonly table: TableId | undefined;
  readonly part: RejectedPart;
  readonly rows: readonly RejectedLine[];
}

/** A message that was kept whole. */
export interface StoredMessage extends Stored {
  readonly kind: 'message';
  readonly message: ParkedMessage;
}

export type StoredObject = StoredRows | StoredMessage;

const { rejected: prefix } = bucketPrefixes;
const messages = 'messages';
const ending = '.ndjson';
const resentEnding = '.resent.json';
/** More is not looked at in one go. */
const mostObjects = 10_000;
const parallelReads = 16;

const keyOf = (name: string) => `${prefix}${name}${ending}`;
export const resentKey = (name: string) => `${prefix}${name}${resentEnding}`;
const pattern = /^(?<place>.+)\/(?<day>\d{4}-\d{2}-\d{2})\/[0-9a-f]{32}(?:-(?<part>read|load))?$/;

/**
 * The objects that somebody chose, the oldest of a table first.
 *
 * @throws SinkError OPTIONS_INVALID: a name that nothing has; what the bucket throws
 */
export async function readStored(selection: Selection, objects: ObjectStore): Promise<readonly StoredObject[]> {
  const { names } = selection;
  const chosen = names.length > 0 ? [...new Set(names.map(asName))] : await listNames(selection, objects);
  const found = await mapLimited(chosen, parallelReads, (name) => readOne(name, objects));
  const missing = chosen.filter((_, at) => found[at] === undefined);
  if (names.length > 0 && missing.length > 0)
    throw new SinkError('OPTIONS_INVALID', `Nothing rejected has the name ${missing.join(', ')}: see rejected list.`);
  return found.flatMap((each) => (each && isAnyChosen(each, selection) ? [each] : []));
}

function isAnyChosen(stored: StoredObject, selection: Selection): boolean {
  if (selection.names.length > 0) return true;
  if (stored.kind === 'rows') return stored.rows.some((row) => isChosen(row, selection));
  const { code, sentMs } = stored.message;
  return isChosen({ code, time: new Date(sentMs).toISOString() }, selection);
}

/** The rows of an object that somebody chose; of one that is named, all. */
export const chosenRows = (stored: StoredRows, selection: Selection): StoredRows =>
  selection.names.length > 0 ? stored : { ...stored, rows: stored.rows.filter((row) => isChosen(row, selection)) };

const asName = (text: string) => text.replace(/^rejected\//, '').replace(/\.ndjson$/, '');

async function listNames(selection: Selection, objects: ObjectStore): Promise<readonly string[]> {
  const { since, until } = selection;
  const keys: string[] = [];
  for (const start of prefixesOf(selection, Date.now())) {
    keys.push(...(await objects.list(start, mostObjects + 1 - keys.length)));
    if (keys.length > mostObjects)
      throw new SinkError(
        'OPTIONS_INVALID',
        `There are more than ${mostObjects} objects: name a --table, and with it a --since.`,
      );
  }
  const ofDay = (name: string) => pattern.exec(name)?.groups?.['day'] ?? '';
  return keys
    .filter((key) => key.endsWith(ending))
    .map((key) => key.slice(prefix.length, -ending.length))
    .filter((name) => pattern.test(name))
    .filter((name) => since === undefined || ofDay(name) >= dayOf(since))
    .filter((name) => until === undefined || ofDay(name) <= dayOf(until));
}

const dayOf = (time: string) => time.slice(0, 10);
const dayMs = 86_400_000;
/** More days are not asked for one by one. */
const mostDays = 400;

/** Where keys begin that may be meant: all, those of a table, or those of a table on some days. */
function prefixesOf({ table, since, until }: Selection, nowMs: number): readonly string[] {
  if (table === undefined) return [prefix];
  const place = `${prefix}${tableKey(tableNamed(table))}/`;
  if (since === undefined) return [place];
  const fromMs = Date.parse(dayOf(since));
  // A clock that is ahead may have named tomorrow.
  const toMs = until === undefined ? nowMs + dayMs : Date.parse(until);
  const days = Math.floor((toMs - fromMs) / dayMs) + 1;
  if (days > mostDays) return [place];
  return Array.from(
    { length: Math.max(0, days) },
    (_, at) => `${place}${dayOf(new Date(fromMs + at * dayMs).toISOString())}/`,
  );
}

/** @throws SinkError OPTIONS_INVALID */
export function tableNamed(name: string): TableId {
  const { database, table } = parseTableName(name, undefined);
  if (database !== undefined) return { database, table };
  throw new SinkError('OPTIONS_INVALID', `--table is ${name}; expected is database.table.`);
}

async function readOne(name: string, objects: ObjectStore): Promise<StoredObject | undefined> {
  const groups = pattern.exec(name)?.groups;
  if (groups === undefined) return undefined;
  const [found, mark] = await Promise.all([objects.getText(keyOf(name)), objects.getText(resentKey(name))]);
  if (found === undefined) return undefined;
  const lines = found.text.trimEnd().split('\n');
  const resent = mark && (JSON.parse(mark.text) as Resent);
  const { place = '', part } = groups;
  if (place === messages) {
    return { kind: 'message', name, resent, message: JSON.parse(lines[0] ?? '') as ParkedMessage };
  }
  return {
    ...{
      kind: 'rows',
      name,
      resent,
      tableName: place,
      table: tableOfKey(place),
      part: part === 'read' ? part : 'load',
    },
    rows: lines.map((line) => JSON.parse(line) as RejectedLine),
  };
}

/**
 * Change events of databases, recognised by their keys without being told: Debezium, AWS DMS, Maxwell, Canal. They become rows
 * with `__op` for the table of the event. What has the marks of an event carries rows, or none, or is rejected; it is never a
 * row itself.
 */
import type { Rejection } from '../../rows/chunk.ts';
import { jsonShapeOf, newJsonCutter } from '../../rows/json-shape.ts';
import { readCanal } from './canal.ts';
import { type Change, invalid, isObject, type ReadChange } from './change.ts';
import { readCloudEvent } from './cloud-event.ts';
import { readDebezium } from './debezium.ts';
import { readDms } from './dms.ts';
import { parseEvent } from './event-schema.ts';
import { readMaxwell } from './maxwell.ts';
import { usualChange } from './usual-events.ts';

const products: readonly (readonly [product: string, read: ReadChange])[] = [
  ['DMS', readDms],
  ['Canal', readCanal],
  ['Debezium', readCloudEvent],
  ['Debezium', readDebezium],
  ['Maxwell', readMaxwell],
];

/** Keys that events of one kind all have; a text without them is looked through once, and not parsed. */
const marks: readonly (readonly string[])[] = [
  ['"source"', '"ts_ms"'],
  ['"schema"', '"payload"'],
  ['"event_count"', '"data_collections"'],
  ['"__deleted"'],
  ['"__op"'],
  ['"isDdl"'],
  ['"iodebeziumop"'],
  ['"encrypted"', '"bytes"'],
  ['"record-type"'],
  ['"database"', '"type"'],
];

/** Of heartbeats. */
const timeKey = /^ts_[mun]s$/;
const heartbeat = /^\s*\{(?:\s*"ts_[mun]s"\s*:\s*\d+\s*,?){1,3}\}\s*$/;

const tombstone = /^\s*null\s*$/;

const hasMarks = (text: string, [first, ...others]: (typeof marks)[number]) =>
  first !== undefined && text.includes(first) && others.every((key) => text.includes(key));

/** The first of each of the marks, so that a text is looked through once. */
const firstMark = new RegExp(`"(?:${marks.map(([key = '']) => key.slice(1, -1)).join('|')})"`);

function mayHoldEvents(text: string): boolean {
  const [found] = firstMark.exec(text) ?? [];
  const likely = marks.find(([key]) => key === found);
  if (likely && (hasMarks(text, likely) || marks.some((each) => hasMarks(text, each)))) return true;
  return text.length < 128 && heartbeat.test(text);
}

/**
 * @in   keys: of an object that holds neither arrays nor objects
 * @out  false: it is none, whatever its values are
 */
export const mayBeEvent = (keys: ReadonlySet<string>): boolean =>
  marks.some((mark) => mark.every((key) => keys.has(key.slice(1, -1)))) || [...keys].every((key) => timeKey.test(key));

/**
 * Reads a text of change events: one, a list, one a line, or behind each other.
 *
 * @out     undefined: it holds none, as nearly all texts
 * @throws  never
 */
export function readChanges(text: string): readonly Change[] | Rejection | undefined {
  if (text.length < 64 && tombstone.test(text)) return [];
  if (!mayHoldEvents(text)) return undefined;
  const changes: Change[] = [];
  let others = 0;
  for (const change of changesIn(text.trim())) {
    if (change === undefined) others++;
    else if ('code' in change) return change;
    else changes.push(change);
  }
  if (changes.length === 0) return undefined;
  if (others === 0) return changes;
  return {
    code: 'CHANGE_EVENT_INVALID',
    detail: `${changes.length} change events stand beside ${others} values that are none.`,
  };
}

/** What a value is; undefined: no event. */
type Found = Change | Rejection | undefined;

function readChange(value: unknown): Found {
  if (!isObject(value)) return undefined;
  for (const [product, read] of products) {
    try {
      const change = read(value);
      if (change !== undefined) return change;
    } catch (error) {
      return invalid(product, `it has not the shape of one (${error instanceof Error ? error.name : 'an error'})`);
    }
  }
  return undefined;
}

/** What cannot be read is no event, and told apart from rows elsewhere. */
const changesIn = (text: string): readonly Found[] =>
  (text.startsWith('[') ? undefined : changesInLines(text)) ?? changesOf(valuesOf(text));

/** @out  undefined: some line is no object by itself */
function changesInLines(text: string): readonly Found[] | undefined {
  const changes: Found[] = [];
  for (const line of text.split('\n')) {
    const usual = usualOrNothing(line);
    const value = usual === undefined ? parseOrNothing(line) : undefined;
    if (usual === undefined && value !== null && !isObject(value)) return undefined;
    if (usual) changes.push(usual);
    else changes.push(...changesOf([value]));
  }
  return changes;
}

/** What has not the shape of an event is told so once it is parsed. */
function usualOrNothing(text: string): Change | undefined {
  try {
    return usualChange(text, readOne);
  } catch {
    return undefined;
  }
}

/** Without tombstones: they follow deletes, for those who keep the last value of each key. */
const changesOf = (values: readonly unknown[]): readonly Found[] =>
  values.filter((value) => value !== null).map(readChange);

function readOne(text: string): Change | undefined {
  const change = readChange(parseOrNothing(text));
  return change && 'code' in change ? undefined : change;
}

function valuesOf(text: string): readonly unknown[] {
  const cutter = newJsonCutter[jsonShapeOf(text, true) ?? 'lines']();
  const cuts = [...cutter.push(text), ...cutter.end()];
  return cutter.isStuck === undefined ? cuts.map((cut) => parseOrNothing(cut.text)) : [undefined];
}

function parseOrNothing(text: string): unknown {
  try {
    return parseEvent(text);
  } catch {
    return undefined;
  }
}

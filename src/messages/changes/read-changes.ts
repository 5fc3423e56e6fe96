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

const heartbeat = /^\s*\{(?:\s*"ts_[mun]s"\s*:\s*\d+\s*,?){1,3}\}\s*$/;

const tombstone = /^\s*null\s*$/;

const hasMarks = (text: string) => marks.some((keys) => keys.every((key) => text.includes(key)));

/** The first of each of the marks, so that a text is looked through once. */
const firstMark = new RegExp(`"(?:${marks.map(([key = '']) => key.slice(1, -1)).join('|')})"`);

/** Events have all of their marks in the first of them. */
const headCharacters = 4096;

const mayHoldEvents = (text: string) =>
  (firstMark.test(text) && (hasMarks(text.slice(0, headCharacters)) || hasMarks(text))) ||
  (text.length < 128 && heartbeat.test(text));

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
  for (const value of valuesOf(text)) {
    // A tombstone: it follows a delete, for those who keep the last value of each key.
    if (value === null) continue;
    const change = readChange(value);
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

function readChange(value: unknown): Change | Rejection | undefined {
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

/** What cannot be read is undefined, and told apart from rows elsewhere. */
function valuesOf(text: string): readonly unknown[] {
  const trimmed = text.trim();
  return (trimmed.startsWith('[') ? undefined : valuesOfLines(trimmed)) ?? valuesOfCuts(trimmed);
}

/** @out  undefined: some line is no object by itself */
function valuesOfLines(text: string): readonly unknown[] | undefined {
  const values: unknown[] = [];
  for (const line of text.split('\n')) {
    const value = parseOrNothing(line);
    if (value !== null && !isObject(value)) return undefined;
    values.push(value);
  }
  return values;
}

function valuesOfCuts(text: string): readonly unknown[] {
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

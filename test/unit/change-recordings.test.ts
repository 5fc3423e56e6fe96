import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/messages/changes/change.ts';
import { readChanges } from '../../src/messages/changes/read-changes.ts';
import { mirrorRows } from '../../src/messages/changes/table-rows.ts';
import type { Rejection } from '../../src/rows/chunk.ts';
import { keepDigits } from '../../src/rows/json-values.ts';
import { type Column, sameValue } from './change-values.ts';

const folder = new URL('../fixtures/change-events/', import.meta.url);
const recordings = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.jsonl'))
  .map((name) => name.replace('.jsonl', ''));

interface Expected {
  readonly line: number;
  readonly op: 'upsert' | 'delete' | 'truncate' | 'skip';
  readonly database?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly kind?: string;
  readonly key?: Readonly<Record<string, string>> | null;
  readonly row?: Readonly<Record<string, string | null>>;
  readonly differs?: Readonly<Record<string, unknown>>;
  readonly unavailable?: readonly string[];
}

interface Facts {
  readonly tables: Readonly<Record<string, { readonly columns: Readonly<Record<string, Column>> }>>;
  readonly events: readonly Expected[];
}

/** The text of each event, as it was handed over, and what the source held. */
function recording(name: string) {
  const facts = JSON.parse(readFileSync(new URL(`${name}.expected.json`, folder), 'utf8')) as Facts;
  const lines = readFileSync(new URL(`${name}.jsonl`, folder), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line, index) => {
    const event = JSON.parse(line, keepDigits);
    const text = 'topic' in event ? JSON.stringify(event.value) : line;
    return { text, expected: facts.events.filter((each) => each.line === index + 1), tables: facts.tables };
  });
}

const read = (text: string) => readChanges(text);

/** Rows of the event, its code, or nothing. */
function outcomeOf(changes: readonly Change[] | Rejection | undefined) {
  if (changes === undefined) return 'no event';
  if ('code' in changes) return changes.code;
  return changes.flatMap(({ rows, ...change }) =>
    rows
      .flatMap((row) => mirrorRows(row, { ignoresUpdateBefore: true }))
      .map((row) => ({ ...change, row: JSON.parse(row, keepDigits) as Readonly<Record<string, unknown>> })),
  );
}

describe.each(recordings)('%s', (name) => {
  const isSchemaless = /noschema|unwrapped/.test(name);

  it('gives each row that the source held, for its table, and nothing of what changes none', () => {
    const problems = recording(name).flatMap(({ text, expected, tables }) => {
      const outcome = outcomeOf(read(text));
      const [{ op, kind = '', line } = { op: 'skip', kind: '?', line: 0 }] = expected;
      if (op === 'truncate' || op === 'skip') {
        const skipped = /ddl|schema change/.test(kind) ? [[], 'SOURCE_SCHEMA_CHANGED'] : [[]];
        expect({ line, outcome }).toEqual({
          line,
          outcome: op === 'truncate' ? 'SOURCE_TRUNCATED' : expect.toBeOneOf(skipped),
        });
        return [];
      }
      if (typeof outcome === 'string') throw new Error(`line ${line}: ${outcome}`);
      expect({ line, found: outcome.map(placeOf) }).toEqual({ line, found: expected.map(placeOf) });
      return expected.flatMap((wanted, index) =>
        differences(outcome[index]?.row ?? {}, wanted, tables[wanted.table ?? '']?.columns ?? {}, isSchemaless),
      );
    });
    expect(problems).toEqual([]);
  });
});

/** Where a row goes, and whether it is deleted; of an event as of what is expected. */
const placeOf = (
  place: Partial<Record<'database' | 'schema' | 'table' | 'op', string | undefined>> & { readonly row?: unknown },
) => ({
  ...{ database: place.database, schema: place.schema, table: place.table },
  isDelete:
    place.op === undefined
      ? JSON.stringify((place.row as Record<string, unknown>)['__op']) === '1'
      : place.op === 'delete',
});

function differences(
  row: Readonly<Record<string, unknown>>,
  wanted: Expected,
  columns: Readonly<Record<string, Column>>,
  isSchemaless: boolean,
): string[] {
  const held = { ...wanted.row, ...wanted.key };
  const excused = new Set(Object.keys(wanted.differs ?? {}));
  const isDelete = wanted.op === 'delete';
  const isMissing = (name: string) =>
    // A key holds no NULL, so a delete leaves NULLs out; of Postgres, and of a changed key, it may hold the key only.
    isDelete && row[name] === undefined && !(name in (wanted.key ?? {}));
  const wrong = Object.entries(held)
    .filter(([name]) => !excused.has(name) && !isMissing(name) && !wanted.unavailable?.includes(name))
    // A column that was added later is in the rows only.
    .filter(([name, value]) => !sameValue(row[name], value, columns[name] ?? asText, isSchemaless))
    .map(([name, value]) => `${name}: ${JSON.stringify(value)} came as ${JSON.stringify(row[name])}`);
  const invented = Object.keys(row)
    .filter((name) => name !== '__op' && ((!(name in held) && !isDelete) || wanted.unavailable?.includes(name)))
    .map((name) => `${name} was not in the source, or not available`);
  return [...wrong, ...invented].map((problem) => `line ${wanted.line} ${problem.slice(0, 200)}`);
}

const asText: Column = { type: 'text', as: 'text' };

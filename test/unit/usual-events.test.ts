import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change, Image, Json } from '../../src/messages/changes/change.ts';
import { readDebezium } from '../../src/messages/changes/debezium.ts';
import { parseEvent } from '../../src/messages/changes/event-schema.ts';
import { readMaxwell } from '../../src/messages/changes/maxwell.ts';
import { mirrorRows } from '../../src/messages/changes/table-rows.ts';
import { usualChange } from '../../src/messages/changes/usual-events.ts';
import { keepDigits, rawJson } from '../../src/rows/json-values.ts';
import { runs } from '../property-runs.ts';

/** What becomes of an event when it is parsed. */
function parsed(text: string): Change | undefined {
  const event = parseEvent(text) as Json;
  const change = readDebezium(event) ?? readMaxwell(event);
  return change && 'code' in change ? undefined : change;
}

const image = (read: Image | undefined) =>
  read?.names.map((name, at) => [name, JSON.parse(read.texts[at] ?? '', keepDigits)]);

/** All that a change tells, with its numbers digit by digit. */
const toldBy = ({ database, schema, table, rows, isPartial, isUntyped, origin }: Change) => ({
  ...{ database, schema, table, isPartial, isUntyped, origin: origin() },
  rows: rows.map(({ operation, movesKey, before, after }) => ({
    ...{ operation, movesKey, before: image(before), after: image(after) },
  })),
});

/** The rows of a mirror, with their numbers digit by digit, each member where it stands. */
const written = ({ rows }: Change) =>
  rows
    .flatMap((each) => mirrorRows(each, { ignoresUpdateBefore: false }))
    .map((text) => Object.entries(JSON.parse(text, keepDigits)));

/** @out  whether the event was told by its pattern; then that is what it becomes when it is parsed */
function isToldRight(text: string): boolean {
  const usual = usualChange(text, parsed);
  if (usual === undefined) return false;
  const slow = parsed(text);
  if (slow === undefined) expect.fail('It is no event.');
  expect(written(usual)).toEqual(written(slow));
  expect(toldBy(usual)).toEqual(toldBy(slow));
  return true;
}

const folder = new URL('../fixtures/change-events/', import.meta.url);
const recorded = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.jsonl'))
  .flatMap((name) => readFileSync(new URL(name, folder), 'utf8').trim().split('\n'))
  .map((line) => {
    const event = JSON.parse(line, keepDigits);
    return 'topic' in event ? JSON.stringify(event.value) : line;
  });

const oddValue = fc.oneof(
  ...[
    fc.integer(),
    fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  ],
  ...[fc.string({ maxLength: 6 }), fc.string({ unit: 'binary', maxLength: 3 }), fc.constantFrom(null, true, false)],
  fc.constantFrom('__debezium_unavailable_value', 'X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==', ['a', 'b'], { a: 1 }, -0),
  fc.constantFrom('1.50', '0.0000001', '1e3', '12345678.1234567', '-0', '123456789012345678').map(rawJson),
);
const value = fc.oneof(
  {
    arbitrary: fc.constantFrom<unknown>(1, -20, 1.25, 'paid', '', 1_709_210_096_123_456, '2024-02-29T12:34:56Z', null),
    weight: 3,
  },
  { arbitrary: oddValue, weight: 1 },
);
const write = (each: unknown) => (typeof each === 'bigint' ? String(each) : JSON.stringify(each));
const row = fc
  .tuple(fc.array(value, { maxLength: 4 }), fc.constantFrom('c', '__op', 'ä', 'db', 'data'))
  .map(([values, name]) => `{${values.map((each, at) => `"${name}${at || ''}":${write(each)}`).join()}}`);
const maybeRow = fc.oneof({ arbitrary: row, weight: 4 }, { arbitrary: fc.constant('null'), weight: 1 });
const schema = JSON.stringify({
  ...{ type: 'struct', name: 'p.shop.orders.Envelope' },
  fields: ['before', 'after'].map((field) => ({
    ...{ type: 'struct', optional: true, field },
    fields: [
      { field: 'c', type: 'int64', name: 'io.debezium.time.MicroTimestamp' },
      { field: 'c1', type: 'string', name: 'io.debezium.time.ZonedTimestamp' },
    ],
  })),
});
const source = fc.constantFrom(
  '{"version":"3","connector":"mysql","name":"d","ts_ms":5,"snapshot":"false","db":"shop","sequence":null,"table":"orders","gtid":"g:1","file":"b.000001","pos":7,"row":0}',
  '{"version":"3","connector":"postgresql","name":"d","ts_ms":5,"db":"shop","sequence":"[\\"1\\"]","schema":"inv","table":"orders","txId":9,"lsn":77}',
  '{"version":"3","connector":"mysql","db":"","table":null}',
  '{"version":"3","connector":"mysql","db":"shop","table":"orders","db":"other"}',
);
const debezium = fc
  .tuple(maybeRow, maybeRow, source, fc.constantFrom('c', 'r', 'u', 'd', 't', 'm'), fc.boolean(), fc.boolean())
  .map(([before, after, from, op, hasTransaction, hasSchema]) => {
    const told = `${hasTransaction ? ',"transaction":null' : ''},"op":"${op}","ts_ms":8,"ts_us":8000,"ts_ns":8000000`;
    const payload = `{"before":${before},"after":${after},"source":${from}${told}}`;
    return hasSchema ? `{"schema":${schema},"payload":${payload}}` : payload;
  });
const maxwell = fc
  .tuple(row, fc.constantFrom('insert', 'update', 'delete', 'bootstrap-insert', 'table-create'), fc.boolean())
  .map(([data, type, hasOld]) => {
    const told = `"ts":5,"xid":6,"commit":true,"position":"b.000001:7","primary_key":[1],"primary_key_columns":["c"]`;
    return `{"database":"shop","table":"orders","type":"${type}",${told},"data":${data}${hasOld ? ',"old":{"c":1}' : ''}}`;
  });
const broken = fc.constantFrom('"', ',', '{', '}', '0', ',"op":"c"', ',"isDdl":false', '\\', ' ', ',"ddl":"x"', '\n');
const event = fc
  .tuple(fc.oneof(debezium, maxwell), fc.nat(), broken, fc.nat({ max: 2 }))
  .map(([text, at, more, whole]) => {
    const place = at % (text.length + 1);
    return whole === 0 ? text.slice(0, place) + more + text.slice(place) : text;
  });

describe('an event that is told by a pattern', () => {
  it('of a recording becomes what it becomes when it is parsed', () => {
    expect(recorded.filter(isToldRight).length).toBeGreaterThan(30);
  });

  it('of any kind becomes what it becomes when it is parsed', () => {
    let told = 0;
    fc.assert(
      fc.property(event, (text) => {
        if (isToldRight(text)) told++;
      }),
      { numRuns: runs(6000) },
    );
    expect(told).toBeGreaterThan(runs(500));
  });

  it.each(['{"database":"d","table":"t","type":"insert","ts":1,"data":{', '{"before":null,"after":{'])(
    'is none of many columns: %s',
    (head) => {
      const columns = Array.from({ length: 200_000 }, (_, at) => `"column_${at}":${at}`).join();
      expect(usualChange(`${head}${columns}}}`, parsed)).toBeUndefined();
    },
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Image, Json } from '../../src/messages/changes/change.ts';
import { readDebezium } from '../../src/messages/changes/debezium.ts';
import { parseEvent } from '../../src/messages/changes/event-schema.ts';
import { usualChange } from '../../src/messages/changes/usual-events.ts';
import { rawJson } from '../../src/rows/json-values.ts';
import { rowsBefore } from '../../src/rows/row-pattern.ts';
import { runs } from '../property-runs.ts';

const number = (name?: string) => ({ type: 'int64', ...(name && { name }) });
const text = (name?: string) => ({ type: 'string', ...(name && { name }) });
const bytes = (name: string, parameters?: object) => ({ type: 'bytes', name, parameters });
const types = [
  ...[number(), text(), { type: 'boolean' }, { type: 'double' }],
  { type: 'int64', parameters: { '__debezium.source.column.type': 'BIGINT UNSIGNED' } },
  ...['Date', 'Timestamp', 'MicroTimestamp', 'NanoTimestamp', 'Time', 'MicroTime', 'NanoTime'].map((name) =>
    number(`io.debezium.time.${name}`),
  ),
  ...['ZonedTimestamp', 'IsoTimestamp', 'IsoDate', 'IsoTime'].map((name) => text(`io.debezium.time.${name}`)),
  ...[text('io.debezium.data.Enum'), text('io.debezium.data.Json'), bytes('io.debezium.data.Bits')],
  bytes('org.apache.kafka.connect.data.Decimal', { scale: '2' }),
  { type: 'array', items: number('io.debezium.time.Date') },
];
const columns = types.map((type, at) => ({ ...type, field: at === 0 ? 'id.$' : `ä${at}` }));

const envelopeOf = (fields: readonly object[]) =>
  JSON.stringify({
    ...{ type: 'struct', name: 'p.shop.orders.Envelope' },
    fields: ['before', 'after'].map((field) => ({ type: 'struct', optional: true, field, fields })),
  });
const schema = envelopeOf(columns);

const eventOf = (row: string, of = schema) =>
  `{"schema":${of},"payload":{"before":null,"after":${row},"source":{"version":"3","connector":"mysql","db":"shop","table":"orders"},"op":"c","ts_ms":8}}`;

function parsed(event: string) {
  const change = readDebezium(parseEvent(event) as Json);
  return change && 'code' in change ? undefined : change;
}

const toldOf = (event: string): Image | undefined => usualChange(event, parsed)?.rows[0]?.after;

/** Asks so often that rows of the schema are cut. @out the names that they share */
function namesWhenCut(event: string): readonly string[] | undefined {
  for (let at = 0; at < rowsBefore * 2; at++) toldOf(event);
  return toldOf(event)?.names;
}

const values = fc.oneof(
  fc.constantFrom<unknown>(...[null, true, false, 0, 1, -1, 19_000, 86_399_000, 1_709_210_096_123_456, '', 'paid']),
  fc.constantFrom('2024-02-29T12:34:56Z', '2024-02-29T12:34:56.123456+02:00', '2024-02-29Z', '12:34:56Z', 'a\\,b"\n'),
  fc.constantFrom('AQ==', '/////w==', '__debezium_unavailable_value', 'X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ=='),
  fc
    .constantFrom('0.0', '-0.0', '5.0', '1.50', '12345678.1234567', '123456789012345678', '-999999999999999999')
    .map(rawJson),
  ...[
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: 'binary', maxLength: 4 }),
  ],
);

const rowOf = (texts: readonly unknown[]) =>
  `{${texts.map((each, at) => `${JSON.stringify(columns[at]?.field)}:${JSON.stringify(each)}`).join()}}`;

describe('a row whose columns its schema tells', () => {
  it('has the text that parsing gives, whatever a column means', () => {
    const usual = eventOf(rowOf(columns.map(() => 1)));
    const names = namesWhenCut(usual);
    let cut = 0;
    fc.assert(
      fc.property(fc.nat({ max: columns.length - 1 }), values, values, (at, one, other) => {
        const event = eventOf(rowOf(columns.map((_, column) => (column === at ? one : column > at ? other : 1))));
        const told = toldOf(event);
        if (told === undefined) return;
        expect(told).toEqual(parsed(event)?.rows[0]?.after);
        if (told.names === names) cut++;
      }),
      { numRuns: runs(6000) },
    );
    expect(cut).toBeGreaterThan(runs(2000));
  });

  it.each([
    ['of a column that is there twice', '{"a":1,"a":2}', ['a', 'a']],
    ['of a column that the schema lacks', '{"a":1,"b":2}', ['a']],
    ['that lacks a column', '{"a":1}', ['a', 'b']],
    ['of another order', '{"b":1,"a":2}', ['a', 'b']],
    ['of names that are numbers', '{"b":1,"1":2}', ['b', '1']],
    ['of no column in its schema', '{"a":1}', []],
  ])('is parsed where it is one %s', (_, row, fields) => {
    const event = eventOf(row, envelopeOf(fields.map((field) => ({ type: 'int64', field }))));
    const names = namesWhenCut(event);
    expect(toldOf(event)).toEqual(parsed(event)?.rows[0]?.after);
    expect(toldOf(event)?.names).not.toBe(names);
  });
});

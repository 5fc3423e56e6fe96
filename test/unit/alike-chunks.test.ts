import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRouter, type RouteRules, type TableShape } from '../../src/messages/route.ts';
import { UsualMessages } from '../../src/messages/usual-messages.ts';
import type { Arrived } from '../../src/pipeline/plan-lanes.ts';
import { type ReadDeps, readMessages } from '../../src/pipeline/read-messages.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import { createChunkFitter } from '../../src/rows/fit-chunk.ts';
import { fitTableOf } from '../../src/rows/fit-table.ts';
import { ExpectedFitters } from '../../src/rows/row-watch.ts';
import { csvLayout, sqsRecord } from '../builders.ts';
import { runs } from '../property-runs.ts';

const routing: RouteRules = { database: 'shop', table: 'orders', allow: ['shop.*'], properties: {} };
const asCsv: RouteRules = { ...routing, properties: { format: 'csv' }, csv: csvLayout };

/** Orders have a key, and everything is known of them; of others nothing is. */
function shapeOf(type: string): TableShape {
  const columns = ['id', 'name'].map((name) => ({
    ...{ name, type: name === 'id' ? 'int(11)' : type, nullable: true, key: name === 'id', generated: false },
    ...{ autoIncrement: false, default: undefined },
  }));
  const how = { timeZone: 'UTC', epochUnit: undefined, isPartial: false, checksRows: true, now: () => 0 };
  const fitter = createChunkFitter(fitTableOf(columns, ['id'], { ...how, unknownKeys: 'drop' }), csvLayout);
  return { columns: ['id', 'name'], primaryKey: ['id'], fitter };
}

function reader(remembers: boolean, rules: RouteRules, schemaOf: () => TableShape) {
  const expected = new ExpectedFitters();
  const decode = {
    ...{ maxInflatedBytes: 1024, defaultFormat: undefined, csv: csvLayout, keepsBadRows: true },
    ...(remembers
      ? {
          watchFor: (...rows: Parameters<ExpectedFitters['watchFor']>) => expected.watchFor(...rows),
          fitterFor: (...rows: Parameters<ExpectedFitters['fitterFor']>) => expected.fitterFor(...rows),
        }
      : {}),
  };
  const usual = new UsualMessages(decode);
  const deps: ReadDeps = {
    ...{ decode, payloads: undefined, rules, route: createRouter(rules) },
    schemaOf: async ({ table }) => (table === 'orders' ? schemaOf() : undefined),
    clock: { now: () => 0, sleep: () => new Promise(() => undefined), random: () => 0.5 },
    telemetry: { event: () => undefined, count: () => undefined },
  };
  return async (sent: readonly Sent[]) => {
    const records = sent.map(({ body, table }, at) => sqsRecord({ messageId: `m${at}`, body, attributes: { table } }));
    const arrived = await readMessages(records, remembers ? { ...deps, usual, expected } : deps);
    return arrived.map(told);
  };
}

/** Without what only says which chunks are alike, and who looked at them. */
function told(message: Arrived<Chunk>): unknown {
  if (!message.ok) return message;
  const { alike: _, seen: __, ...item } = message.item;
  return { ...message, item };
}

interface Sent {
  readonly body: string;
  readonly table: string;
}

const value = fc.oneof(
  { arbitrary: fc.constantFrom('"a"', '"b"', 'null'), weight: 6 },
  fc.constantFrom('"longer"', '5', '1.5', '"2024-03-05T12:00:00Z"', '{"a":1}', 'x'),
);
const body = fc.oneof(
  { arbitrary: fc.tuple(fc.nat({ max: 9 }), value).map(([id, name]) => `{"id":${id},"name":${name}}`), weight: 6 },
  fc.nat({ max: 9 }).map((id) => `{"id":${id}}`),
  value.map((other) => `{"id":1,"other":${other}}`),
  fc.constant('{"id":1,"__op":1}'),
);
const event = fc.array(
  fc.record({ body, table: fc.oneof({ arbitrary: fc.constant('orders'), weight: 4 }, fc.constant('others')) }),
  { minLength: 1, maxLength: 15 },
);

describe('messages that are alike', () => {
  it('become what each would by itself, also when their table changes between two events', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(event, fc.constantFrom('varchar(3)', 'varchar(30)', 'int(11)')), {
          minLength: 2,
          maxLength: 4,
        }),
        fc.constantFrom(routing, asCsv),
        async (events, rules) => {
          const shapes = new Map(events.map(([, type]) => [type, shapeOf(type)]));
          let shape = shapeOf('varchar(3)');
          const [remembering, forgetting] = [reader(true, rules, () => shape), reader(false, rules, () => shape)];
          for (const [sent, type] of events) {
            shape = shapes.get(type) ?? shape;
            expect(await remembering(sent)).toEqual(await forgetting(sent));
          }
        },
      ),
      { numRuns: runs(150) },
    );
  });
});

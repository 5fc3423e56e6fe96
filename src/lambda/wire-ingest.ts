import { type AtomicDeps, atomically } from '../delivery/atomically.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { createPressure, easing, type Pressure } from '../delivery/pressure.ts';
import { staging } from '../delivery/stage.ts';
import { parseJsonPath } from '../kit/json-path.ts';
import { orderRulesOf } from '../messages/changes/order.ts';
import { createMessageRouter } from '../messages/message-route.ts';
import { allowList, createRouter, type RouteRules } from '../messages/route.ts';
import { UsualMessages } from '../messages/usual-messages.ts';
import type { CompiledRoute } from '../options/compile-routes.ts';
import type { SinkOptions } from '../options/table.ts';
import type { IngestDeps } from '../pipeline/ingest.ts';
import { limitsUnder } from '../pipeline/plan-lanes.ts';
import { RejectionMemory } from '../pipeline/rejections.ts';
import { createKeyTeller } from '../pipeline/tell-keys.ts';
import type { TableId } from '../ports.ts';
import { joinChunks, joinSegment } from '../rows/body.ts';
import type { Chunk } from '../rows/chunk.ts';
import type { CsvLayout } from '../rows/csv-rows.ts';
import { type FindRows, rowsUnder } from '../rows/json-root.ts';
import { chunkReader } from '../rows/row-readers.ts';
import { ExpectedFitters } from '../rows/row-watch.ts';
import { createTableChanger } from '../starrocks/change-table.ts';
import { createSchemaCache } from '../starrocks/schema-cache.ts';
import { byOptions, tableOptions } from './table-options.ts';
import { wireAtomic } from './wire-atomic.ts';
import { type Semantic, wireSemantic } from './wire-delivery.ts';
import { wireShapes } from './wire-fitting.ts';
import { claimedUntilMs } from './wire-ledger.ts';
import { csvLayoutOf, csvOfMessages, keepsBadRows, type Parts, type Reach, reachToClose } from './wiring.ts';

/** Rows of one invocation are in memory, so its batches stay below this whatever max-bytes says. */
const maxDirectBytes = 90 * 1024 ** 2;
/** Event sources wait no longer; beyond it every batch is staged, and a schedule loads them. @source AWS Lambda: 300 s */
export const longestWindowMs = 300_000;

/** Of the function's memory, what decoded messages may take: they are copied to be sent, and the runtime takes its own. */
const decodedPart = 0.4;

/** Everything the ingest pipeline needs, made from options. */
export function wireIngest(parts: Parts): (deadlineMs: number) => IngestDeps {
  const { options, credentials, clock, telemetry } = parts;
  const csv = csvLayoutOf(options);
  const optionsOf = tableOptions(parts);
  const rulesOf = byOptions((own) => routeRules(own, parts));
  const rules = rulesOf(options);
  const router = createMessageRouter(parts.routes, rules);
  const reading = byOptions(readingRules);
  const semantic = wireSemantic(parts);
  const connectMs = options['sink.connect.timeout-ms'];
  const schemas = createSchemaCache(options['jdbc-url'], credentials, connectMs, clock, semantic.prepare);
  const pressure = createPressure(clock);
  const expected = new ExpectedFitters();
  const decode = {
    maxInflatedBytes: options['sink.max-inflated-bytes'],
    ...reading(options),
    csvOfLoads: csv,
    watchFor: (...rows: Parameters<ExpectedFitters['watchFor']>) => expected.watchFor(...rows),
    fitterFor: (...rows: Parameters<ExpectedFitters['fitterFor']>) => expected.fitterFor(...rows),
    ...{ router, rulesOf: (route: CompiledRoute) => reading(route.options) },
    envelopes: options['sink.envelopes'],
    keepsBadRows: keepsBadRows(options),
    fingerprints: semantic.fingerprints,
    changes: {
      ignoresUpdateBefore: options['sink.ignore.update-before'],
      dropsDeletes: options['sink.deletes'] === 'drop',
      schemaChange: options['sink.schema-change'],
      isAllowed: allowList(rules),
      router,
      ...orderRulesOf(options),
    },
  };
  const kept = {
    rejections: new RejectionMemory(),
    untilMsOf: (deadlineMs: number) => claimedUntilMs(deadlineMs, options),
    ...{ rules, route: createRouter(rules), rulesOf: (table: TableId) => rulesOf(optionsOf(table)), clock, telemetry },
    decode,
    usual: new UsualMessages(decode),
    expected,
    budgetBytes: parts.memoryBytes * decodedPart,
    schemaOf: wireShapes(schemas, optionsOf, csv, clock),
    keys: createKeyTeller(telemetry, clock),
    isAtomic: options['sink.atomic-messages'],
    ...growthBy(parts),
    limitsOf: (table: TableId) => limitsUnder(pressure, table, limitsBy(optionsOf(table))),
  };
  const atomic = options['sink.atomic-messages'] ? wireAtomic(parts, csv) : undefined;
  return (deadlineMs) => {
    const [reach, closing] = [parts.reach(deadlineMs), reachToClose(parts, deadlineMs)];
    return {
      ...{ ...kept, payloads: reach.payloads, postpone: closing.postpone },
      delivery: deliveryOf(semantic, parts, reach, pressure, csv, atomic),
      rejectedIn: keepsBadRows(options) ? closing.objects : undefined,
    };
  };
}

function findRowsBy({ properties }: SinkOptions): { readonly findRows?: FindRows } {
  const path = properties['json_root'] === undefined ? undefined : parseJsonPath(properties['json_root']);
  return path === undefined ? {} : { findRows: rowsUnder(path) };
}

/** What adds columns and tables, where that can be asked for. */
function growthBy({ options, routes, credentials, clock }: Parts): Pick<IngestDeps, 'growth'> {
  const jdbcUrl = options['jdbc-url'];
  if (jdbcUrl === undefined) return {};
  const timeoutMs = options['sink.connect.timeout-ms'];
  const changer = createTableChanger({ jdbcUrl, credentials, timeoutMs, clock });
  return { growth: { ...changer, routeTo: routes.routeTo } };
}

/** Headers by which CSV of loads is written: one way for all tables. Those of a route say how its messages have it. */
const notation = ['column_separator', 'row_delimiter', 'enclose', 'escape', 'trim_space'];

function routeRules(own: SinkOptions, { options, routes }: Parts): RouteRules {
  const isNotation = ([name]: readonly [string, string]) => notation.includes(name);
  const ofLoads = Object.entries(options.properties).filter(isNotation);
  const others = Object.entries(own.properties).filter((entry) => !isNotation(entry));
  return {
    ...{
      database: options['database-name'],
      table: options['table-name'],
      allow: options['sink.tables.allow'],
      routes,
    },
    properties: own === options ? options.properties : Object.fromEntries([...others, ...ofLoads]),
    csvHeader: own['sink.csv.header'],
    csv: csvLayoutOf(options),
  };
}

/** How messages are read, by the options of the file or of a route. */
const readingRules = (own: SinkOptions) => ({
  defaultFormat: own.properties['format'] === 'csv' ? ('csv' as const) : undefined,
  csv: csvOfMessages(own),
  ...findRowsBy(own),
  envelopeColumns: own['sink.envelope.columns'],
  dropsDeletes: own['sink.deletes'] === 'drop',
});

const limitsBy = byOptions((own) => ({
  maxRows: own['sink.buffer-flush.max-rows'],
  maxBytes: Math.min(own['sink.buffer-flush.max-bytes'], maxDirectBytes),
  mostBytes: maxDirectBytes,
}));

/** Large batches are staged where there is a load queue; without one each is loaded by the invocation that received it. */
function deliveryOf(
  semantic: Semantic,
  { options, clock }: Parts,
  reach: Reach,
  pressure: Pressure,
  csv: CsvLayout,
  atomic: AtomicDeps | undefined,
): Delivery<Chunk> {
  const { objects, sendPointer } = reach;
  const badRows = objects && keepsBadRows(options) ? { ...chunkReader(csv), objects } : undefined;
  const delivery = semantic.deliver(joinChunks(csv), badRows, reach);
  const direct = easing(atomic ? atomically(delivery, atomic) : delivery, pressure);
  if (atomic) return direct;
  if (objects === undefined || sendPointer === undefined) return direct;
  const writer = { objects, compression: options['sink.segment.compression'], join: joinSegment(csv) };
  const waitsLonger = options['sink.buffer-flush.interval-ms'] > longestWindowMs;
  const aboveBytes = waitsLonger ? 0 : options['sink.stage-above-bytes'];
  return staging(direct, semantic.stage(writer, sendPointer), { aboveBytes, clock, pressure });
}

import type { Delivery } from '../delivery/delivery.ts';
import { createPressure, easing } from '../delivery/pressure.ts';
import { staging } from '../delivery/stage.ts';
import { holdRows } from '../messages/payload.ts';
import { allowList, createRouter, type RouteRules } from '../messages/route.ts';
import type { IngestDeps } from '../pipeline/ingest.ts';
import { createKeyTeller } from '../pipeline/tell-keys.ts';
import { joinChunks, joinSegment } from '../rows/body.ts';
import type { Chunk } from '../rows/chunk.ts';
import type { CsvLayout } from '../rows/csv-rows.ts';
import { createSchemaCache } from '../starrocks/schema-cache.ts';
import { type Semantic, wireSemantic } from './wire-delivery.ts';
import { wireShapes } from './wire-fitting.ts';
import { csvLayoutOf, keepsBadRows, type Parts } from './wiring.ts';

/** Rows of one invocation are joined in memory, so its batches stay below this whatever max-bytes says. */
const maxDirectBytes = 90 * 1024 ** 2;
/** Event sources wait no longer; beyond it every batch is staged, and a schedule loads them. @source AWS Lambda: 300 s */
export const longestWindowMs = 300_000;

/** Of the function's memory, what decoded messages may take: they are copied to be sent, and the runtime takes its own. */
const decodedPart = 0.4;

/** Everything the ingest pipeline needs, made from options. */
export function wireIngest(parts: Parts): IngestDeps {
  const { options, credentials, clock, telemetry } = parts;
  const rules: RouteRules = {
    database: options['database-name'],
    table: options['table-name'],
    allow: options['sink.tables.allow'],
    properties: options.properties,
    csvHeader: options['sink.csv.header'],
  };
  const csv = csvLayoutOf(options);
  const semantic = wireSemantic(parts);
  const schemas = createSchemaCache(options['jdbc-url'], credentials, options['sink.connect.timeout-ms'], clock);
  return {
    decode: {
      maxInflatedBytes: options['sink.max-inflated-bytes'],
      defaultFormat: options.properties['format'] === 'csv' ? 'csv' : undefined,
      csv,
      envelopes: options['sink.envelopes'],
      keepsBadRows: keepsBadRows(parts),
      fingerprints: semantic.fingerprints,
      changes: { ignoresUpdateBefore: options['sink.ignore.update-before'], isAllowed: allowList(rules) },
    },
    payloads: parts.payloads,
    budgetBytes: parts.memoryBytes * decodedPart,
    rules,
    route: createRouter(rules),
    schemaOf: wireShapes(schemas, options, csv, clock),
    keys: createKeyTeller(telemetry, clock),
    limits: {
      maxRows: options['sink.buffer-flush.max-rows'],
      maxBytes: Math.min(options['sink.buffer-flush.max-bytes'], maxDirectBytes),
    },
    delivery: deliveryOf(semantic, parts, csv),
    postpone: parts.postpone,
    rejectedIn: keepsBadRows(parts) ? parts.objects : undefined,
    clock,
    telemetry,
  };
}

/** Large batches are staged where there is a load queue; without one each is loaded by the invocation that received it. */
function deliveryOf(semantic: Semantic, parts: Parts, csv: CsvLayout): Delivery<Chunk> {
  const { options, objects, sendPointer, clock } = parts;
  const badRows = keepsBadRows(parts) ? { objects: parts.objects, csv, read: holdRows } : undefined;
  const pressure = createPressure(clock);
  const direct = easing(semantic.deliver(joinChunks(csv), badRows), pressure);
  if (objects === undefined || sendPointer === undefined) return direct;
  const writer = { objects, compression: options['sink.segment.compression'], join: joinSegment(csv) };
  const waitsLonger = options['sink.buffer-flush.interval-ms'] > longestWindowMs;
  const aboveBytes = waitsLonger ? 0 : options['sink.stage-above-bytes'];
  return staging(direct, semantic.stage(writer, sendPointer), { aboveBytes, clock, pressure });
}

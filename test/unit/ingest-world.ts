import type { SQSRecord } from 'aws-lambda';
import { expect } from 'vitest';
import { atLeastOnce } from '../../src/delivery/at-least-once.ts';
import { createRouter, type RouteRules } from '../../src/messages/route.ts';
import type { Metric } from '../../src/options/metric-names.ts';
import { type IngestDeps, ingest } from '../../src/pipeline/ingest.ts';
import type { LoadRequest, LoadResult, StarRocks } from '../../src/ports.ts';
import { joinChunks } from '../../src/rows/body.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import type { Telemetry } from '../../src/telemetry.ts';
import { type RecordParts, sqsRecord } from '../builders.ts';

const deadlineMs = 60_000;
export const done = { state: 'loaded', visible: true, already: false } as const satisfies LoadResult;
export const refused = (kind: Extract<LoadResult, { state: 'refused' }>['kind'], message = 'no'): LoadResult => ({
  state: 'refused',
  kind,
  message,
});

export interface Load {
  readonly label: string;
  readonly table: string;
  readonly rows: number;
  readonly text: string;
}

async function textOf({ body }: LoadRequest): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of body.open()) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** A StarRocks that answers as it is told, and remembers what it was asked. */
function fakeStarRocks(answer: (load: Load) => LoadResult = () => done) {
  const loads: Load[] = [];
  const open = { now: 0, most: 0, tables: new Set<string>(), sameTable: false };
  const starrocks: StarRocks = {
    async load(request) {
      const { database, table: name } = request.destination;
      const table = `${database}.${name}`;
      if (open.tables.has(table)) open.sameTable = true;
      open.tables.add(table);
      open.most = Math.max(open.most, ++open.now);
      expect(request.deadlineMs).toBe(deadlineMs);
      const load = { label: request.label, table, rows: request.rows, text: await textOf(request) };
      loads.push(load);
      open.tables.delete(table);
      open.now--;
      return answer(load);
    },
  };
  return { starrocks, loads, open };
}

function recordingTelemetry() {
  const counts = new Map<Metric, number>();
  const events: string[] = [];
  const telemetry: Telemetry = {
    count: (metric, value) => void counts.set(metric, (counts.get(metric) ?? 0) + value),
    event: (level, message, fields) => void events.push(JSON.stringify({ level, message, ...fields })),
  };
  return { telemetry, counts, events };
}

export function setUp(answer?: (load: Load) => LoadResult, changed: Partial<RouteRules> = {}) {
  const rules: RouteRules = { database: 'shop', table: 'orders', allow: ['shop.*'], properties: {}, ...changed };
  const fake = fakeStarRocks(answer);
  const told = recordingTelemetry();
  const { telemetry } = told;
  const clock = { now: () => 0, sleep: () => new Promise<void>(() => undefined), random: () => 0 };
  const csv = { columnSeparator: ',', rowDelimiter: '\n' };
  const deps: IngestDeps = {
    decode: {
      maxInflatedBytes: 1024 ** 2,
      defaultFormat: undefined,
      csv,
    },
    payloads: undefined,
    rules,
    route: createRouter(rules),
    schemaOf: async () => undefined,
    limitsOf: () => ({ maxRows: 500_000, maxBytes: 90 * 1024 ** 2 }),
    delivery: atLeastOnce<Chunk>({
      ...{
        starrocks: fake.starrocks,
        clock,
        telemetry,
        labelPrefix: undefined,
        miscounts: undefined,
        badRows: undefined,
      },
      join: joinChunks(csv),
    }),
    clock,
    postpone: undefined,
    rejectedIn: undefined,
    telemetry,
  };
  const run = async (records: readonly (RecordParts | SQSRecord)[], more: Partial<IngestDeps> = {}) => {
    const failures = await ingest(
      records.map((record) => ('receiptHandle' in record ? record : sqsRecord(record))),
      deadlineMs,
      { ...deps, ...more },
    );
    return failures.map(({ itemIdentifier }) => itemIdentifier);
  };
  return { run, ...fake, ...told };
}

export const message = (
  messageId: string,
  id: number | string = messageId,
  attributes: Record<string, string> = {},
) => ({
  messageId,
  body: JSON.stringify({ id }),
  attributes,
});

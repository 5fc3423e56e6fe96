import { afterEach, describe, expect, it, vi } from 'vitest';
import { atLeastOnce } from '../../src/delivery/at-least-once.ts';
import { newRun } from '../../src/delivery/delivery.ts';
import { exactlyOnce } from '../../src/delivery/exactly-once.ts';
import { cloudWatch } from '../../src/lambda/observer.ts';
import { type Metric, type MetricSpec, metricTable } from '../../src/options/metric-names.ts';
import type { LoadResult, TransactionResult } from '../../src/ports.ts';
import { joinChunks } from '../../src/rows/body.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import type { Telemetry } from '../../src/telemetry.ts';
import { chunk, csvLayout, destination } from '../builders.ts';
import { deployedLog } from '../deployed-log.ts';
import { fakeBucket } from '../fake-bucket.ts';

afterEach(() => vi.restoreAllMocks());

const clock = { now: () => 0, sleep: () => new Promise<void>(() => undefined), random: () => 0 };
const words = 'too many versions, current/limit: 1001/1000';
const refused = { state: 'refused', kind: 'throttled', message: words } as const;
const batch = { destination: destination({ table: 'orders' }), items: [chunk({ rows: 7 })] };

const semantics = {
  'at-least-once': (telemetry: Telemetry) =>
    atLeastOnce<Chunk>({
      ...{ starrocks: { load: async (): Promise<LoadResult> => refused }, telemetry, clock, badRows: undefined },
      ...{ labelPrefix: undefined, miscounts: undefined, join: joinChunks(csvLayout) },
    }),
  'exactly-once': (telemetry: Telemetry) => {
    const ok = async (): Promise<TransactionResult> => ({ state: 'ok' });
    const bucket = fakeBucket();
    const transactions = { begin: async () => refused, load: ok, prepare: ok, commit: ok, rollback: ok };
    return exactlyOnce<Chunk>({
      transactions: { ...transactions, labelState: async () => 'UNKNOWN' },
      ...{ telemetry, clock, badRows: undefined, join: joinChunks(csvLayout), maxRetries: 3, preparedTimeoutS: 1 },
      newBatchId: () => 'b',
      ledger: ({ deadlineMs }) => ({
        ...{
          objects: bucket.store,
          clock,
          deadlineMs,
          untilMs: deadlineMs,
          commit: ok,
          sendPointer: async () => undefined,
        },
      }),
    });
  },
};

describe('a load that fails, in the log of a deployed function', () => {
  it.each(Object.entries(semantics))(
    'is one line with table, label, code, rows and the words of StarRocks, %s',
    async (_, of) => {
      const { telemetry, lines } = deployedLog();
      await of(telemetry).take(batch, newRun([], 60_000));
      expect(lines).toEqual([
        expect.objectContaining({
          ...{ level: 'WARN', message: 'not loaded', table: 'shop.orders', code: 'STARROCKS_THROTTLED', rows: 7 },
          ...{ reason: expect.stringContaining(words), label: expect.stringMatching(/^(sink-orders-|b-1$)/) },
        }),
      ]);
    },
  );

  it('is told when the bucket did not take the claims, although another table loads', async () => {
    const { telemetry, lines } = deployedLog();
    const ok = async (): Promise<TransactionResult> => ({
      state: 'ok',
      counts: { total: 7, loaded: 7, filtered: 0, unselected: 0 },
    });
    const bucket = fakeBucket(({ key }) => (key.startsWith('claims/') ? 'refuse' : 'pass'));
    const delivery = exactlyOnce<Chunk>({
      transactions: { begin: ok, load: ok, prepare: ok, commit: ok, rollback: ok, labelState: async () => 'UNKNOWN' },
      ...{ telemetry, clock, badRows: undefined, join: joinChunks(csvLayout), maxRetries: 3, preparedTimeoutS: 1 },
      newBatchId: () => 'b',
      ledger: () => ({
        ...{ objects: bucket.store, clock, deadlineMs: 0, untilMs: 0, commit: ok, sendPointer: async () => undefined },
      }),
    });
    await delivery.take(batch, newRun([], 60_000));
    expect(lines).toEqual([
      expect.objectContaining({
        message: 'not loaded',
        table: 'shop.orders',
        label: 'b-1',
        code: 'LEDGER_UNAVAILABLE',
        rows: 7,
      }),
    ]);
  });
});

describe('what is counted, in the log of a deployed function', () => {
  it.each(Object.entries<MetricSpec>(metricTable))('has the unit that docs/metrics.md says: %s', (name, { unit }) => {
    const { lines } = deployedLog();
    vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
    const { telemetry, flush } = cloudWatch('ingest');
    telemetry.count(name as Metric, 3);
    flush?.();
    expect(lines).toMatchObject([
      { service: 'ingest', [name]: 3, _aws: { CloudWatchMetrics: [{ Metrics: [{ Name: name, Unit: unit }] }] } },
    ]);
  });
});

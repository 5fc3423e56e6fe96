import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FollowLoop } from '../../src/follow/follow.ts';
import { SinkError } from '../../src/kit/errors.ts';
import { followUntil } from '../../src/lambda/follow-until.ts';
import { cloudWatch } from '../../src/lambda/observer.ts';
import { type Metric, metricTable } from '../../src/options/metric-names.ts';
import { fakeBucket } from '../fake-bucket.ts';
import { manualClock } from '../manual-clock.ts';

/** What CloudWatch would make metrics of: each with its unit and its values. */
let told: Partial<Record<Metric, { readonly unit: string; readonly values: number[] }>>;

beforeEach(() => {
  told = {};
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
  for (const level of ['log', 'info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((text) => void take(String(text)));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

function take(text: string): void {
  const line = text.startsWith('{') ? JSON.parse(text) : {};
  for (const { Metrics } of line._aws?.CloudWatchMetrics ?? [])
    for (const { Name, Unit } of Metrics) {
      const name = Name as Metric;
      told[name] ??= { unit: Unit, values: [] };
      told[name].values.push(...[line[Name]].flat());
    }
}

const hourMs = 3_600_000;

function world() {
  const clock = manualClock();
  clock.nowMs = 1_700_000_000_000;
  const { store } = fakeBucket();
  /** A server whose last commit was a while ago, and that then is silent; or one that cannot be followed. */
  const loop = (committedMs: number | undefined, stops?: SinkError): FollowLoop<string> => ({
    open: async () => {
      if (stops) throw stops;
      return {
        begin: async () => 'start',
        keptMs: hourMs,
        async *portions(_, until) {
          yield {
            chunks: [{ lane: { database: 'd', table: 't', group: 'g' }, rows: ['{}', '{}'], bytes: 6 }],
            next: 'p1',
            committedMs,
          };
          await new Promise((resolve) => until.addEventListener('abort', resolve));
        },
        close: async () => undefined,
      };
    },
    waitsForOther: false,
    onTrouble: () => undefined,
    deps: {
      ...{ source: 'shop', holder: 'f', leaseMs: 30_000, objects: store, clock, deadlineMs: Number.POSITIVE_INFINITY },
      ...{
        newId: () => '1',
        room: async () => undefined,
        payloads: { bucket: 'b', prefix: '', put: async () => undefined },
      },
      queue: { send: async () => new Map(), waiting: async () => 0 },
      sent: (rows) => observer.telemetry.count('SourceRows', rows),
    },
  });
  const observer = cloudWatch('follow');
  return {
    clock,
    loop,
    async run(of: FollowLoop<string>) {
      let ended: string | undefined;
      const running = followUntil(of, clock.nowMs + 120_000, observer).then((how) => {
        ended = how;
      });
      while (ended === undefined) await clock.pass(1000);
      await running;
      observer.flush?.();
      return ended;
    },
  };
}
const between = (least: number, most: number) => (values: readonly number[] | undefined) =>
  values !== undefined && values.length > 0 && values.every((value) => value >= least && value <= most);

describe('what a follower tells CloudWatch', () => {
  it('is that it follows, how far behind it is, its rows, and how much time the server leaves', async () => {
    const { clock, loop, run } = world();
    expect(await run(loop(clock.nowMs - 600_000))).toBe('time is over');
    expect(told.SourceFollowed?.values.length).toBeGreaterThanOrEqual(3);
    expect(told.SourceLagSeconds?.values).toSatisfy(between(600, 725));
    expect(told.SourceRetentionPercent?.values).toSatisfy(between(16.6, 20.2));
    expect(told.SourceRows?.values).toEqual([2]);
    expect(told.SourceStopped).toBeUndefined();
    for (const [name, { unit }] of Object.entries(told)) expect(unit).toBe(metricTable[name as Metric].unit);
  });

  it('counts, while tables are copied, from when that began', async () => {
    const { loop, run } = world();
    await run(loop(undefined));
    expect(told.SourceLagSeconds).toBeUndefined();
    expect(told.SourceRetentionPercent?.values).toSatisfy(between(0.5, 3.5));
  });

  it('goes on counting when a person must act', async () => {
    const { clock, loop, run } = world();
    await run(loop(clock.nowMs));
    told = {};
    clock.nowMs += hourMs / 2;
    expect(await run(loop(undefined, new SinkError('SOURCE_UNFIT', 'binlog_format: it is MIXED.')))).toBe('stopped');
    expect(told.SourceStopped?.values).toEqual([1]);
    expect(told.SourceRetentionPercent?.values).toSatisfy(between(50, 60));
    expect(told.SourceFollowed).toBeUndefined();
  });
});

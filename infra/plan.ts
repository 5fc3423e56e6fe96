import type { ExpiringPrefix } from '../src/kit/bucket-prefixes.ts';
import type { RawOptions } from '../src/options/parse.ts';
import type { SinkOptions } from '../src/options/table.ts';
import { awsLimits, deadLetterDays } from './limits.ts';

/** What somebody asked of a function that reads a queue; what is left out follows from the rest. */
export interface StageRequest {
  readonly timeoutS?: number | undefined;
  readonly memoryMiB?: number | undefined;
  readonly maxConcurrency?: number | undefined;
  readonly visibilityS?: number | undefined;
}

/** What somebody asked of a sink, in plain numbers. */
export interface SinkRequest {
  readonly options: RawOptions;
  /** As they stand in sink.json. */
  readonly routes?: unknown;
  readonly hasSecret: boolean;
  readonly fifo: boolean;
  readonly ingest: StageRequest;
  readonly load: StageRequest;
  readonly queueRetentionDays?: number | undefined;
  readonly segmentRetentionDays?: number | undefined;
  readonly rejectedRetentionDays?: number | undefined;
  readonly rideOutHours?: number | undefined;
  readonly lateAfterS?: number | undefined;
}

/** One queue with its function: everything that follows from the function's timeout and the time rows wait. */
export interface StagePlan {
  readonly timeoutS: number;
  readonly memoryMiB: number;
  readonly maxConcurrency: number;
  readonly batchSize: number;
  readonly windowS: number;
  readonly visibilityS: number;
  /** Deliveries until a message becomes a dead letter. */
  readonly maxReceives: number;
}

/** A function that runs by the clock. */
export interface SweepPlan extends Pick<StagePlan, 'timeoutS' | 'memoryMiB'> {
  readonly everyMinutes: number;
}

export interface SinkPlan {
  readonly fifo: boolean;
  readonly ingest: StagePlan;
  readonly load: StagePlan;
  /** Only with exactly-once: nothing else is ever in doubt. */
  readonly sweep: SweepPlan | undefined;
  /** Set when rows wait longer than an event source can: the load function is then invoked by a schedule. */
  readonly drainEveryMinutes: number | undefined;
  readonly queueRetentionDays: number;
  readonly retentionDays: Readonly<Record<ExpiringPrefix, number>>;
  /** Age of the oldest message at which an alarm says that rows are late. */
  readonly lateAfterS: number;
}

/** What a sink is without being told. */
export const defaults = {
  /** Loads that StarRocks sees at once are what is kept low: fewer pollers make fewer, larger loads. */
  maxConcurrency: 2,
  memoryMiB: 1024,
  ingestTimeoutS: 120,
  /** One load may carry gigabytes. */
  loadTimeoutS: awsLimits.functionTimeoutS,
  /** It makes few, small calls. */
  sweep: { everyMinutes: 1, timeoutS: 60, memoryMiB: 256 },
  /** The sink sees to poison itself, so nothing is given up while StarRocks is away. */
  maxReceives: awsLimits.receives,
  queueRetentionDays: awsLimits.queueRetentionDays,
  rejectedRetentionDays: 90,
  /** Rows that a schedule gathers wait on the load queue; the rows queue only makes segments. */
  windowBeforeScheduleS: 60,
  /** A pointer is never without its segment: the segment stays a little longer than any message can. */
  segmentSlackDays: 3,
  /** Of one that is loaded: longer than a pointer can be on its way to be acked. */
  loadedSegmentDays: 2,
  /** A decision is read by whoever finds a claim, so it outlives every claim. */
  decisionSlackDays: 7,
} as const;

/** AWS's advice for queues that Lambda reads. @source Lambda developer guide, "Configuring an SQS queue for use with Lambda" */
const visibilityPerTimeout = 6;
const fewestReceives = 5;

/**
 * Works out timeouts, windows, visibility, receives and lifetimes. It checks nothing; see checks.ts.
 *
 * @in   a request, and its options after validation; isExactlyOnce: some table is filled so
 */
export function planSink(request: SinkRequest, options: SinkOptions, isExactlyOnce: boolean): SinkPlan {
  const intervalS = Math.ceil(options['sink.buffer-flush.interval-ms'] / 1000);
  const scheduled = !request.fifo && intervalS > awsLimits.windowS;
  const stage = (asked: StageRequest, timeoutS: number, windowS: number) =>
    planStage(asked, asked.timeoutS ?? timeoutS, request.fifo ? 0 : windowS, request.rideOutHours);
  const ingest = stage(request.ingest, defaults.ingestTimeoutS, scheduled ? defaults.windowBeforeScheduleS : intervalS);
  const load = stage(request.load, defaults.loadTimeoutS, scheduled ? 0 : intervalS);
  const queueRetentionDays = request.queueRetentionDays ?? defaults.queueRetentionDays;
  const claims = options['sink.ledger.retention-days'];
  const segments = request.segmentRetentionDays ?? queueRetentionDays + deadLetterDays + defaults.segmentSlackDays;
  const rejected = request.rejectedRetentionDays ?? defaults.rejectedRetentionDays;
  return {
    fifo: request.fifo,
    ingest,
    load,
    sweep: isExactlyOnce ? planSweep(options) : undefined,
    drainEveryMinutes: scheduled ? Math.ceil(intervalS / 60) : undefined,
    queueRetentionDays,
    retentionDays: {
      ...{ claims, decisions: claims + defaults.decisionSlackDays, segments, rejected, payloads: segments },
      // What is in doubt stays until the sweep has settled it; what a search found is worth as long as its message lives.
      ...{ inDoubt: claims, searches: segments, origins: segments },
    },
    lateAfterS: request.lateAfterS ?? Math.max(900, 3 * (intervalS + ingest.timeoutS)),
  };
}

/** What the reserve keeps of a run must leave time to work. */
const planSweep = (options: SinkOptions): SweepPlan => ({
  ...defaults.sweep,
  timeoutS: Math.max(defaults.sweep.timeoutS, Math.ceil((3 * options['sink.deadline-reserve-ms']) / 1000)),
});

function planStage(asked: StageRequest, timeoutS: number, windowS: number, rideOutHours?: number): StagePlan {
  const visibilityS = asked.visibilityS ?? advisedVisibilityS(timeoutS, windowS);
  return {
    timeoutS,
    memoryMiB: asked.memoryMiB ?? defaults.memoryMiB,
    maxConcurrency: asked.maxConcurrency ?? defaults.maxConcurrency,
    batchSize: windowS > 0 ? awsLimits.batchSize : awsLimits.batchSizeWithoutWindow,
    windowS,
    visibilityS,
    maxReceives: rideOutHours === undefined ? defaults.maxReceives : receivesIn(rideOutHours, visibilityS),
  };
}

const receivesIn = (hours: number, visibilityS: number): number =>
  Math.min(Math.max(fewestReceives, Math.ceil((hours * 3600) / visibilityS)), awsLimits.receives);

export const advisedVisibilityS = (timeoutS: number, windowS: number): number =>
  visibilityPerTimeout * timeoutS + windowS;

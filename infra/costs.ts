import { defaults } from './plan.ts';

/**
 * What traffic costs, by formula. US dollars, us-east-1, without free tiers.
 *
 * @source price pages of SQS, Lambda (arm64), S3, CloudWatch and VPC, read in November 2026; the bytes around a message in
 *         a Lambda event were measured
 */
export const prices = {
  sqsRequest: 0.4e-6,
  lambdaRequest: 0.2e-6,
  lambdaGBSecond: 1.33334e-5,
  s3Put: 0.005e-3,
  s3Get: 0.0004e-3,
  s3GBMonth: 0.023,
} as const;

/** SQS counts a request of many bytes as several. */
const bytesPerRequest = 65_536;
/** Of one invocation's event. */
const eventBytes = 6e6;
/** Around each message in an event, and what JSON escapes add to its body. */
const envelopeBytes = 950;
const escapeFactor = 1.16;
const daysPerMonth = 30;

/** A function that follows a source: its memory, and how often it writes its state when nothing else does. */
export const sourceSize = { memoryMiB: 512, keepsEveryS: 10 } as const;

/** What is not measured but assumed. */
export const assumptions = {
  memoryGB: 1,
  ingestSeconds: 2,
  /** Bytes that the load function moves from S3 to StarRocks in a second. */
  loadBytesPerSecond: 20e6,
  packedMessageBytes: 262_144,
  stageAboveBytes: 4 * 1024 ** 2,
  /** Until it is loaded, and from then on. */
  segmentDays: defaults.loadedSegmentDays + 1,
  /** Books that hold the claims of one batch: its messages were sent within a few seconds. */
  booksPerBatch: 2,
  /** Writes until a book is changed, while others change it too. */
  writesPerBook: 2,
  sweepSeconds: 0.5,
  loadBytes: 90 * 1024 ** 2,
} as const;

/** How rows come: each by itself, ten messages in a request, or many rows in a message. */
export type Packing = 'single' | 'batched' | 'packed';

export interface Traffic {
  readonly rows: number;
  readonly bytesPerRow: number;
  readonly packing: Packing;
  /** Bytes on the wire for each byte of rows: 1 as they are, 0.33 with gzip and base64 (measured, event-like JSON). */
  readonly compression: number;
  readonly semantic: 'at-least-once' | 'exactly-once';
}

/** Its rows, and the mark that it is loaded. */
const putsOfSegment = 2;

/** US dollars. */
export interface Cost {
  readonly sqs: number;
  readonly lambda: number;
  readonly s3: number;
  readonly total: number;
}

/** What this traffic costs when it comes fast enough to fill events. Slow traffic makes more, smaller invocations. */
export function costOf(traffic: Traffic): Cost {
  const rowBytes = traffic.rows * traffic.bytesPerRow;
  const wireBytes = rowBytes * traffic.compression;
  const messages = traffic.packing === 'packed' ? wireBytes / assumptions.packedMessageBytes : traffic.rows;
  const invocations = Math.ceil((wireBytes * escapeFactor + envelopeBytes * messages) / eventBytes);
  const isStaged = rowBytes / invocations > assumptions.stageAboveBytes;
  const segments = isStaged ? invocations : 0;
  const loads = isStaged ? Math.ceil(rowBytes / assumptions.loadBytes) : invocations;

  const sqs = prices.sqsRequest * sqsRequests(traffic, wireBytes, messages);
  const seconds = invocations * assumptions.ingestSeconds + (isStaged ? rowBytes / assumptions.loadBytesPerSecond : 0);
  const lambda =
    (invocations + (isStaged ? loads : 0)) * prices.lambdaRequest +
    seconds * assumptions.memoryGB * prices.lambdaGBSecond;
  const { semantic } = traffic;
  const stored = isStaged ? (rowBytes / 1e9) * prices.s3GBMonth * (assumptions.segmentDays / daysPerMonth) : 0;
  const ledger = semantic === 'exactly-once' ? ledgerRequests(segments, loads) : { puts: 0, gets: 0 };
  const s3 = (segments * putsOfSegment + ledger.puts) * prices.s3Put + (segments + ledger.gets) * prices.s3Get + stored;
  return { sqs, lambda, s3, total: sqs + lambda + s3 };
}

/**
 * Claims stand many in a book. A load has a marker beside its transaction, a decision, and its mark; a segment only a decision.
 * Deletes are free.
 */
function ledgerRequests(segments: number, loads: number): { readonly puts: number; readonly gets: number } {
  const writes = (segments + loads) * assumptions.booksPerBatch * assumptions.writesPerBook;
  return { puts: writes + segments + 3 * loads, gets: writes / 2 };
}

/** Sent, received and deleted, each up to ten messages at a time. */
function sqsRequests({ packing, rows, bytesPerRow }: Traffic, wireBytes: number, messages: number): number {
  if (packing === 'packed') return (2 * wireBytes) / bytesPerRequest + messages / 10;
  const together = Math.max(1, Math.min(10, Math.floor(bytesPerRequest / bytesPerRow)));
  const sends = packing === 'single' ? rows : rows / together;
  return sends + rows / together + rows / 10;
}

export interface Fixed {
  readonly what: string;
  readonly perMonth: number;
}

/** Metrics under the alarms: CloudWatch bills each metric of an expression. */
const metricsPerAlarm = 2;

/**
 * What a sink costs per month when no row comes.
 *
 * @in  countedMetrics: of all functions, each metric of each
 */
export function fixedCosts(alarms: number, countedMetrics: number): readonly Fixed[] {
  const sweeps = (60 * 24 * daysPerMonth) / defaults.sweep.everyMinutes;
  const sweepGBSeconds = sweeps * assumptions.sweepSeconds * (defaults.sweep.memoryMiB / 1024);
  const pollsPerMonth = 5 * 3 * 60 * 24 * daysPerMonth;
  return [
    { what: 'Event sources that poll two queues', perMonth: 2 * pollsPerMonth * prices.sqsRequest },
    { what: `${alarms} alarms, by their metrics`, perMonth: alarms * metricsPerAlarm * 0.1 },
    {
      what: `${countedMetrics} metrics from the functions, as far as they count something`,
      perMonth: countedMetrics * 0.3,
    },
    {
      what: 'The sweep, with exactly-once: a look every minute',
      perMonth: sweeps * (prices.s3Put + prices.lambdaRequest) + sweepGBSeconds * prices.lambdaGBSecond,
    },
    { what: 'The dashboard, unless it is among the first three of the account', perMonth: 3 },
    { what: 'The secret', perMonth: 0.4 },
  ];
}

/** What a source adds that is followed all the time. */
export function sourceCosts(flushMs: number): readonly Fixed[] {
  const seconds = 60 * 60 * 24 * daysPerMonth;
  const { memoryMiB, keepsEveryS } = sourceSize;
  return [
    {
      what: `A function of ${memoryMiB} MiB that is always there`,
      perMonth: seconds * (memoryMiB / 1024) * prices.lambdaGBSecond,
    },
    { what: 'Its state, while nothing changes', perMonth: (seconds / keepsEveryS) * prices.s3Put },
    {
      what: `At most, while changes never pause: two writes and a message every ${flushMs} ms`,
      perMonth: ((seconds * 1000) / flushMs) * (2 * prices.s3Put + 3 * prices.sqsRequest),
    },
    { what: 'Four alarms and five metrics', perMonth: 4 * 0.1 + 5 * 0.3 },
  ];
}

/** What a VPC adds, if the sink is in one. */
export const networkCosts: readonly Fixed[] = [
  { what: 'A NAT gateway, and $0.045 for each GB through it', perMonth: 33 },
  { what: 'An interface endpoint, in each availability zone', perMonth: 7.3 },
  { what: 'The gateway endpoint for S3', perMonth: 0 },
];

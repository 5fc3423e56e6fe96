import { prices } from './costs.ts';

/**
 * What others bill, in US dollars, us-east-1, on demand, without free tiers.
 *
 * @source Firehose: https://aws.amazon.com/firehose/pricing/ (direct PUT, first 500 TB a month; each record counts in steps of 5 KB). Flink:
 *         https://docs.aws.amazon.com/managed-flink/latest/java/how-pricing.html (examples for us-east-1; one more KPU for each application).
 *         MSK and MSK Connect: https://aws.amazon.com/msk/pricing/. The page about Flink was read on 2026-11-28 in a stored copy; the others'
 *         prices were found the same day as third parties quote them, so check them before you decide by them.
 */
export const otherPrices = {
  firehoseGB: 0.029,
  firehoseStepBytes: 5120,
  /** kafka.m7g.large, and of twice its size. */
  brokerHour: 0.204,
  largeBrokerHour: 0.408,
  brokerGBMonth: 0.1,
  /** A unit of MSK Connect: 1 vCPU, 4 GiB. */
  mcuHour: 0.11,
  /** A unit of Managed Service for Apache Flink: 1 vCPU, 4 GiB. */
  kpuHour: 0.11,
  kpuGB: 50,
  kpuGBMonth: 0.1,
} as const;

/** What is not measured but assumed, mostly in favour of the others. */
export const otherAssumptions = {
  brokers: 3,
  /** From there on the larger brokers. */
  largeFromMBPerSecond: 100,
  /** What Kafka keeps of a topic, in as many copies. */
  keptHours: 24,
  copies: 3,
  /** Objects of Firehose, until StarRocks has loaded them. */
  firehoseDays: 1,
  firehoseObjectBytes: 128 * 1024 ** 2,
} as const;

const hoursPerMonth = 24 * 30;

/** @out  hours in which so many bytes come */
export const hoursOf = (bytes: number, mbPerSecond: number): number => bytes / (mbPerSecond * 1e6) / 3600;

/** @in bytesPerRecord: Firehose bills each record by itself */
export function firehoseCost(bytes: number, bytesPerRecord: number): number {
  const steps = Math.ceil(bytesPerRecord / otherPrices.firehoseStepBytes);
  const billed = (bytes / bytesPerRecord) * steps * otherPrices.firehoseStepBytes;
  const { firehoseDays, firehoseObjectBytes } = otherAssumptions;
  const kept = (bytes / 1e9) * prices.s3GBMonth * (firehoseDays / 30);
  return (billed / 1e9) * otherPrices.firehoseGB + (bytes / firehoseObjectBytes) * prices.s3Put + kept;
}

/**
 * Brokers, and what they keep, for the time in which the bytes come.
 *
 * @in  share: bytes that brokers see for each byte of rows, less than 1 where producers compress
 */
export function kafkaCost(bytes: number, mbPerSecond: number, share = 1): number {
  const hours = hoursOf(bytes, mbPerSecond);
  const { brokers, largeFromMBPerSecond, keptHours, copies } = otherAssumptions;
  const each = mbPerSecond * share >= largeFromMBPerSecond ? otherPrices.largeBrokerHour : otherPrices.brokerHour;
  const keptGB = (mbPerSecond * share * 3600 * keptHours * copies) / 1000;
  return brokers * each * hours + keptGB * otherPrices.brokerGBMonth * (hours / hoursPerMonth);
}

/** @in mbPerCpuSecond: what one vCPU brings into StarRocks, as measured; share: as kafkaCost */
export function connectCost(bytes: number, mbPerSecond: number, mbPerCpuSecond: number, share = 1): number {
  const units = Math.max(1, Math.ceil(mbPerSecond / mbPerCpuSecond));
  return kafkaCost(bytes, mbPerSecond, share) + units * otherPrices.mcuHour * hoursOf(bytes, mbPerSecond);
}

/** @in mbPerCpuSecond: what one vCPU brings into StarRocks, as measured; share: as kafkaCost */
export function flinkCost(bytes: number, mbPerSecond: number, mbPerCpuSecond: number, share = 1): number {
  const hours = hoursOf(bytes, mbPerSecond);
  const units = Math.max(1, Math.ceil(mbPerSecond / mbPerCpuSecond));
  const stored = units * otherPrices.kpuGB * otherPrices.kpuGBMonth * (hours / hoursPerMonth);
  return kafkaCost(bytes, mbPerSecond, share) + (units + 1) * otherPrices.kpuHour * hours + stored;
}

/** The bill of 100 GB of rows, beside what others would bill: computed from measured figures and published prices. */
import { connectCost, firehoseCost, flinkCost, hoursOf } from '../infra/other-costs.ts';
import { usualFixedCosts } from '../infra/usual-costs.ts';
import { type Bill, billed, billOf } from './bill-price.ts';
import type { Point } from './lines.ts';
import { pointsOf, type Report, readReport } from './report.ts';

export const rivals = ['this sink', 'Firehose', 'MSK Connect', 'MSK and Flink'] as const;
export type Rival = (typeof rivals)[number];

/** How rows are sent, by the name of what was measured. */
interface Packing {
  readonly kind: 'packed JSON' | 'packed JSON, zstd' | 'one row a message';
  readonly name: string;
  readonly isPacked: boolean;
}

export const rates = [1, 10, 100] as const;
const allPackings: readonly Packing[] = [
  { kind: 'packed JSON', name: 'packed', isPacked: true },
  { kind: 'packed JSON, zstd', name: 'packed, zstd', isPacked: true },
  { kind: 'one row a message', name: 'one row a message', isPacked: false },
];

const bytes = 100e9;
const bytesPerRow = 200;
/** Of the producer library; Firehose takes records of up to 1,000 KiB. */
const packedBytes = 256 * 1024;
const hoursPerMonth = 24 * 30;
/** What base64 makes of bytes. The others take bytes as they are. */
const base64 = 4 / 3;

const keptPoints = (): readonly Point[] => pointsOf(readReport('bench'), 'bill');

/** What was measured. */
export const packingsIn = (points = keptPoints()): readonly Packing[] =>
  allPackings.filter(({ kind }) => points.some(({ series }) => series === kind));

/** The parts of the bill for 100 GB of rows, besides what a sink costs when no row comes. @in points: of the bill, as kept or just measured */
export function ownBill(kind: Packing['kind'], points = keptPoints()): Bill {
  const { sqs, s3, lambda, storage, total } = billOf(points, kind);
  return { sqs: 100 * sqs, s3: 100 * s3, lambda: 100 * lambda, storage: 100 * storage, total: 100 * total };
}

/** The share of what a sink costs per month, for the time in which 100 GB come. */
export const fixedShare = (mbPerSecond: number): number =>
  usualFixedCosts().reduce((sum, { perMonth }) => sum + perMonth, 0) * (hoursOf(bytes, mbPerSecond) / hoursPerMonth);

/** What producers make of a byte of rows before they send it, if they compress: the same for all. */
export function shareOf(kind: Packing['kind'], points = keptPoints()): number {
  if (kind !== 'packed JSON, zstd') return 1;
  const share = points.find(({ series, x }) => series === kind && x === billed.share)?.y;
  if (share === undefined) throw new Error(`Nothing was measured of the ${billed.share}.`);
  return share / base64;
}

/** US dollars for 100 GB of rows that are sent so and come at this rate, from each. */
export function billAt(
  mbPerSecond: number,
  { kind, isPacked }: Packing,
  points = keptPoints(),
): Readonly<Record<Rival, number>> {
  const peers = readReport('peers');
  const share = shareOf(kind, points);
  const speedOf = (name: keyof typeof measuredAs) => mbPerCpuSecond(peers, measuredAs[name]);
  return {
    'this sink': ownBill(kind, points).total + fixedShare(mbPerSecond),
    Firehose: firehoseCost(bytes * share, isPacked ? packedBytes : bytesPerRow),
    'MSK Connect': connectCost(bytes, mbPerSecond, speedOf('connect'), share),
    'MSK and Flink': flinkCost(bytes, mbPerSecond, speedOf('flink'), share),
  };
}

/** The lowest, this sink left out where the others are asked for. */
export const lowestOf = (bill: ReturnType<typeof billAt>, among: readonly Rival[] = rivals): Rival =>
  among.reduce((lowest, each) => (bill[each] < bill[lowest] ? each : lowest));

export const others = rivals.filter((name) => name !== 'this sink');

/** What is taken for the work of a vCPU there: bringing rows in, without reading them from Kafka. */
const measuredAs = { connect: 'stream-load-sdk, JSON, plain', flink: 'flink-connector-starrocks, its share' } as const;

function mbPerCpuSecond(peers: Report, name: string): number {
  const point = pointsOf(peers, 'peers').find(({ x }) => x === name);
  if (point === undefined) throw new Error(`bench/results/peers.json has no figure for ${name}.`);
  return (point.y * bytesPerRow) / 1e6;
}

/** The bill of 100 GB of rows, beside what others would bill: computed from measured figures and published prices. */
import { connectCost, firehoseCost, flinkCost, hoursOf } from '../infra/other-costs.ts';
import { usualFixedCosts } from '../infra/usual-costs.ts';
import { type Bill, billOf } from './bill-price.ts';
import type { Point } from './lines.ts';
import { pointsOf, type Report, readReport } from './report.ts';

export type Rival = 'this sink' | 'Firehose' | 'MSK Connect' | 'MSK and Flink';

export interface Column {
  readonly name: string;
  readonly by: Rival;
  /** Undefined where it makes no difference. */
  readonly isPacked?: boolean;
  /** For 100 GB of rows. */
  readonly dollars: number;
}

export const rates = [1, 10, 100] as const;
export const packings = [
  { kind: 'packed JSON', name: 'packed', isPacked: true },
  { kind: 'one row a message', name: 'one row a message', isPacked: false },
] as const;

const bytes = 100e9;
const bytesPerRow = 200;
/** Of the producer library; Firehose takes records of up to 1,000 KiB. */
const packedBytes = 256 * 1024;
const hoursPerMonth = 24 * 30;

/** The parts of the bill for 100 GB of rows, besides what a sink costs when no row comes. @in points: of the bill, as kept or just measured */
export function ownBill(kind: (typeof packings)[number]['kind'], points = keptPoints()): Bill {
  const { sqs, s3, lambda, storage, total } = billOf(points, kind);
  return { sqs: 100 * sqs, s3: 100 * s3, lambda: 100 * lambda, storage: 100 * storage, total: 100 * total };
}

const keptPoints = (): readonly Point[] => pointsOf(readReport('bench'), 'bill');

/** The share of what a sink costs per month, for the time in which 100 GB come. */
export const fixedShare = (mbPerSecond: number): number =>
  usualFixedCosts().reduce((sum, { perMonth }) => sum + perMonth, 0) * (hoursOf(bytes, mbPerSecond) / hoursPerMonth);

/** All columns at a rate of rows. */
export function billAt(mbPerSecond: number, points = keptPoints()): readonly Column[] {
  const peers = readReport('peers');
  return [
    ...packings.map(
      ({ kind, name, isPacked }): Column => ({
        ...{ name: `this sink, ${name}`, by: 'this sink', isPacked },
        dollars: ownBill(kind, points).total + fixedShare(mbPerSecond),
      }),
    ),
    ...packings.map(
      ({ name, isPacked }): Column => ({
        ...{ name: `Firehose, ${name}`, by: 'Firehose', isPacked },
        dollars: firehoseCost(bytes, isPacked ? packedBytes : bytesPerRow),
      }),
    ),
    {
      ...{ name: 'MSK Connect', by: 'MSK Connect' },
      dollars: connectCost(bytes, mbPerSecond, mbPerCpuSecond(peers, measuredAs.connect)),
    },
    {
      ...{ name: 'MSK and Flink', by: 'MSK and Flink' },
      dollars: flinkCost(bytes, mbPerSecond, mbPerCpuSecond(peers, measuredAs.flink)),
    },
  ];
}

/** The lowest of the others for rows that are sent so. */
export function lowestOther(columns: readonly Column[], isPacked: boolean): Column {
  const [first, ...more] = columns.filter((column) => column.by !== 'this sink' && column.isPacked !== !isPacked);
  if (first === undefined) throw new Error('There is nobody beside this sink.');
  return more.reduce((lowest, column) => (column.dollars < lowest.dollars ? column : lowest), first);
}

/** What is taken for the work of a vCPU there: bringing rows in, without reading them from Kafka. */
const measuredAs = { connect: 'stream-load-sdk, JSON, plain', flink: 'flink-connector-starrocks, its share' } as const;

function mbPerCpuSecond(peers: Report, name: string): number {
  const point = pointsOf(peers, 'peers').find(({ x }) => x === name);
  if (point === undefined) throw new Error(`bench/results/peers.json has no figure for ${name}.`);
  return (point.y * bytesPerRow) / 1e6;
}

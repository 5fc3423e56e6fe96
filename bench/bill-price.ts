import { assumptions, prices } from '../infra/costs.ts';
import { defaults } from '../infra/plan.ts';
import type { Point } from './lines.ts';
import { priceOf } from './requests.ts';

/** What a bill counts besides requests, by the names of its points. */
export const billed = {
  invocations: 'invocations of functions',
  ms: 'milliseconds of functions',
  stored: 'bytes kept in S3',
  share: 'bytes of messages for each byte of rows',
};

export interface Bill {
  readonly sqs: number;
  readonly s3: number;
  readonly lambda: number;
  readonly storage: number;
  readonly total: number;
}

/** US dollars for a gigabyte of rows, exactly once, from what was measured. */
export function billOf(points: readonly Point[], kind: string): Bill {
  const counts = new Map(points.filter(({ series }) => series === kind).map(({ x, y }) => [String(x), y]));
  const of = (name: string) => counts.get(name) ?? 0;
  const names = new Set<string>(Object.values(billed));
  const requests = [...counts].filter(([name]) => !names.has(name));
  const priced = (isSqs: boolean) =>
    priceOf(Object.fromEntries(requests.filter(([name]) => name.includes('Message') === isSqs)));
  const seconds = (of(billed.ms) / 1000) * (defaults.memoryMiB / 1024);
  const lambda = of(billed.invocations) * prices.lambdaRequest + seconds * prices.lambdaGBSecond;
  const storage = (of(billed.stored) / 1e9) * prices.s3GBMonth * (assumptions.segmentDays / 30);
  const [sqs, s3] = [priced(true), priced(false)];
  return { sqs, s3, lambda, storage, total: sqs + s3 + lambda + storage };
}

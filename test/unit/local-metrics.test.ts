import { describe, expect, it } from 'vitest';
import { createStores } from '../../local/aws/fauxqs-stores.ts';
import { createMetrics, type MetricDataInput } from '../../local/aws/metrics.ts';
import { manualClock } from '../manual-clock.ts';

const startS = 1_800_000_000;

/** Metrics of an endpoint with one queue, at a minute's beginning. */
async function metricsWith(sentAgoS: readonly number[]) {
  const clock = manualClock();
  clock.nowMs = startS * 1000;
  const { sqsStore } = await createStores();
  const queue = sqsStore.createQueue('rows', 'http://127.0.0.1/0/rows', 'arn:aws:sqs:us-east-1:0:rows');
  for (const [at, agoS] of sentAgoS.entries())
    queue.enqueue({
      ...{
        messageId: `m${at}`,
        body: 'x',
        md5OfBody: '',
        md5OfMessageAttributes: '',
        messageAttributes: {},
        approximateReceiveCount: 0,
      },
      sentTimestamp: (startS - agoS) * 1000,
    });
  return { clock, queue, metrics: createMetrics(sqsStore, clock.now) };
}

const asked = (stat: string, metric: string, value: string, namespace = 'StarRocksSink'): MetricDataInput => ({
  StartTime: startS - 3600,
  EndTime: startS + 3600,
  MetricDataQueries: [
    {
      Id: 'm0',
      MetricStat: {
        Metric: { Namespace: namespace, MetricName: metric, Dimensions: [{ Name: 'any', Value: value }] },
        ...{ Period: 60, Stat: stat },
      },
    },
  ],
});

describe('the metrics of the local stack', () => {
  it('are summed by the minute, for each function by itself, the newest first', async () => {
    const { clock, metrics } = await metricsWith([]);
    metrics.count('ingest', 'RowsLoaded', 5);
    metrics.count('ingest', 'RowsLoaded', 7);
    metrics.count('load', 'RowsLoaded', 100);
    clock.nowMs += 60_000;
    metrics.count('ingest', 'RowsLoaded', 1);
    expect(metrics.answer(asked('Sum', 'RowsLoaded', 'ingest'))).toMatchObject({
      MetricDataResults: [{ Id: 'm0', StatusCode: 'Complete', Timestamps: [startS + 60, startS], Values: [1, 12] }],
    });
  });

  it('tell the age of the oldest message that is not acked, one under way included', async () => {
    const { clock, queue, metrics } = await metricsWith([30, 90, 10]);
    const age = asked('Maximum', 'ApproximateAgeOfOldestMessage', 'rows', 'AWS/SQS');
    const received = queue.dequeue(2, 300);
    expect(metrics.answer(age)).toMatchObject({ MetricDataResults: [{ Timestamps: [startS], Values: [90] }] });
    for (const { ReceiptHandle } of received) queue.deleteMessage(ReceiptHandle);
    clock.nowMs += 60_000;
    expect(metrics.answer(age)).toMatchObject({ MetricDataResults: [{ Values: [70, 90] }] });
  });

  it('are refused where something else than is kept is asked for', async () => {
    const { metrics } = await metricsWith([]);
    expect(metrics.answer(asked('p99', 'RowsLoaded', 'ingest'))).toBeUndefined();
  });
});

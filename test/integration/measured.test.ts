import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMeasurements, oldestOf, throughputOf } from '../../cli/status/measured.ts';

interface Query {
  readonly Id: string;
  readonly MetricStat: {
    readonly Metric: { readonly MetricName: string; readonly Dimensions: readonly { readonly Value: string }[] };
    readonly Period: number;
    readonly Stat: string;
  };
}
interface Asked {
  readonly MetricDataQueries: readonly Query[];
  readonly StartTime: number;
  readonly NextToken?: string;
}

let server: Server;
let client: CloudWatchClient;
const asked: Asked[] = [];
let answer: (asked: Asked) => { readonly status?: number; readonly body: object };

/** CloudWatch, as far as it gives metric data. @source  CloudWatch API reference, GetMetricData, over AWS JSON 1.0 */
beforeAll(async () => {
  server = createServer(async (request, response) => {
    const input = (await json(request)) as Asked;
    asked.push(input);
    const { status = 200, body } = answer(input);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(body));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  client = new CloudWatchClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-west-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
});
beforeEach(() => void asked.splice(0));
afterAll(() => {
  client.destroy();
  server.close();
});

const nowMs = Date.parse('2026-01-02T03:04:30Z');
const minuteS = Date.parse('2026-01-02T03:04:00Z') / 1000;
const place = {
  queues: [{ queue: 'rows', url: 'https://sqs.eu-west-1.amazonaws.com/1/the-rows' }],
  functions: { ingest: 'Sink-Ingest-1', load: 'Sink-Load-1' },
} as const;

const result = ({ Id, MetricStat }: Query, data: Readonly<Record<number, number>>) => ({
  ...{ Id, Label: MetricStat.Metric.MetricName, StatusCode: 'Complete' },
  Timestamps: Object.keys(data).map((agoS) => minuteS - Number(agoS)),
  Values: Object.values(data),
});
const nameOf = ({ MetricStat: { Metric } }: Query) => `${Metric.MetricName} ${Metric.Dimensions[0]?.Value}`;

/** What CloudWatch has, by metric and name: values by the age of their minute in seconds. */
const known: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  'RowsLoaded Sink-Ingest-1': { 60: 3000, 300: 500, 360: 9999 },
  'RowsLoaded Sink-Load-1': { 60: 100 },
  'BytesLoaded Sink-Ingest-1': { 60: 33_000 },
  'ApproximateAgeOfOldestMessage the-rows': { 120: 75, 180: 15 },
};

describe('what CloudWatch remembers of a deployed sink', () => {
  it('is summed over its functions, by the minute, and told as a throughput and an age', async () => {
    answer = ({ MetricDataQueries }) => ({
      body: { MetricDataResults: MetricDataQueries.map((query) => result(query, known[nameOf(query)] ?? {})) },
    });
    const measured = await createMeasurements(client, 0).read(place, nowMs);
    expect(measured.minutes).toHaveLength(60);
    expect(measured.minutes.at(-1)).toBe(minuteS * 1000);
    expect(measured.counted?.RowsLoaded.slice(-7)).toEqual([9999, 500, 0, 0, 0, 3100, 0]);
    expect(throughputOf(measured, nowMs)).toEqual({
      seconds: 330,
      counted: expect.objectContaining({ RowsLoaded: 3600, BytesLoaded: 33_000, LoadsFailed: 0 }),
      ...{ rowsPerSecond: 10.9, bytesPerSecond: 100 },
    });
    const queue = { ...place.queues[0], waiting: 1, underWay: 0 };
    expect(oldestOf(measured, queue)).toBe(75);
    expect(oldestOf(measured, { ...queue, waiting: 0 })).toBe(0);
    const [{ MetricDataQueries = [], StartTime = 0 } = {}] = asked;
    expect(StartTime).toBe(minuteS - 59 * 60);
    expect(MetricDataQueries.map(nameOf)).toContain('LoadsThrottled Sink-Load-1');
    expect(MetricDataQueries.map(nameOf)).not.toContain('RowsReceived Sink-Load-1');
    expect(MetricDataQueries.every(({ MetricStat }) => MetricStat.Period === 60)).toBe(true);
  });

  it('is read to its last page', async () => {
    answer = ({ MetricDataQueries, NextToken }) => {
      const query = MetricDataQueries.find((each) => nameOf(each) === 'Loads Sink-Ingest-1') as Query;
      if (NextToken === undefined)
        return { body: { MetricDataResults: [result(query, { 60: 1 })], NextToken: 'more' } };
      return { body: { MetricDataResults: [result(query, { 120: 2 })] } };
    };
    const { counted } = await createMeasurements(client, 0).read(place, nowMs);
    expect(counted?.Loads.slice(-3)).toEqual([2, 1, 0]);
  });

  it('says nothing of functions whose names are not known', async () => {
    answer = () => ({ body: { MetricDataResults: [] } });
    const measured = await createMeasurements(client, 0).read({ ...place, functions: {} }, nowMs);
    expect(measured.counted).toBeUndefined();
    expect(throughputOf(measured, nowMs)).toBeUndefined();
    expect(asked[0]?.MetricDataQueries.map(nameOf)).toEqual(['ApproximateAgeOfOldestMessage the-rows']);
  });

  it('is asked for again only when it may be new, and after a failure at once', async () => {
    answer = () => ({ status: 500, body: { __type: 'InternalServiceFault' } });
    const measurements = createMeasurements(client, 60_000);
    await expect(measurements.read(place, nowMs)).rejects.toThrow();
    answer = () => ({ body: { MetricDataResults: [] } });
    for (const afterMs of [1000, 2000, 60_999]) await measurements.read(place, nowMs + afterMs);
    expect(asked).toHaveLength(2);
    await measurements.read(place, nowMs + 61_000);
    expect(asked).toHaveLength(3);
  });

  it('names the right that is missing', async () => {
    const message = 'User: arn:aws:iam::1:user/u is not authorized to perform: cloudwatch:GetMetricData';
    answer = () => ({ status: 403, body: { __type: 'com.amazonaws.cloudwatch#AccessDenied', message } });
    await expect(createMeasurements(client, 0).read(place, nowMs)).rejects.toThrow(
      /AWS_ACCESS_DENIED: .*cloudwatch:GetMetricData on the metrics of the sink/,
    );
  });
});

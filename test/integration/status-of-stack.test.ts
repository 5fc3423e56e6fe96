import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConsoleState } from '../../cli/console/api.ts';
import { openConsole } from '../../cli/console/open-console.ts';
import { runStatus } from '../../cli/status/run.ts';
import type { Terminal } from '../../cli/terminal.ts';

let server: Server;
let endpoint: string;
let metricsRefused: boolean;

const outputs = {
  ...{ BucketName: 'the-bucket', IngestFunctionName: 'Sink-Ingest', LoadFunctionName: 'Sink-Load' },
  ...{ RowsQueueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/the-rows' },
};
const waiting = { ApproximateNumberOfMessages: '7', ApproximateNumberOfMessagesNotVisible: '2' };

interface Query {
  readonly Id: string;
  readonly MetricStat: {
    readonly Metric: { readonly MetricName: string; readonly Dimensions: readonly { readonly Value: string }[] };
  };
}
const values: Readonly<Record<string, number>> = {
  'ApproximateAgeOfOldestMessage the-rows': 95,
  'RowsLoaded Sink-Ingest': 500,
  'RowsLoaded Sink-Load': 100,
};

/** A value of the minute before this one. */
const metricData = (queries: readonly Query[], startS: number) => ({
  MetricDataResults: queries.map(({ Id, MetricStat: { Metric } }) => {
    const value = values[`${Metric.MetricName} ${Metric.Dimensions[0]?.Value}`];
    const data = value === undefined ? {} : { Timestamps: [startS + 58 * 60], Values: [value] };
    return { ...{ Id, StatusCode: 'Complete', Timestamps: [], Values: [] }, ...data };
  }),
});

const stack = `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member><StackName>Orders</StackName><Outputs>${Object.entries(
  outputs,
)
  .map(([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`)
  .join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
const noObjects = '<ListBucketResult><Name>the-bucket</Name><KeyCount>0</KeyCount></ListBucketResult>';

/** CloudFormation, SQS, CloudWatch and S3, as far as status asks them. */
beforeEach(async () => {
  metricsRefused = false;
  server = createServer(async (request, response) => {
    const body = await text(request);
    const target = String(request.headers['x-amz-target'] ?? '');
    const json = (value: object, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(value));
    };
    if (target.endsWith('GetQueueAttributes')) return json({ Attributes: waiting });
    if (target.endsWith('GetMetricData')) {
      if (metricsRefused) return json({ __type: 'AccessDenied', message: 'not authorized' }, 403);
      const { MetricDataQueries, StartTime } = JSON.parse(body);
      return json(metricData(MetricDataQueries, StartTime));
    }
    response.writeHead(200, { 'content-type': 'text/xml' });
    return void response.end(body.includes('DescribeStacks') ? stack : noObjects);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => void server.close());

async function status(json?: true) {
  const terminal = { stdout: new PassThrough(), stderr: new PassThrough(), env: {} } as unknown as Terminal;
  const exitCode = await runStatus(undefined, { stack: 'Orders', endpoint, json }, terminal);
  return { exitCode, out: String((terminal.stdout as unknown as PassThrough).read()) };
}

describe('a deployed stack', () => {
  it('is told of by its name alone: depth and age of its queues, throughput, what is in doubt, sources', async () => {
    const { exitCode, out } = await status();
    expect(exitCode).toBe(0);
    expect(out).toMatch(/rows {14} +7 waiting +2 under way, oldest 95 s\n/);
    expect(out).toMatch(/loaded {4}600 rows in 0 loads: \d+(\.\d)? rows\/s/);
    expect(out).toContain('in doubt\n  nothing\n\nsources\n  none is followed\n');
    expect(out).toContain('not asked\n  loads and pressure: give --config sink.json with a jdbc-url');
  });

  it('is told of as far as the rights reach, and the missing one is named', async () => {
    metricsRefused = true;
    const { exitCode, out } = await status(true);
    const { queues, throughput, notTold } = JSON.parse(out);
    expect([exitCode, throughput, queues]).toEqual([
      1,
      undefined,
      [{ queue: 'rows', url: outputs.RowsQueueUrl, waiting: 7, underWay: 2 }],
    ]);
    expect(notTold).toEqual([expect.stringContaining('cloudwatch:GetMetricData on the metrics of the sink')]);
  });

  it('feeds the console from the same sources', async () => {
    const served = await openConsole({ stack: 'Orders', endpoint, port: 0, every: 3600 }, {});
    const state = (await (await fetch(new URL('/api/state', served.url))).json()) as ConsoleState;
    expect(state).toMatchObject({ place: 'Orders', overview: { queues: [{ waiting: 7, oldestSeconds: 95 }] } });
    expect(state.measured?.counted?.RowsLoaded.slice(-3)).toEqual([0, 600, 0]);
    expect(state.minutes).toBeUndefined();
    await served.close();
  });
});

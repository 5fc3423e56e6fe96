import { describe, expect, it } from 'vitest';
import { checkSink } from '../../infra/checks.ts';
import type { SinkRequest } from '../../infra/plan.ts';
import { leastOptions } from './synthesize.ts';

type Given = Partial<Omit<SinkRequest, 'options'>> & { readonly options?: Readonly<Record<string, unknown>> };

const check = ({ options, ...given }: Given = {}) =>
  checkSink({
    ...{ hasSecret: false, fifo: false, ingest: {}, load: {} },
    ...given,
    options: { ...leastOptions, ...options },
  });

function problemsOf(given: Given): readonly string[] {
  const checked = check(given);
  return checked.ok ? [] : checked.problems;
}

function planOf(given: Given = {}) {
  const checked = check(given);
  if (!checked.ok) throw new Error(checked.problems.join('\n'));
  return checked.plan;
}

describe('what cannot be deployed', () => {
  it.each<[string, Given, string]>([
    ['a password', { options: { password: 'hunter2' } }, 'password may not stand in a deployment'],
    ['no secret', { options: { 'sink.secret-id': undefined } }, 'sink.secret-id is required'],
    ['two secrets', { hasSecret: true }, 'both given'],
    ['a bucket by hand', { options: { 'sink.bucket': 'mine' } }, 'sink.bucket is filled in'],
    ['a load queue by hand', { options: { 'sink.load-queue-url': 'https://q' } }, 'sink.load-queue-url is filled in'],
    ['a certificate that is not there', { options: { 'sink.tls.ca': './gone.pem' } }, 'neither PEM text nor a file'],
    [
      'options that are too long',
      { options: { 'sink.tls.ca': `-----BEGIN${'x'.repeat(4000)}` } },
      'Lambda allows 4096',
    ],
    [
      'merge commit with exactly-once',
      {
        options: {
          'sink.semantic': 'exactly-once',
          'sink.properties.enable_merge_commit': 'true',
          'sink.properties.merge_commit_interval_ms': '1000',
          'sink.properties.merge_commit_parallel': '1',
        },
      },
      'cannot go with sink.semantic = exactly-once',
    ],
    [
      'segments that go before their pointers',
      { segmentRetentionDays: 27 },
      'segmentRetention is 27 days, but a pointer',
    ],
    [
      'a ledger that forgets chunks',
      { options: { 'sink.semantic': 'exactly-once', 'sink.ledger.retention-days': 27 } },
      'sink.ledger.retention-days is 27, but a message may live 28 days',
    ],
    ['a queue that keeps rows longer than SQS can', { queueRetentionDays: 15 }, 'queueRetention is 15 days'],
    ['rejected rows that are not kept', { rejectedRetentionDays: 0 }, 'rejectedRetention is 0 days'],
    ['a window on a FIFO queue', { fifo: true, options: { 'sink.buffer-flush.interval-ms': 5000 } }, 'has no window'],
    ['visibility below the timeout', { ingest: { timeoutS: 60, visibilityS: 59 } }, 'ingest.visibilityTimeout is 59 s'],
    ['visibility beyond what SQS allows', { load: { visibilityS: 43_201 } }, 'SQS allows 43200 s'],
    ['a timeout that Lambda does not allow', { load: { timeoutS: 901 } }, 'load.timeout is 901 s'],
    ['a timeout within the reserve', { ingest: { timeoutS: 10 } }, 'no time is left to load'],
    ['one invocation at a time', { load: { maxConcurrency: 1 } }, 'load.maxConcurrency is 1, expected 2 to 1000'],
    ['too little memory', { ingest: { memoryMiB: 64 } }, 'ingest.memory is 64 MiB'],
    ['an option that is not known', { options: { 'sink.max-retry': 3 } }, 'did you mean sink.max-retries'],
  ])('is %s', (_, given, problem) => {
    expect(problemsOf(given)).toEqual([expect.stringContaining(problem)]);
  });

  it('is named all at once: a wrong option hides no other problem', () => {
    const problems = problemsOf({
      fifo: true,
      options: { password: 'hunter2', 'sink.max-retry': 3, 'load-url': 'fe', 'sink.buffer-flush.interval-ms': 5000 },
      load: { timeoutS: 901, maxConcurrency: 1 },
    });
    expect(problems).toHaveLength(6);
    expect(problems.join(' ')).not.toContain('hunter2');
  });
});

describe('what can be deployed', () => {
  it('is a request with nothing but options, without a warning', () => {
    expect(check()).toMatchObject({ ok: true, warnings: [] });
  });

  it('includes settings of Flink that mean nothing here, with a warning', () => {
    expect(check({ options: { 'sink.parallelism': '4' } })).toMatchObject({
      warnings: [expect.stringContaining('sink.parallelism is ignored')],
    });
  });

  it('includes a shorter visibility than advised, with a warning', () => {
    expect(check({ ingest: { timeoutS: 60, visibilityS: 120 } })).toMatchObject({
      warnings: [expect.stringContaining('660 s is advised')],
    });
  });

  it('includes addresses that are known only when it is deployed', () => {
    const token = '$' + '{Token[TOKEN.42]}';
    expect(check({ options: { 'load-url': `${token}:8030`, 'jdbc-url': `jdbc:mysql://${token}:9030` } }).ok).toBe(true);
  });

  it('does not ask at-least-once for a ledger', () => {
    expect(check({ options: { 'sink.ledger.retention-days': 1 } }).ok).toBe(true);
  });
});

describe('planSink', () => {
  it('waits for company as long as the interval says, and is visible again six timeouts and a window later', () => {
    expect(planOf({ options: { 'sink.buffer-flush.interval-ms': 20_000 }, ingest: { timeoutS: 100 } })).toMatchObject({
      ingest: { windowS: 20, batchSize: 10_000, visibilityS: 620 },
      load: { windowS: 20, timeoutS: 900, visibilityS: 5420 },
      drainEveryMinutes: undefined,
    });
  });

  it('takes the schedule for what an event source cannot wait', () => {
    expect(planOf({ options: { 'sink.buffer-flush.interval-ms': 300_000 } }).drainEveryMinutes).toBeUndefined();
    const plan = planOf({ options: { 'sink.buffer-flush.interval-ms': 300_001 } });
    expect(plan).toMatchObject({ drainEveryMinutes: 6, ingest: { windowS: 60 } });
  });

  it('has no window and small batches on FIFO queues', () => {
    expect(planOf({ fifo: true })).toMatchObject({
      ingest: { windowS: 0, batchSize: 10, visibilityS: 720 },
      load: { windowS: 0, batchSize: 10 },
      drainEveryMinutes: undefined,
    });
  });

  it('gives a message up after 1,000 deliveries, unless told how long it is to be tried', () => {
    expect(planOf()).toMatchObject({
      ingest: { maxReceives: 1000 },
      load: { maxReceives: 1000 },
      queueRetentionDays: 14,
    });
  });

  it.each([1, 8, 96])('rides out %i hours before messages become dead letters, on both queues', (rideOutHours) => {
    const { ingest, load } = planOf({ rideOutHours });
    for (const stage of [ingest, load]) {
      expect(stage.maxReceives * stage.visibilityS).toBeGreaterThanOrEqual(rideOutHours * 3600);
      expect(stage.maxReceives).toBeGreaterThanOrEqual(5);
      expect(stage.maxReceives).toBeLessThanOrEqual(1000);
    }
  });

  it('keeps nothing shorter than what refers to it', () => {
    const { queueRetentionDays, retentionDays } = planOf({
      queueRetentionDays: 10,
      options: { 'sink.ledger.retention-days': 40 },
    });
    expect(retentionDays.claims).toBe(40);
    expect(retentionDays.decisions).toBeGreaterThanOrEqual(retentionDays.claims + 7);
    expect(retentionDays.segments).toBeGreaterThan(queueRetentionDays + 14);
    expect(retentionDays.payloads).toBe(retentionDays.segments);
  });
});

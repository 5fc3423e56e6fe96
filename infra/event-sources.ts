import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { type Function as LambdaFunction, MetricType } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from './findings.ts';
import type { StagePlan, SweepPlan } from './plan.ts';

/** Lets Lambda gather messages and invoke the function with them. */
export function addEventSource(fn: LambdaFunction, queue: IQueue, stage: StagePlan): SqsEventSource {
  const source = new SqsEventSource(queue, {
    batchSize: stage.batchSize,
    ...(stage.windowS > 0 ? { maxBatchingWindow: Duration.seconds(stage.windowS) } : {}),
    maxConcurrency: stage.maxConcurrency,
    reportBatchItemFailures: true,
    metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
  });
  fn.addEventSource(source);
  return source;
}

/** The event by which the load function is told to fetch from its queue by itself. */
const drainEvent = { drain: true } as const;

/** Invokes the load function by the clock, where rows wait longer than an event source can. */
export function addDrain(scope: Construct, fn: LambdaFunction, queue: IQueue, everyMinutes: number): void {
  queue.grantConsumeMessages(fn);
  addSchedule(scope, 'Schedule', { fn, everyMinutes, event: drainEvent });
}

/** Invokes the sweep by the clock. A run that begins while another has not ended does it no harm, so none is kept back. */
export function addSweep(scope: Construct, fn: LambdaFunction, { everyMinutes }: SweepPlan): void {
  addSchedule(scope, 'SweepSchedule', { fn, everyMinutes, event: {} });
}

interface Scheduled {
  readonly fn: LambdaFunction;
  readonly everyMinutes: number;
  readonly event: object;
}

function addSchedule(scope: Construct, id: string, { fn, everyMinutes, event }: Scheduled): void {
  const target = new LambdaTarget(fn, { event: RuleTargetInput.fromObject(event), retryAttempts: 0 });
  const rule = new Rule(scope, id, {
    schedule: Schedule.rate(Duration.minutes(everyMinutes)),
    targets: [target],
  });
  acknowledge(rule, 'A run that is missed is caught up by the next one.', 'Serverless-EventBusDLQ');
}

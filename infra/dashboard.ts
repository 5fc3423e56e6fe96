import { Duration, Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  LogQueryWidget,
  PeriodOverride,
  SingleValueWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { createMetrics, functionsIn, type Measured } from './metrics.ts';

/** The first row answers what somebody asks who is woken up; the rows below say why. */
export function createDashboard(
  scope: Construct,
  measured: Measured,
  alarms: readonly Alarm[],
  logGroups: readonly ILogGroup[],
): Dashboard {
  const metrics = createMetrics(measured, { period: Duration.minutes(1) });
  const { plan } = measured;
  const graph = (title: string, left: readonly IMetric[], right: readonly IMetric[] = []) =>
    new GraphWidget({
      title,
      width: 8,
      height: 6,
      left: [...left],
      right: [...right],
      leftYAxis: { min: 0 },
      rightYAxis: { min: 0 },
    });
  const late = new GraphWidget({
    title: 'How late is it? (seconds)',
    width: 8,
    height: 6,
    left: [metrics.ageOfOldest()],
    leftAnnotations: [{ value: plan.lateAfterS, label: 'late' }],
    leftYAxis: { min: 0 },
  });
  const functions = functionsIn(measured).map(([, fn]) => fn);
  const inDoubt = () =>
    new SingleValueWidget({
      title: 'In doubt, and undecided',
      width: 24,
      height: 3,
      metrics: [metrics.inDoubt(), metrics.counted('Undecided')],
      sparkline: true,
    });
  return new Dashboard(scope, 'Dashboard', {
    defaultInterval: Duration.hours(3),
    periodOverride: PeriodOverride.AUTO,
    widgets: [
      [
        graph('Is it working? (rows)', [metrics.counted('RowsReceived'), metrics.counted('RowsLoaded')]),
        late,
        new AlarmStatusWidget({ title: 'What is wrong?', width: 8, height: 6, alarms: [...alarms] }),
      ],
      [
        graph('Loads', [metrics.counted('Loads')], [metrics.counted('BytesLoaded')]),
        graph('Loads that failed or were held back', [
          metrics.counted('LoadsFailed'),
          metrics.counted('LoadsThrottled'),
        ]),
        graph(
          'Rejected',
          [metrics.counted('RowsRejected'), metrics.counted('MessagesRejected')],
          [metrics.deadLetters()],
        ),
      ],
      [
        graph('Messages waiting', metrics.waiting()),
        graph(
          'Invocations',
          functions.map((fn) => fn.metricInvocations({ label: fn.node.id })),
          [metrics.errors(), metrics.throttles()],
        ),
        graph(
          'Duration (ms, p99)',
          functions.map((fn) => fn.metricDuration({ statistic: 'p99', label: fn.node.id })),
        ),
      ],
      ...(measured.functions.sweep ? [[inDoubt()]] : []),
      [
        new LogQueryWidget({
          title: 'What was said last',
          width: 24,
          height: 6,
          region: Stack.of(scope).region,
          logGroupNames: logGroups.map(({ logGroupName }) => logGroupName),
          queryLines: [
            'fields @timestamp, level, message, code, table, label, rows',
            'filter level in ["WARN", "ERROR"]',
            'sort @timestamp desc',
            'limit 50',
          ],
        }),
      ],
    ],
  });
}

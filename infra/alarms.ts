import { Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { type AlarmName, type AlarmSpec, alarmTable, manualLink, type SweepAlarmName } from './alarm-table.ts';
import { acknowledge } from './findings.ts';
import { createMetrics, type Measured } from './metrics.ts';

/** The alarms of a sink, by their names in the table. */
export type Alarms = Readonly<Record<Exclude<AlarmName, SweepAlarmName>, Alarm>> &
  Readonly<Partial<Record<SweepAlarmName, Alarm>>>;

/** Makes the alarms of the table; each tells the topic when it begins and when it ends. */
export function createAlarms(scope: Construct, measured: Measured, topic: ITopic): Alarms {
  const metrics = createMetrics(measured, { period: Duration.minutes(5) });
  const action = new SnsAction(topic);
  const specs = (Object.entries(alarmTable) as [AlarmName, AlarmSpec][]).filter(
    ([, { isOfSweep }]) => !isOfSweep || measured.functions.sweep,
  );
  const entries = specs.map(([name, spec]): [AlarmName, Alarm] => {
    const periods = spec.periods ?? { above: 1, of: 1 };
    const alarm = new Alarm(scope, name, {
      alarmDescription: `${spec.says} ${manualLink(spec.heading)}`,
      metric: spec.metric(metrics),
      threshold: typeof spec.above === 'number' ? spec.above : spec.above(measured.plan),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      datapointsToAlarm: periods.above,
      evaluationPeriods: periods.of,
      // A sink without rows is silent, and well.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    return [name, alarm];
  });
  return Object.fromEntries(entries) as Alarms;
}

/** The topic that is made when none is given. */
export function createTopic(scope: Construct, encryptionKey: IKey | undefined): Topic {
  const topic = new Topic(scope, 'AlarmTopic', {
    displayName: 'StarRocks sink',
    enforceSSL: true,
    ...(encryptionKey ? { masterKey: encryptionKey } : {}),
  });
  // A policy of its own takes the place of the default one, by which CloudWatch may publish.
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  );
  acknowledge(
    topic,
    'People are told by mail; the alarms stay visible on the dashboard when a mail is lost.',
    'Serverless-SNSRedrivePolicy',
  );
  acknowledge(
    topic,
    'Alarms name queues and counts, never rows. CloudWatch can publish to an encrypted topic only with a customer key, which encryptionKey gives.',
    'AwsSolutions-SNS2',
  );
  return topic;
}

import { Match } from 'aws-cdk-lib/assertions';
import { Connections, type IVpc, Port, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import type { MySqlSource, MySqlSourceProps } from '../../infra/mysql-source.ts';
import type { StarRocksSinkProps } from '../../infra/sink-props.ts';
import { onceOptions, statementsOf, stubCode, synthesize } from './synthesize.ts';

const routes = [
  { source: { database: 'shop', table: 'orders' }, database: 'demo', table: 'orders', primaryKey: ['id'] },
];

function withSource(sink: Partial<StarRocksSinkProps> = {}, source: Partial<MySqlSourceProps> = {}) {
  let made: MySqlSource | undefined;
  const { template } = synthesize({ options: onceOptions, fifo: true, routes, ...sink }, (found, stack) => {
    const secret = Secret.fromSecretNameV2(stack, 'DatabaseSecret', 'shop-database');
    made = found.addMySqlSource('shop', { host: 'db.example.com', secret, ...stubCode, ...source });
  });
  return { template: template(), source: made };
}

describe('a MySQL server that is followed', () => {
  it('has a function that runs fifteen minutes, may invoke itself again and again, and is started every minute', () => {
    const { template } = withSource();
    template.hasResourceProperties('AWS::Lambda::Function', {
      ...{ Timeout: 900, RecursiveLoop: 'Allow' },
      Environment: {
        Variables: Match.objectLike({
          ...{ STARROCKS_SOURCE_HOST: 'db.example.com', STARROCKS_SOURCE_NAME: 'shop' },
          ...{ STARROCKS_SINK_SEMANTIC: 'exactly-once', STARROCKS_SINK_ROUTES: '/opt/routes.json' },
          STARROCKS_SOURCE_QUEUE_URL: Match.anyValue(),
        }),
      },
      Layers: [Match.anyValue()],
    });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', { MaximumRetryAttempts: 0 });
    const rules = Object.values(template.findResources('AWS::Events::Rule')).map(({ Properties }) => Properties);
    const own = rules.filter(({ Targets }) => JSON.stringify(Targets).includes('Follower'));
    expect(own.map(({ ScheduleExpression }) => ScheduleExpression)).toEqual(['rate(1 minute)']);
  });

  it('may keep its state, send rows, read both secrets and invoke itself, and nothing else', () => {
    const { template } = withSource();
    const actions = statementsOf(template, 'shopFollower').flatMap(({ Action }) => Action);
    expect([...new Set(actions)].toSorted()).toEqual(
      [
        ...['lambda:InvokeFunction', 's3:DeleteObject', 's3:GetObject', 's3:ListBucket', 's3:PutObject'],
        ...['secretsmanager:GetSecretValue', 'sqs:GetQueueAttributes', 'sqs:SendMessage'],
        ...['logs:CreateLogStream', 'logs:PutLogEvents', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
      ].toSorted(),
    );
  });

  it('rings when it is stopped, late or silent, or when binlogs may go unread, and is on the dashboard', () => {
    const { template } = withSource();
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
    const own = alarms.filter(({ MetricName }) => /^Source/.test(MetricName ?? ''));
    expect(own.map(({ MetricName, TreatMissingData }) => [MetricName, TreatMissingData]).toSorted()).toEqual([
      ['SourceFollowed', 'breaching'],
      ['SourceLagSeconds', 'notBreaching'],
      ['SourceRetentionPercent', 'notBreaching'],
      ['SourceStopped', 'notBreaching'],
    ]);
    const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
    const shown = JSON.stringify(dashboard);
    expect(shown).toContain('How far behind is the source? (seconds): shop');
    expect(shown).toContain('Changes (rows a second): shop');
    expect(shown).toContain('rows / PERIOD(rows)');
  });

  it('is in the network of the sink, and the database can be opened to it', () => {
    const { template } = synthesize(
      (stack) => ({ options: onceOptions, fifo: true, routes, vpc: new Vpc(stack, 'Vpc') as IVpc }),
      (sink, stack) => {
        const secret = Secret.fromSecretNameV2(stack, 'DatabaseSecret', 'shop-database');
        const source = sink.addMySqlSource('shop', { host: 'db.example.com', secret, ...stubCode });
        const database = new SecurityGroup(stack, 'Database', {
          vpc: Vpc.fromLookup(stack, 'Same', { vpcId: 'vpc-1' }),
        });
        new Connections({ securityGroups: [database], defaultPort: Port.tcp(3306) }).allowDefaultPortFrom(source);
      },
    );
    const [, follower] =
      Object.entries(template().findResources('AWS::Lambda::Function')).find(([id]) => id.includes('Follower')) ?? [];
    expect(follower?.['Properties'].VpcConfig.SubnetIds.length).toBeGreaterThan(0);
    const opened = Object.values(template().findResources('AWS::EC2::SecurityGroupIngress')).map(
      ({ Properties }) => Properties,
    );
    expect(opened).toContainEqual(expect.objectContaining({ FromPort: 3306, ToPort: 3306, IpProtocol: 'tcp' }));
  });

  it('keeps its state for as long as it likes', () => {
    const { template } = withSource();
    const [bucket] = Object.values(template.findResources('AWS::S3::Bucket'));
    expect(JSON.stringify(bucket)).not.toContain('sources/');
  });

  it('takes a queue without order where the rows of every route tell theirs', () => {
    const options = { ...onceOptions, 'jdbc-url': 'jdbc:mysql://fe:9030' };
    const [route] = routes;
    const versioned = [{ ...route!, options: { 'sink.order-by': 'position' } }];
    expect(() => withSource({ options, fifo: false, routes: versioned })).not.toThrow();
    expect(() => withSource({ options, fifo: false, routes: [...versioned, { ...route!, table: 'other' }] })).toThrow(
      /FIFO rows queue/,
    );
  });

  it.each<[string, Partial<StarRocksSinkProps>, Partial<MySqlSourceProps>, RegExp]>([
    ['a queue without order', { fifo: false }, {}, /FIFO rows queue/],
    [
      'a sink that may double rows',
      { options: { ...onceOptions, 'sink.semantic': 'at-least-once' } },
      {},
      /exactly-once/,
    ],
    [
      'a route that may double rows',
      { routes: [...routes, { ...routes[0]!, table: 'other', options: { 'sink.semantic': 'at-least-once' } }] },
      {},
      /exactly-once/,
    ],
    ['no routes', { routes: [] }, {}, /routes/],
    ['a setting that there is not', {}, { settings: { 'flush-sm': 5 } }, /did you mean source.flush-ms/],
  ])('is refused with %s', (_, sink, source, says) => {
    expect(() => withSource(sink, source)).toThrow(says);
  });
});

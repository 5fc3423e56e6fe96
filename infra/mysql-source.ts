import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  Alarm as CloudWatchAlarm,
  ComparisonOperator,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Connections, type IConnectable } from 'aws-cdk-lib/aws-ec2';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import type { CfnFunction, Code, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Metric as MetricName } from '../src/options/metric-names.ts';
import type { RawOptions } from '../src/options/parse.ts';
import { parseSource } from '../src/options/source-settings.ts';
import { variablesFromOptions } from '../src/options/sources.ts';
import { manualLink } from './alarm-table.ts';
import { bundledCode } from './bundles.ts';
import { sourceSize } from './costs.ts';
import { acknowledge } from './findings.ts';
import { allowFollower } from './permissions.ts';
import { refuse } from './refuse.ts';
import type { SourceSurroundings } from './source-surroundings.ts';

export interface MySqlSourceProps {
  /** Address of the server. */
  readonly host: string;
  /** 3306 unless told. */
  readonly port?: number;
  /** `{"username": "…", "password": "…"}`, as RDS keeps it. */
  readonly secret: ISecret;
  /** Further settings, `source.*`, by name without the prefix: `flush-ms`, `snapshot.parallel`, `tls.mode`, … */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Behind so much an alarm rings; five minutes unless told. */
  readonly lateAfter?: Duration;
  /** Instead of the bundle. */
  readonly code?: Code;
}

const timeoutS = 900;
const period = Duration.minutes(1);
/** Of the time for which the server keeps its binlogs. */
const mostRetentionPercent = 50;

/**
 * A MySQL or MariaDB server that is followed into the sink: a function that runs until shortly before its deadline and starts its
 * successor, and a schedule that starts one when none is there. Who follows is settled by a lease in the sink's bucket.
 *
 * Made by `StarRocksSink.addMySqlSource`.
 *
 * @throws SinkError OPTIONS_INVALID, naming every problem
 */
export class MySqlSource extends Construct implements IConnectable {
  readonly followFunction: LambdaFunction;
  readonly alarms: {
    readonly stopped: Alarm;
    readonly late: Alarm;
    readonly silent: Alarm;
    readonly retention: Alarm;
  };
  /** Of the function, to open a way to the database with; none without a VPC. */
  readonly connections: Connections;

  constructor(scope: Construct, id: string, props: MySqlSourceProps, sink: SourceSurroundings) {
    super(scope, id);
    const settings = settingsOf(id, props);
    const { problems } = parseSource(settings);
    const unordered =
      sink.isFifo || sink.tellsOrder
        ? []
        : [
            'a source needs a FIFO rows queue: set fifo of the sink to true, or give every mirror sink.order-by = position, and every history a column of sourceType @version.',
          ];
    const doubling = sink.isExactlyOnce ? [] : ['a source needs sink.semantic = exactly-once.'];
    const unrouted = sink.hasRoutes ? [] : ['a source needs routes: which of its tables fills which.'];
    const all = [...problems, ...unordered, ...doubling, ...unrouted];
    if (all.length > 0) refuse(...all);
    this.followFunction = sink.makeFunction(this, 'Follower', {
      description: `Follows the MySQL server ${settings['source.name']}`,
      code: props.code ?? bundledCode('follow'),
      size: { memoryMiB: sourceSize.memoryMiB, timeoutS },
      variables: { ...variablesFromOptions(settings), STARROCKS_SOURCE_QUEUE_URL: sink.stores.rows.queue.queueUrl },
    });
    const isInVpc = this.followFunction.isBoundToVpc;
    this.connections = isInVpc ? this.followFunction.connections : new Connections();
    // Lambda ends a function after some sixteen calls of itself, unless it is told that this is meant.
    (this.followFunction.node.defaultChild as CfnFunction).recursiveLoop = 'Allow';
    // A run that fails is not repeated: the schedule starts the next.
    this.followFunction.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(5) });
    allowFollower(this.followFunction, sink.stores, props.secret);
    new Rule(this, 'Schedule', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new FunctionTarget(this.followFunction, { retryAttempts: 0 })],
      description: 'Starts a follower when none is there',
    });
    acknowledge(
      this.followFunction,
      'A run that fails is followed by the next one, which does the same.',
      'Serverless-LambdaDLQ',
    );
    this.alarms = this.#alarms(sink, props.lateAfter ?? Duration.minutes(5));
    sink.dashboard.addWidgets(...this.#widgets(settings['source.name']));
  }

  /** Changes that the queue has taken. */
  metricRows(): IMetric {
    return this.#metric('SourceRows', Stats.SUM);
  }

  /** Seconds that the queue is behind the source. */
  metricLag(): IMetric {
    return this.#metric('SourceLagSeconds', Stats.MAXIMUM);
  }

  /** Percent of the time for which the server keeps what is not in the queue yet. */
  metricRetention(): IMetric {
    return this.#metric('SourceRetentionPercent', Stats.MAXIMUM);
  }

  #metric(metricName: MetricName, statistic: string): IMetric {
    const dimensionsMap = { service: this.followFunction.functionName };
    return new Metric({ namespace: 'StarRocksSink', metricName, dimensionsMap, statistic, period });
  }

  #alarms({ topic }: SourceSurroundings, lateAfter: Duration) {
    const alarm = (
      name: string,
      says: string,
      heading: string,
      metric: IMetric,
      more: { threshold: number; periods: number; missing: TreatMissingData },
    ) => {
      const made = new CloudWatchAlarm(this, name, {
        alarmDescription: `${says} ${manualLink(heading)}`,
        metric,
        threshold: more.threshold,
        evaluationPeriods: more.periods,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        treatMissingData: more.missing,
      });
      const action = new SnsAction(topic);
      made.addAlarmAction(action);
      made.addOkAction(action);
      return made;
    };
    const { NOT_BREACHING, BREACHING } = TreatMissingData;
    return {
      stopped: alarm(
        'Stopped',
        'A source is followed no further: a person must act.',
        'A source is stopped',
        this.#metric('SourceStopped', Stats.SUM),
        { threshold: 0, periods: 1, missing: NOT_BREACHING },
      ),
      late: alarm('Late', 'Changes of a source arrive late.', 'A source is late', this.metricLag(), {
        threshold: lateAfter.toSeconds(),
        periods: 3,
        missing: NOT_BREACHING,
      }),
      retention: alarm(
        'Retention',
        'Half of the time is over for which the server keeps changes that were not read yet.',
        'Binlogs may be deleted before they are read',
        this.metricRetention(),
        { threshold: mostRetentionPercent, periods: 3, missing: NOT_BREACHING },
      ),
      silent: alarm(
        'Silent',
        'Nobody has told for ten minutes how far a source is followed.',
        'A source is silent',
        this.#metric('SourceFollowed', Stats.SUM),
        { threshold: Number.MAX_SAFE_INTEGER, periods: 10, missing: BREACHING },
      ),
    };
  }

  #widgets(name: unknown): readonly GraphWidget[] {
    const graph = (title: string, metric: IMetric) =>
      new GraphWidget({ title: `${title}: ${name}`, width: 12, height: 6, left: [metric], leftYAxis: { min: 0 } });
    return [
      graph('How far behind is the source? (seconds)', this.metricLag()),
      graph('Changes (rows a second)', perSecond(this.metricRows())),
    ];
  }
}

const perSecond = (rows: IMetric) =>
  new MathExpression({ expression: 'rows / PERIOD(rows)', usingMetrics: { rows }, label: 'rows', period });

function settingsOf(id: string, { host, port, secret, settings = {} }: MySqlSourceProps): RawOptions {
  const more = Object.fromEntries(Object.entries(settings).map(([name, value]) => [`source.${name}`, value]));
  return {
    'source.name': id,
    ...more,
    'source.host': host,
    ...(port === undefined ? {} : { 'source.port': port }),
    'source.secret-id': secret.secretArn,
  };
}

import * as v from 'valibot';
import { nearest } from '../src/kit/nearest.ts';
import type { RawOptions } from '../src/options/parse.ts';
import { splitSource } from '../src/options/source-settings.ts';
import type { OptionSpec } from '../src/options/spec.ts';
import { valueSchema } from '../src/options/values.ts';
import { awsLimits } from './limits.ts';
import { defaults } from './plan.ts';

const text = { kind: 'text', source: 'sink' } as const;
const integer = { kind: 'integer', source: 'sink', min: 1 } as const;
const timeout = { ...integer, unit: 's', max: awsLimits.functionTimeoutS } as const;
const memory = { ...integer, unit: 'MiB', default: defaults.memoryMiB, ...awsLimits.memoryMiB } as const;
const concurrency = {
  ...integer,
  unit: 'invocations',
  default: defaults.maxConcurrency,
  ...awsLimits.concurrency,
} as const;
const days = { ...integer, unit: 'days', max: 3650 } as const;

/**
 * What a deployment with `cdk deploy -c config=sink.json` can set besides the sink's options, in the same file. Who uses
 * the construct in an app of their own gives properties instead.
 */
export const deploymentTable = {
  'deploy.stack-name': {
    kind: 'text',
    pattern: /^[A-Za-z][-A-Za-z0-9]{0,127}$/,
    expects: 'letters, digits and -',
    default: 'StarRocksSink',
    source: 'sink',
    doc: 'Name of the CloudFormation stack; one stack is one sink.',
  },
  'deploy.fifo': {
    kind: 'boolean',
    default: false,
    source: 'sink',
    doc: 'FIFO queues: the order of each message group is kept.',
  },
  'deploy.alarm-email': { ...text, doc: 'Address that is told of alarms; AWS asks it for confirmation once.' },
  'deploy.vpc-id': {
    ...text,
    doc: 'VPC in which StarRocks can be reached. Without it StarRocks has a public address.',
  },
  'deploy.subnet-ids': {
    kind: 'list',
    default: [],
    source: 'sink',
    doc: 'Subnets of the VPC; private ones unless told.',
  },
  'deploy.vpc-endpoints': {
    kind: 'list',
    default: [],
    source: 'sink',
    doc: 'Endpoints to make in the VPC: `s3`, `secretsmanager`, `sqs`, or `none`. Unless told, all of them when the subnets are isolated.',
  },
  'deploy.encryption-key-arn': {
    ...text,
    doc: 'KMS key for queues, bucket, logs and alarms. Its policy must allow `logs.REGION.amazonaws.com` and `cloudwatch.amazonaws.com`, and of those that feed the queue `sns.amazonaws.com`, `events.amazonaws.com` and `s3.amazonaws.com`; the deployment prints each statement.',
  },
  'deploy.secret-key-arn': {
    ...text,
    doc: 'KMS key of the secret that `sink.secret-id` names, where it has one of your own.',
  },
  'deploy.source-secret-key-arn': {
    ...text,
    doc: 'KMS key of the secret that `source.secret-id` names, where it has one of your own.',
  },
  'deploy.payload-key-arns': {
    kind: 'list',
    default: [],
    source: 'sink',
    doc: 'KMS keys of the buckets that `sink.payload.buckets` names, where they have some of your own.',
  },
  'deploy.ingest.timeout-s': { ...timeout, default: defaults.ingestTimeoutS, doc: 'Timeout of the ingest function.' },
  'deploy.ingest.memory-mib': { ...memory, doc: 'Memory of the ingest function.' },
  'deploy.ingest.max-concurrency': { ...concurrency, doc: 'Ingest invocations at a time.' },
  'deploy.load.timeout-s': { ...timeout, default: defaults.loadTimeoutS, doc: 'Timeout of the load function.' },
  'deploy.load.memory-mib': { ...memory, doc: 'Memory of the load function.' },
  'deploy.load.max-concurrency': { ...concurrency, doc: 'Load invocations at a time.' },
  'deploy.queue-retention-days': {
    ...days,
    max: awsLimits.queueRetentionDays,
    default: defaults.queueRetentionDays,
    doc: 'How long rows wait at most, and so how long StarRocks may be away.',
  },
  'deploy.segment-retention-days': {
    ...days,
    doc: 'How long segments and large payloads are kept; unless told, three days longer than a pointer can live.',
  },
  'deploy.rejected-retention-days': {
    ...days,
    default: defaults.rejectedRetentionDays,
    doc: 'How long rejected rows are kept.',
  },
  'deploy.ride-out-hours': {
    kind: 'integer',
    unit: 'hours',
    min: 1,
    max: 96,
    source: 'sink',
    doc: 'How long a message is tried until it becomes a dead letter; unless told, 1,000 deliveries.',
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;

type SettingName = keyof typeof deploymentTable;

type Value<S extends OptionSpec> = S extends { kind: 'integer' }
  ? number
  : S extends { kind: 'boolean' }
    ? boolean
    : S extends { kind: 'list' }
      ? readonly string[]
      : string;

/** Settings after validation. */
export type Settings = {
  readonly [N in SettingName]:
    | Value<(typeof deploymentTable)[N]>
    | ((typeof deploymentTable)[N] extends { default: unknown } ? never : undefined);
};

const specs: Readonly<Record<string, OptionSpec>> = deploymentTable;
const isSetting = (name: string) => name.startsWith('deploy.');

/**
 * Takes the settings out of what a file holds; the rest are options of the sink.
 *
 * @out  settings, a wrong one by its default; routes as they stand there; and what is wrong, one sentence each
 */
export function splitSettings({ routes, ...all }: RawOptions): {
  /** What is told of a database that is followed. */
  readonly source: RawOptions;
  readonly settings: Settings;
  readonly options: RawOptions;
  readonly routes: unknown;
  readonly problems: readonly string[];
} {
  const { source, rest: raw } = splitSource(all);
  const entries = Object.entries(raw);
  const given: RawOptions = Object.fromEntries(entries.filter(([name]) => isSetting(name)));
  const problems = Object.keys(given)
    .filter((name) => !Object.hasOwn(specs, name))
    .map((name) => {
      const meant = nearest(name, Object.keys(specs));
      return `${name} is not a setting${meant ? `; did you mean ${meant}?` : '.'}`;
    });
  const values = Object.entries(specs).map(([name, spec]) => [name, readSetting(name, spec, given[name], problems)]);
  return {
    source,
    settings: Object.fromEntries(values) as Settings,
    options: Object.fromEntries(entries.filter(([name]) => !isSetting(name))),
    routes,
    problems,
  };
}

function readSetting(name: string, spec: OptionSpec, value: unknown, problems: string[]): unknown {
  const fallback = 'default' in spec ? spec.default : undefined;
  if (value === undefined || value === null || value === '') return fallback;
  const result = v.safeParse(valueSchema(spec), value);
  if (result.success) return result.output;
  problems.push(`${name}: ${result.issues[0].message}, found ${JSON.stringify(value)}.`);
  return fallback;
}

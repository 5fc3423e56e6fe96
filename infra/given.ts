import { Arn, ArnFormat } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { refuse } from './refuse.ts';
import { type Placed, problemsOfRegion } from './region.ts';
import type { StarRocksSinkProps } from './sink-props.ts';

/**
 * What was made elsewhere, and is given to a sink: as far as it is seen, it can be used from here, and by this sink alone.
 *
 * @throws SinkError OPTIONS_INVALID, naming every problem
 */
export function checkGiven(scope: IConstruct, props: StarRocksSinkProps): void {
  const problems = [
    ...problemsOfRegion(scope, placesOf(props)),
    ...problemsOfNetwork(props),
    ...problemsOfSharing(scope, props),
    ...(props.secret && props.secretKey
      ? ['secretKey is the key of the secret that sink.secret-id names: give the property secret its encryptionKey.']
      : []),
  ];
  if (problems.length > 0) refuse(...problems);
}

/** Those of the sink that its owner may have made. */
const ofOneSink = ['rowsQueue', 'rowsDeadLetters', 'bucket'] as const;

const reasons = {
  rowsQueue: 'Lambda reads only queues of its own region.',
  rowsDeadLetters: 'SQS takes dead letters only from queues of the same region.',
  bucket: 'The functions look for it in their own region.',
  vpc: 'Functions can be only in a VPC of their own region.',
  encryptionKey: 'Queues, buckets and logs take only keys of their own region.',
  alarmTopic: 'Alarms tell only topics of their own region.',
  secret: 'The functions look for it in their own region.',
} as const;

function placesOf(props: StarRocksSinkProps): readonly Placed[] {
  const given = (Object.keys(reasons) as (keyof typeof reasons)[]).flatMap((what) => {
    const region = props[what]?.env.region;
    return region === undefined ? [] : [{ what, region, why: reasons[what] }];
  });
  const named = String(props.options['sink.secret-id'] ?? '');
  const region = /^arn:[^:]+:secretsmanager:/.test(named)
    ? Arn.split(named, ArnFormat.COLON_RESOURCE_NAME).region
    : undefined;
  return region ? [...given, { what: 'sink.secret-id', region, why: reasons.secret }] : given;
}

function problemsOfNetwork({ vpc, ...props }: StarRocksSinkProps): readonly string[] {
  if (vpc !== undefined)
    return props.securityGroups?.length === 0
      ? ['securityGroups is empty: name at least one, or leave it out for a new one.']
      : [];
  return (['vpcSubnets', 'securityGroups', 'vpcEndpoints'] as const)
    .filter((name) => props[name] !== undefined)
    .map((name) => `${name} is given without vpc, so it would mean nothing: name the VPC, or leave it out.`);
}

/** Two sinks of one store take each other's rows: one ledger knows nothing of two clusters. */
function problemsOfSharing(scope: IConstruct, props: StarRocksSinkProps): readonly string[] {
  return ofOneSink.flatMap((what) => {
    const store = props[what];
    if (store === undefined) return [];
    const other = store.node.metadata.find(({ type }) => type === belongsTo)?.data;
    if (other === undefined) store.node.addMetadata(belongsTo, scope.node.path);
    return other === undefined || other === scope.node.path
      ? []
      : [`${what} is that of the sink ${other} already, and belongs to one sink: give ${scope.node.path} its own.`];
  });
}

const belongsTo = 'starrocks-sink:belongs-to';

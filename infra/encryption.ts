import { Annotations, Stack, Token } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { isOtherAccount } from './region.ts';

interface Allowed {
  readonly service: string;
  readonly actions: readonly string[];
  /** What does not work without it. */
  readonly loss: string;
}

/**
 * Lets the services use a customer key that encrypt for themselves: CloudWatch Logs, and CloudWatch alarms on their way
 * through a topic.
 *
 * @source CloudWatch Logs user guide, "Encrypt log data"; SNS developer guide, "Allow CloudWatch to publish to encrypted topics"
 */
export function allowServices(scope: IConstruct, key: IKey): void {
  const { region } = Stack.of(scope);
  const actions = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'];
  allow(scope, key, {
    service: `logs.${region}.amazonaws.com`,
    actions,
    loss: 'the log groups cannot be made',
  });
  allow(scope, key, { service: 'cloudwatch.amazonaws.com', actions, loss: 'alarms tell nobody' });
}

const feederLosses = {
  sns: 'SNS delivers nothing, neither to the queue nor to its dead letters',
  events: 'EventBridge delivers nothing, neither to the queue nor to its dead letters',
  s3: 'the notification of the bucket is refused',
} as const;

/** Lets a service send to queues that are encrypted with customer keys. @source SQS developer guide, "Key management": services as producers */
export function allowFeeder(feeder: IConstruct, queues: readonly IQueue[], service: keyof typeof feederLosses): void {
  for (const key of keysOf(...queues.map(({ encryptionMasterKey }) => encryptionMasterKey))) {
    allow(feeder, key, { service: `${service}.amazonaws.com`, actions: useOfKey, loss: feederLosses[service] });
  }
}

/** What S3 and SQS ask of whoever reads and writes with a customer key. */
export const useOfKey = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** Mostly all are the same. */
export const keysOf = (...keys: readonly (IKey | undefined)[]): readonly IKey[] => [
  ...new Set(keys.filter((key) => key !== undefined)),
];

/** Roles use a key of their own account by their policies; one of another account must let them in besides. */
export function tellOwners(scope: IConstruct, keys: readonly (IKey | undefined)[]): void {
  const { account } = Stack.of(scope);
  for (const key of keysOf(...keys).filter(({ env }) => isOtherAccount(scope, env.account))) {
    const Action = [...useOfKey, 'kms:DescribeKey', 'kms:CreateGrant'];
    const toAdd = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action, Resource: '*' };
    Annotations.of(scope).addWarningV2(
      `starrocks-sink:key-elsewhere-${key.node.addr.slice(0, 8)}`,
      `The key ${key.keyArn} is of another account. Add this statement to its policy, or the functions cannot use it: ${JSON.stringify(toAdd)}`,
    );
  }
}

/** The policy of a key that was only imported cannot be changed from here: its owner is told what to add. */
function allow(scope: IConstruct, key: IKey, { service, actions, loss }: Allowed): void {
  const statement = new PolicyStatement({
    principals: [new ServicePrincipal(service)],
    actions: [...actions],
    resources: ['*'],
  });
  if (key.addToResourcePolicy(statement, true).statementAdded) return;
  // The principal as it is written for people; a service principal resolves only within a template.
  const toAdd = { Effect: 'Allow', Principal: { Service: readable(service) }, Action: actions, Resource: '*' };
  Annotations.of(scope).addWarningV2(
    `starrocks-sink:key-${readable(service).split('.', 1)[0]}`,
    `The policy of the key ${readable(key.keyArn)} cannot be changed from here. Add this statement to it, or ${loss}: ${JSON.stringify(toAdd)}`,
  );
}

const readable = (text: string) => (Token.isUnresolved(text) ? text.replace(/\$\{Token\[[^\]]*\]\}/g, 'REGION') : text);

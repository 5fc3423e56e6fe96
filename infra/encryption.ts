import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';

/**
 * Lets the services use a customer key that encrypt for themselves: CloudWatch Logs, and CloudWatch alarms on their way
 * through a topic. The key of another account or stack must allow it by itself.
 *
 * @source CloudWatch Logs user guide, "Encrypt log data"; SNS developer guide, "Allow CloudWatch to publish to encrypted topics"
 */
export function allowServices(key: IKey): void {
  const { region } = Stack.of(key);
  for (const principal of [
    new ServicePrincipal(`logs.${region}.amazonaws.com`),
    new ServicePrincipal('cloudwatch.amazonaws.com'),
  ]) {
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [principal],
        actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
        resources: ['*'],
      }),
    );
  }
}

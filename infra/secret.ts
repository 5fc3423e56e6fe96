import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

/** Refers to a secret that exists, by its name or ARN. Its value never comes near the template. */
export function importSecret(scope: Construct, idOrArn: string): ISecret {
  if (!idOrArn.startsWith('arn:')) return Secret.fromSecretNameV2(scope, 'Secret', idOrArn);
  const isComplete = /-[A-Za-z0-9]{6}$/.test(idOrArn);
  return isComplete
    ? Secret.fromSecretCompleteArn(scope, 'Secret', idOrArn)
    : Secret.fromSecretPartialArn(scope, 'Secret', idOrArn);
}

import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

/** Refers to a secret that exists, by its name or ARN, and to the customer key that it has. Its value never comes near the template. */
export function importSecret(scope: Construct, idOrArn: string, encryptionKey?: IKey): ISecret {
  const isComplete = /^arn:.*-[A-Za-z0-9]{6}$/.test(idOrArn);
  const arn = idOrArn.startsWith('arn:') ? idOrArn : arnOf(scope, idOrArn);
  return Secret.fromSecretAttributes(scope, 'Secret', {
    ...(isComplete ? { secretCompleteArn: arn } : { secretPartialArn: arn }),
    ...(encryptionKey ? { encryptionKey } : {}),
  });
}

const arnOf = (scope: Construct, resourceName: string) =>
  Stack.of(scope).formatArn({
    ...{ service: 'secretsmanager', resource: 'secret', resourceName },
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SinkError } from '../../src/kit/errors.ts';
import type { AwsConfig } from '../../src/lambda/runtime.ts';

/**
 * Makes a secret as the functions read it. One that is there is left as it is.
 *
 * @throws SinkError AWS_REFUSED
 */
export async function createSecret(
  name: string,
  { username, password }: { readonly username: string; readonly password: string },
  aws: AwsConfig,
): Promise<'made' | 'there'> {
  const client = new SecretsManagerClient({ ...(aws as object) });
  try {
    await client.send(new CreateSecretCommand({ Name: name, SecretString: JSON.stringify({ username, password }) }));
    return 'made';
  } catch (error) {
    const { name: kind, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
    if (kind === 'ResourceExistsException') return 'there';
    throw new SinkError('AWS_REFUSED', `secretsmanager:CreateSecret on ${name} (${kind}: ${message}).`, {
      cause: error,
    });
  } finally {
    client.destroy();
  }
}

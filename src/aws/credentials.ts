import type { SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';
import type { Clock } from '../kit/clock.ts';
import { SinkError } from '../kit/errors.ts';
import { isFinal } from './failures.ts';
import { awsLimits, clientConfig, most, type TimeLeft, within } from './limits.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Where user name and password come from. */
export interface CredentialSource {
  /** The credentials, fetched when they are not cached or older than five minutes. @in deadlineMs: epoch milliseconds */
  read(deadlineMs: number): Promise<Credentials>;
  /** Forgets what is cached; the next read fetches. */
  forget(): void;
}

/** Reads the text of a secret by its name or ARN. */
export type FetchSecret = (secretId: string, timeLeft: TimeLeft) => Promise<string | undefined>;

const maxAgeMs = 5 * 60_000;

/** Credentials that stand in the options themselves: on one machine, never in AWS. */
export const fixedCredentials = (credentials: Credentials): CredentialSource => ({
  read: async () => credentials,
  forget: () => undefined,
});

/**
 * Credentials from a Secrets Manager secret `{"username": "…", "password": "…"}`, cached. While the secret cannot be read
 * again, the old ones go on: most likely they still hold.
 *
 * @throws SinkError OPTIONS_INVALID from read: the secret has another shape. Its content is never part of a message.
 *         SECRET_UNREADABLE
 */
export function secretCredentials(
  secretId: string,
  clock: Pick<Clock, 'now'>,
  fetchSecret: FetchSecret = fetchSecretFrom({}),
): CredentialSource {
  let cached: { readonly credentials: Promise<Credentials>; readonly atMs: number } | undefined;
  let last: Credentials | undefined;
  const fetch = async (deadlineMs: number): Promise<Credentials> => {
    try {
      last = parseSecret(await fetchSecret(secretId, () => deadlineMs - clock.now()), secretId);
    } catch (error) {
      if (last === undefined || !mayPass(error)) throw error;
    }
    return last;
  };
  const forget = () => {
    cached = undefined;
  };
  return {
    forget,
    read(deadlineMs) {
      if (cached === undefined || clock.now() - cached.atMs > maxAgeMs) {
        const made = { credentials: fetch(deadlineMs), atMs: clock.now() };
        cached = made;
        made.credentials.catch(() => {
          if (cached === made) forget();
        });
      }
      return cached.credentials;
    },
  };
}

/** What a person must correct is told, also when older credentials are known. */
const mayPass = (error: unknown) => !(error instanceof SinkError && error.code === 'OPTIONS_INVALID');

function parseSecret(text: string | undefined, secretId: string): Credentials {
  try {
    const { username, password } = JSON.parse(text ?? '') as Record<string, unknown>;
    if (typeof username === 'string' && typeof password === 'string') return { username, password };
  } catch {
    // The parser's message would quote the secret.
  }
  throw new SinkError(
    'OPTIONS_INVALID',
    `The secret ${secretId} is expected to be {"username": "…", "password": "…"}.`,
  );
}

/** Reads secrets from Secrets Manager. */
export const fetchSecretFrom =
  (config: SecretsManagerClientConfig, limits = awsLimits): FetchSecret =>
  async (secretId, timeLeft) => {
    const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
    const client = new SecretsManagerClient(clientConfig(config, limits));
    const patienceMs = most(limits.answerMs, timeLeft);
    try {
      const command = new GetSecretValueCommand({ SecretId: secretId });
      return (await client.send(command, within(patienceMs, timeLeft))).SecretString;
    } catch (error) {
      throw new SinkError('SECRET_UNREADABLE', whyUnreadable(error, secretId, patienceMs), { cause: error });
    } finally {
      client.destroy();
    }
  };

/** @source AWS Secrets Manager API reference, GetSecretValue, errors */
function whyUnreadable(error: unknown, secretId: string, patienceMs: number): string {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  const said = message.replace(/\.$/, '');
  if (name === 'ResourceNotFoundException') {
    return `There is no secret ${secretId} here (${said}): correct sink.secret-id, or make the secret in this region and account.`;
  }
  if (/kms|decryption/i.test(`${name} ${message}`)) {
    return `The KMS key of ${secretId} refuses (${name}: ${said}): allow kms:Decrypt to the role of this function, in its policy and the key's.`;
  }
  if (name === 'AccessDeniedException') {
    return `Access to ${secretId} is denied (${said}): allow secretsmanager:GetSecretValue to the role of this function.`;
  }
  if (isFinal(error)) return `Of ${secretId} AWS says ${name}: ${said}.`;
  const what = /abort|timeout/i.test(name)
    ? `did not answer in ${patienceMs} ms`
    : `cannot be reached (${name}: ${said})`;
  return `Secrets Manager ${what}: has the VPC a way to it (endpoint secretsmanager, NAT)?`;
}

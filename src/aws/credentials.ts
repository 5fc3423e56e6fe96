import type { Clock } from '../kit/clock.ts';
import { SinkError } from '../kit/errors.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Where user name and password come from. */
export interface CredentialSource {
  /** The credentials, fetched when they are not cached or older than five minutes. */
  read(): Promise<Credentials>;
  /** Forgets what is cached; the next read fetches. */
  forget(): void;
}

/** Reads the text of a secret by its name or ARN. */
export type FetchSecret = (secretId: string) => Promise<string | undefined>;

const maxAgeMs = 5 * 60_000;

/** Credentials that stand in the options themselves: on one machine, never in AWS. */
export const fixedCredentials = (credentials: Credentials): CredentialSource => ({
  read: async () => credentials,
  forget: () => undefined,
});

/**
 * Credentials from a Secrets Manager secret `{"username": "…", "password": "…"}`, cached.
 *
 * @throws SinkError OPTIONS_INVALID from read: the secret has another shape. Its content is never part of a message
 */
export function secretCredentials(
  secretId: string,
  clock: Pick<Clock, 'now'>,
  fetchSecret: FetchSecret = fetchFromAws,
): CredentialSource {
  let cached: { readonly credentials: Promise<Credentials>; readonly atMs: number } | undefined;
  const forget = () => {
    cached = undefined;
  };
  return {
    forget,
    read() {
      if (cached === undefined || clock.now() - cached.atMs > maxAgeMs) {
        const credentials = fetchSecret(secretId).then((text) => parseSecret(text, secretId));
        credentials.catch(forget);
        cached = { credentials, atMs: clock.now() };
      }
      return cached.credentials;
    },
  };
}

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

async function fetchFromAws(secretId: string): Promise<string | undefined> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const { SecretString } = await new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId: secretId }));
  return SecretString;
}

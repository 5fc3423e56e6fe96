import type { AwsConfig } from '../src/lambda/runtime.ts';
import { isAtAws, regionOf } from '../src/producer/aws-clients.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface AccessAsked {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  /** Says the region, or the stand-in on this machine, where nobody else does. */
  readonly queueUrl?: string | undefined;
}

/** How AWS, or a stand-in for it, is reached. */
export function awsAccess(asked: AccessAsked, env: Env): AwsConfig {
  const { region = regionIn(asked.queueUrl), endpoint = standInOf(asked.queueUrl) } = asked;
  return {
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && {
      endpoint,
      forcePathStyle: true,
      region: region ?? env['AWS_REGION'] ?? 'us-east-1',
    }),
    ...(endpoint !== undefined && localCredentials(endpoint, env)),
  };
}

const regionIn = (queueUrl: string | undefined): string | undefined =>
  queueUrl !== undefined && isAtAws(new URL(queueUrl).hostname) ? regionOf(queueUrl) : undefined;

const standInOf = (queueUrl: string | undefined): string | undefined =>
  queueUrl !== undefined && isHere(queueUrl) ? new URL(queueUrl).origin : undefined;

/** Whether an address is one of this machine. */
export const isHere = (endpoint: string): boolean =>
  ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(endpoint).hostname);

/** A stand-in on this machine asks for no credentials, and the SDK does not go without. */
export function localCredentials(endpoint: string, env: Env) {
  if (!isHere(endpoint) || env['AWS_ACCESS_KEY_ID'] || env['AWS_PROFILE']) return {};
  return { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
}

import type { Settings } from './deployment-table.ts';
import { type EndpointService, endpointServices } from './endpoints.ts';

/** @out  what is wrong with settings that are right as texts, one sentence each */
export function problemsOfSettings(settings: Settings): readonly string[] {
  return [...endpoints(settings), ...email(settings), ...keys(settings), ...withoutVpc(settings)];
}

export const isEndpoint = (name: string): name is EndpointService =>
  endpointServices.some((service) => service === name);

const endpoints = (settings: Settings) =>
  settings['deploy.vpc-endpoints']
    .filter((name) => name !== 'none' && !isEndpoint(name))
    .map((name) => `deploy.vpc-endpoints: expected s3, secretsmanager, sqs or none, found ${name}.`);

function email({ 'deploy.alarm-email': address }: Settings): readonly string[] {
  return address === undefined || /^[^\s@,;]+@[^\s@,;]+\.[^\s@,;]+$/.test(address)
    ? []
    : [`deploy.alarm-email: expected one address, such as you@example.com, found ${address}.`];
}

const keys = (settings: Settings) =>
  (
    [
      'deploy.encryption-key-arn',
      'deploy.secret-key-arn',
      'deploy.source-secret-key-arn',
      'deploy.payload-key-arns',
    ] as const
  ).flatMap((name) =>
    [settings[name] ?? []]
      .flat()
      .filter((arn) => !/^arn:[^:]+:kms:[^:]+:\d{12}:key\/.+$/.test(arn))
      .map((arn) => `${name}: expected arn:aws:kms:REGION:ACCOUNT:key/ID, found ${arn}.`),
  );

const withoutVpc = (settings: Settings) =>
  settings['deploy.vpc-id'] === undefined
    ? (['deploy.subnet-ids', 'deploy.vpc-endpoints'] as const)
        .filter((name) => settings[name].length > 0)
        .map((name) => `${name} is given without deploy.vpc-id, so it would mean nothing.`)
    : [];

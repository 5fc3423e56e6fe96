import { readConfigFile } from '../infra/config-file.ts';
import { splitSettings } from '../infra/deployment-table.ts';
import { systemClock } from '../src/kit/clock.ts';
import { type AwsConfig, createRuntime } from '../src/lambda/runtime.ts';
import type { Parts } from '../src/lambda/wiring.ts';
import type { RawOptions } from '../src/options/parse.ts';
import { sourceFromVariables } from '../src/options/source-settings.ts';
import { variablesFromOptions } from '../src/options/sources.ts';
import type { Telemetry } from '../src/telemetry.ts';
import { awsAccess } from './aws-access.ts';

/** What a person names of a sink. */
export interface SinkAsked {
  readonly config: string;
  readonly bucket?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly queueUrl?: string | undefined;
  readonly option?: Readonly<Record<string, string>> | undefined;
}

/** A sink as it is reached from here, and what its config says of a source. */
export interface NamedSink {
  readonly parts: Parts;
  readonly source: RawOptions;
  readonly aws: AwsConfig;
}

/**
 * Reads a config, and makes what reaches its sink. What the environment says of the source, its password above all, counts too.
 *
 * @throws SinkError OPTIONS_INVALID, naming every problem
 */
export async function openSink(
  asked: SinkAsked,
  env: Readonly<Record<string, string | undefined>>,
  telemetry: Telemetry,
): Promise<NamedSink> {
  const { routes, ...named } = { ...readConfigFile(asked.config), ...asked.option };
  const { source, options: rest } = splitSettings(named);
  const options = {
    ...rest,
    ...(asked.bucket && { 'sink.bucket': asked.bucket }),
    ...(routes === undefined ? {} : { 'sink.routes': 'given' }),
  };
  const aws = awsAccess(asked, env);
  const given = { clock: systemClock, telemetry, longestRunMs: Number.POSITIVE_INFINITY, routes };
  const runtime = createRuntime(variablesFromOptions(options), aws, given, (parts) => parts);
  const { parts } = await runtime();
  return { parts, source: { ...source, ...sourceFromVariables(env) }, aws };
}

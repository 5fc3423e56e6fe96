import { type Finding, failure, ok } from '../../src/check/finding.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { failures, SinkError } from '../../src/kit/errors.ts';
import { type AwsConfig, createRuntime } from '../../src/lambda/runtime.ts';
import { checkFromHere } from '../../src/lambda/wire-check.ts';
import { checkSample, type Sample } from '../../src/lambda/wire-sample-check.ts';
import type { Parts } from '../../src/lambda/wiring.ts';
import { parseOptions, type RawOptions } from '../../src/options/parse.ts';
import { variablesFromOptions } from '../../src/options/sources.ts';
import { awsAccess } from '../aws-access.ts';
import { deployedOptions } from '../deployed-options.ts';
import { stackOutputs } from '../stack-outputs.ts';
import { askFunctions } from './functions.ts';
import { checkQuotas } from './quotas.ts';
import { sampleOf } from './sample.ts';

export interface CheckRequest {
  readonly config?: string | undefined;
  readonly option?: Readonly<Record<string, string>> | undefined;
  readonly stack?: string | undefined;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  /** A file of rows. */
  readonly sample?: string | undefined;
  /** Whose rows they are, database.table. */
  readonly table?: string | undefined;
  readonly timeoutS: number;
  readonly json?: true | undefined;
}

interface Checked {
  /** `here`, `AWS`: of what AWS says of the stack, or the name of a function. */
  readonly from: string;
  readonly findings: readonly Finding[];
}

/** @out  whether nothing was found that keeps rows from being loaded */
export async function runCheck(
  request: CheckRequest,
  {
    env,
    print,
  }: { readonly env: Readonly<Record<string, string | undefined>>; readonly print: (text: string) => void },
): Promise<boolean> {
  const deadlineMs = systemClock.now() + request.timeoutS * 1000;
  const aws = awsAccess(request, env);
  const { options, routes } = deployedOptions(request.config, env);
  const given = { ...options, ...request.option };
  const isAsked = request.config !== undefined || request.option !== undefined || request.stack === undefined;
  const sample = await sampleOf(request);
  const here = isAsked ? [{ from: 'here', findings: await checkHere(given, routes, aws, deadlineMs, sample) }] : [];
  const outputs = request.stack === undefined ? undefined : await stackOutputs(request.stack, aws);
  const deployed =
    outputs === undefined
      ? []
      : [
          ...(await askFunctions(request.stack ?? '', outputs, aws, deadlineMs)),
          { from: 'AWS', findings: await checkQuotas(outputs, aws) },
        ];
  const all: readonly Checked[] = [...here, ...deployed];
  const isWell = all.every(({ findings }) => findings.every(({ level }) => level !== 'failure'));
  print(request.json ? JSON.stringify({ isWell, checks: all }) : all.map(tell).join('\n\n'));
  return isWell;
}

/** @throws only faults of ours: what others refuse is found */
export async function checkHere(
  given: RawOptions,
  routes: unknown,
  aws: AwsConfig,
  deadlineMs: number,
  sample?: Sample,
): Promise<readonly Finding[]> {
  const about = { check: 'options', subject: 'sink.json' } as const;
  const parsed = parseOptions({ 'sink.bucket': madeLater, ...given });
  if (!parsed.ok) return parsed.problems.map((problem) => failure(about, problem, failures.OPTIONS_INVALID.remedy));
  const silent = { event: () => undefined, count: () => undefined };
  const settings = { clock: systemClock, telemetry: silent, longestRunMs: deadlineMs - systemClock.now(), routes };
  const wire = (parts: Parts) => () => parts;
  const isMade = given['sink.bucket'] !== undefined;
  try {
    const variables = variablesFromOptions({ 'sink.bucket': madeLater, ...given });
    const { parts } = await createRuntime(variables, aws, settings, wire)();
    // The bucket of a sink is made when it is deployed; until then there is nothing to look at.
    const seen = isMade ? parts : { ...parts, options: { ...parts.options, 'sink.bucket': undefined } };
    const sampled = sample ? await checkSample(sample, parts, deadlineMs) : [];
    return [ok(about, 'They can be used.'), ...(await checkFromHere(seen, deadlineMs)), ...sampled];
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    return [failure(about, error.detail, failures[error.code].remedy)];
  }
}

const madeLater = 'made-when-deployed';

const marks = { ok: 'ok  ', warning: 'note', failure: 'FAIL' } as const;

const tell = ({ from, findings }: Checked): string =>
  [headings[from] ?? `From inside ${from}:`, tellFindings(findings)].join('\n');

const headings: Readonly<Record<string, string>> = { here: 'From here:', AWS: 'What AWS says of the stack:' };

/** Lines for a person. */
export function tellFindings(findings: readonly Finding[]): string {
  const lines = findings.map(({ level, check, subject, found, remedy }) => {
    const first = `  ${marks[level]}  ${check} ${subject}: ${found}`;
    return remedy === undefined ? first : `${first}\n        → ${remedy}`;
  });
  return lines.join('\n');
}

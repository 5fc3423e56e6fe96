import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type Finding, failure } from '../../src/check/finding.ts';
import { SinkError } from '../../src/kit/errors.ts';
import type { AwsConfig } from '../../src/lambda/runtime.ts';
import { stackOutputs } from '../stack-outputs.ts';

/** Outputs of the stack that name functions. */
const functionOutputs = ['IngestFunctionName', 'LoadFunctionName'];

/**
 * Lets the functions of a stack look at what they depend on, from where they run.
 *
 * @throws SinkError OPTIONS_INVALID: there is no such stack, or it is none of ours
 */
export async function askFunctions(
  stack: string,
  aws: AwsConfig,
  deadlineMs: number,
): Promise<{ from: string; findings: readonly Finding[] }[]> {
  const client = new LambdaClient({ ...(aws as object), maxAttempts: 1 });
  try {
    const names = await functionsOf(stack, aws);
    return await Promise.all(
      names.map(async (from) => ({ from, findings: await askFunction(from, client, deadlineMs) })),
    );
  } finally {
    client.destroy();
  }
}

async function functionsOf(stack: string, aws: AwsConfig): Promise<string[]> {
  const outputs = await stackOutputs(stack, aws);
  const names = functionOutputs.flatMap((name) => outputs[name] ?? []);
  if (names.length > 0) return names;
  throw new SinkError('OPTIONS_INVALID', `The stack ${stack} has no output ${functionOutputs.join(', ')}.`);
}

async function askFunction(name: string, client: LambdaClient, deadlineMs: number): Promise<readonly Finding[]> {
  const about = { check: 'function', subject: name } as const;
  try {
    const answer = await client.send(
      new InvokeCommand({ FunctionName: name, Payload: JSON.stringify({ check: true }) }),
      { abortSignal: AbortSignal.timeout(Math.max(1, deadlineMs - Date.now())) },
    );
    const text = Buffer.from(answer.Payload ?? []).toString('utf8');
    if (answer.FunctionError !== undefined) return [failure(about, `It failed: ${text}`, 'Look at its log.')];
    const { findings } = JSON.parse(text);
    if (Array.isArray(findings)) return findings;
    return [failure(about, `It answers ${text.slice(0, 200)}.`, 'Deploy this version: an older one has no check.')];
  } catch (error) {
    return [failure(about, `It cannot be invoked: ${messageOf(error)}`, 'lambda:InvokeFunction is needed to ask it.')];
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

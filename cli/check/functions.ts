import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { reasonOf } from '../../src/aws/failures.ts';
import { type Finding, failure } from '../../src/check/finding.ts';
import { SinkError } from '../../src/kit/errors.ts';
import type { CheckEvent } from '../../src/lambda/middlewares.ts';
import type { AwsConfig } from '../../src/lambda/runtime.ts';

/** Outputs of the stack that name functions, and whether those send pointers to the load queue. */
const functionOutputs: Readonly<Record<string, { readonly sends: boolean }>> = {
  IngestFunctionName: { sends: true },
  LoadFunctionName: { sends: false },
  SweepFunctionName: { sends: true },
};

/**
 * Lets the functions of a stack look at what they depend on, from where they run.
 *
 * @throws SinkError OPTIONS_INVALID: the stack is none of ours
 */
export async function askFunctions(
  stack: string,
  outputs: Readonly<Record<string, string>>,
  aws: AwsConfig,
  deadlineMs: number,
): Promise<{ from: string; findings: readonly Finding[] }[]> {
  const client = new LambdaClient({ ...(aws as object), maxAttempts: 1 });
  try {
    const event = (output: string): CheckEvent => ({ check: true, sends: functionOutputs[output]?.sends ?? false });
    return await Promise.all(
      functionsOf(stack, outputs).map(async ([output, from]) => {
        return { from, findings: await askFunction(from, event(output), client, deadlineMs) };
      }),
    );
  } finally {
    client.destroy();
  }
}

function functionsOf(
  stack: string,
  outputs: Readonly<Record<string, string>>,
): readonly [output: string, name: string][] {
  const names = Object.entries(outputs).filter(([output]) => Object.hasOwn(functionOutputs, output));
  if (names.length > 0) return names;
  throw new SinkError(
    'OPTIONS_INVALID',
    `The stack ${stack} has no output ${Object.keys(functionOutputs).join(', ')}.`,
  );
}

async function askFunction(
  name: string,
  event: CheckEvent,
  client: LambdaClient,
  deadlineMs: number,
): Promise<readonly Finding[]> {
  const about = { check: 'function', subject: name } as const;
  try {
    const answer = await client.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }), {
      abortSignal: AbortSignal.timeout(Math.max(1, deadlineMs - Date.now())),
    });
    const text = Buffer.from(answer.Payload ?? []).toString('utf8');
    if (answer.FunctionError !== undefined) return [failure(about, `It failed: ${text}`, 'Look at its log.')];
    const { findings } = JSON.parse(text);
    if (Array.isArray(findings)) return findings;
    return [failure(about, `It answers ${text.slice(0, 200)}.`, 'Deploy this version: an older one has no check.')];
  } catch (error) {
    return [failure(about, `It cannot be invoked: ${reasonOf(error)}`, remedyOf(error))];
  }
}

function remedyOf(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  if (name === 'ResourceNotFoundException') return 'Deploy the stack again: it names the function, which is gone.';
  if (name === 'AbortError' || name === 'TimeoutError') return 'Give it longer: --timeout-s.';
  return 'lambda:InvokeFunction is needed to ask it.';
}

import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { SinkError } from '../src/kit/errors.ts';
import type { AwsConfig } from '../src/lambda/runtime.ts';
import { awsFailure } from './aws-failure.ts';

/**
 * The outputs of a deployed stack, by name.
 *
 * @throws SinkError OPTIONS_INVALID: there is no such stack, or nobody may read it
 */
export async function stackOutputs(stack: string, aws: AwsConfig): Promise<Readonly<Record<string, string>>> {
  const client = new CloudFormationClient({ ...(aws as object) });
  try {
    const { Stacks: [found] = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    return Object.fromEntries(
      (found?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    );
  } catch (error) {
    const found = awsFailure(error) ?? `${error}.`;
    throw new SinkError('OPTIONS_INVALID', `The stack ${stack} cannot be read: ${found}`, { cause: error });
  } finally {
    client.destroy();
  }
}

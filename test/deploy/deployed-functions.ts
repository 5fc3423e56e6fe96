import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { GetFunctionCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { toRecord } from '../../local/aws/event-source-batch.ts';

const run = promisify(execFile);

/** A function as it is deployed, unpacked on this machine. */
export interface DeployedFunction {
  readonly bundle: string;
  /** What the deployment gives it. */
  readonly variables: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

/** Fetches the zip of a function, and what its environment says. */
export async function downloadFunction(
  lambda: LambdaClient,
  s3: S3Client,
  name: string,
  { folder, python, aws }: { folder: string; python: string; aws: Readonly<Record<string, string>> },
): Promise<DeployedFunction> {
  const { Code, Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: name }));
  // The link leads to AWS, whatever the emulator's address is; the zip stands where CDK put it.
  const { pathname } = new URL(Code?.Location ?? '');
  const [, key = ''] = /([0-9a-f]{64}\.zip)$/.exec(pathname) ?? [];
  const { Body } = await s3.send(
    new GetObjectCommand({ Bucket: 'cdk-hnb659fds-assets-123456789012-us-east-1', Key: key }),
  );
  await mkdir(folder, { recursive: true });
  const zip = join(folder, 'code.zip');
  await writeFile(zip, (await Body?.transformToByteArray()) ?? '');
  await run(python, ['-m', 'zipfile', '-e', zip, folder]);
  const variables = Configuration?.Environment?.Variables ?? {};
  // A queue is called by its whole address, which in AWS leads to AWS.
  const reachable = Object.entries(variables).map(([key, value]) => [
    key,
    value.replace(/^https:\/\/sqs\.[^/]+/, aws['AWS_ENDPOINT_URL'] ?? ''),
  ]);
  const environment = { ...Object.fromEntries(reachable), ...aws, AWS_LAMBDA_FUNCTION_NAME: name };
  return { bundle: join(folder, 'handler.mjs'), variables, environment };
}

/** Calls a function in a process of its own, with nothing but its environment. @out  its answer */
export async function invoke(fn: DeployedFunction, event: SQSEvent | object): Promise<unknown> {
  const script = `
    const { handler } = await import(process.argv[1]);
    const answer = await handler(JSON.parse(process.argv[2]), { getRemainingTimeInMillis: () => 60_000 });
    process.stdout.write('\\nanswer ' + JSON.stringify(answer ?? null));
    process.exit();`;
  const args = ['--input-type=module', '-e', script, pathToFileURL(fn.bundle).href, JSON.stringify(event)];
  const { stdout } = await run(process.execPath, args, { env: { ...fn.environment }, maxBuffer: 64 * 1024 ** 2 });
  return JSON.parse(stdout.slice(stdout.lastIndexOf('answer ') + 'answer '.length));
}

/** Invokes a function with what stands in a queue, as the event source does, and deletes what it took. */
export async function invokeWithMessages(fn: DeployedFunction, sqs: SQSClient, queueUrl: string) {
  const receive = {
    ...{ QueueUrl: queueUrl, MaxNumberOfMessages: 10 },
    MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['All' as const],
  };
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(receive));
  const arn = `arn:aws:sqs:us-east-1:123456789012:${queueUrl.split('/').at(-1)}`;
  const event: SQSEvent = { Records: Messages.map((message) => toRecord(message, arn)) };
  const { batchItemFailures } =
    Messages.length === 0 ? { batchItemFailures: [] } : ((await invoke(fn, event)) as SQSBatchResponse);
  const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  for (const { MessageId = '', ReceiptHandle } of Messages) {
    if (!failed.has(MessageId)) await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
  }
  return { messages: Messages.length, failures: failed.size, event };
}

/** What AWS lets a deployed stack do: quotas of the account against what the sink may use, event sources, queues. */
import {
  type EventSourceMappingConfiguration,
  GetAccountSettingsCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { reasonOf } from '../../src/aws/failures.ts';
import { type Finding, failure, ok, warning } from '../../src/check/finding.ts';
import type { AwsConfig } from '../../src/lambda/runtime.ts';
import { type QueueStatus, queueStatuses } from '../status/queues.ts';

type Outputs = Readonly<Record<string, string | undefined>>;

export async function checkQuotas(outputs: Outputs, aws: AwsConfig): Promise<readonly Finding[]> {
  const { IngestFunctionName, LoadFunctionName, RowsQueueUrl, LoadQueueUrl } = outputs;
  const functions = [IngestFunctionName, LoadFunctionName].filter((name) => name !== undefined);
  const lambda = new LambdaClient({ ...(aws as object), maxAttempts: 1 });
  const sqs = new SQSClient({ ...aws, maxAttempts: 1 });
  try {
    const found = await Promise.all([
      orRight('lambda:ListEventSourceMappings, lambda:GetAccountSettings', 'functions', () =>
        ofFunctions(functions, lambda),
      ),
      orRight('sqs:GetQueueAttributes, sqs:GetQueueUrl', 'queues', async () =>
        (await queueStatuses({ rows: RowsQueueUrl, load: LoadQueueUrl }, sqs)).flatMap(ofQueue),
      ),
    ]);
    return found.flat();
  } finally {
    lambda.destroy();
    sqs.destroy();
  }
}

/** What may not be asked is one line. */
async function orRight(
  rights: string,
  subject: string,
  asking: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await asking();
  } catch (error) {
    const [said = ''] = reasonOf(error).split('\n');
    return [
      warning(
        { check: 'quota', subject },
        `They were not looked at (${said}).`,
        `Ask again; where a right is missing, allow yourself ${rights}.`,
      ),
    ];
  }
}

async function ofFunctions(functions: readonly string[], lambda: LambdaClient): Promise<readonly Finding[]> {
  const mappings = await Promise.all(
    functions.map(async (name) => {
      const { EventSourceMappings = [] } = await lambda.send(
        new ListEventSourceMappingsCommand({ FunctionName: name }),
      );
      return { name, sources: EventSourceMappings };
    }),
  );
  const sources = mappings.flatMap(({ name, sources: own }) => own.map((source) => sourceFinding(name, source)));
  const wanted = mappings
    .flatMap(({ sources: own }) => own)
    .reduce((sum, { ScalingConfig }) => sum + (ScalingConfig?.MaximumConcurrency ?? 0), 0);
  return [...sources, await concurrency(wanted, lambda)];
}

function sourceFinding(
  name: string,
  { State, UUID, LastProcessingResult: last = '' }: EventSourceMappingConfiguration,
) {
  const about = { check: 'function', subject: name } as const;
  if (State === 'Enabled' || State === 'Enabling' || State === 'Updating') {
    const problem = /PROBLEM/i.test(last);
    if (!problem) return ok(about, 'Its event source is enabled.');
    return warning(
      about,
      `Its event source says: ${last}.`,
      'Look at its role, at the queue, and at the key of the queue.',
    );
  }
  const remedy = `aws lambda update-event-source-mapping --uuid ${UUID} --enabled`;
  return failure(about, `Its event source is ${State}: rows wait in the queue.`, remedy);
}

/** Of what others leave, the part that a sink may want before somebody should know. */
const largePart = 0.5;

async function concurrency(wanted: number, lambda: LambdaClient): Promise<Finding> {
  const {
    AccountLimit: { ConcurrentExecutions = 0, UnreservedConcurrentExecutions: free = ConcurrentExecutions } = {},
  } = await lambda.send(new GetAccountSettingsCommand({}));
  const about = { check: 'quota', subject: 'Lambda' } as const;
  const found = `${free} invocations of the account's ${ConcurrentExecutions} are not reserved by functions; the sink may want ${wanted} at a time.`;
  if (wanted <= free * largePart) return ok(about, found);
  const remedy =
    'Raise the quota "Concurrent executions" of Lambda, or lower deploy.ingest.max-concurrency and deploy.load.max-concurrency.';
  return wanted > free ? failure(about, found, remedy) : warning(about, found, remedy);
}

/** @source SQS quotas: messages that are received and not deleted, of a standard and of a FIFO queue */
const mostInFlight = 120_000;
const fullPart = 0.8;

function ofQueue({ queue, url, waiting, underWay }: QueueStatus): readonly Finding[] {
  const about = { check: 'queue', subject: queue } as const;
  const found = `${waiting} messages wait, ${underWay} are under way, of at most ${mostInFlight}.`;
  if (queue.endsWith('dead letters') && waiting > 0)
    return [warning(about, found, `See why they failed, and send them again: starrocks-sink redrive, ${url}.`)];
  if (underWay < mostInFlight * fullPart) return [ok(about, found)];
  const remedy = 'Loads are slower than rows come: look at status; SQS hands out no more beyond it.';
  return [warning(about, found, remedy)];
}

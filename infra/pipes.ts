import { type IResource, Stack } from 'aws-cdk-lib';
import { CfnGlobalTable, CfnTable, type ITable, type ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import { CfnPipe } from 'aws-cdk-lib/aws-pipes';
import { Construct } from 'constructs';
import type { Mouth } from './feeders.ts';
import { acknowledge } from './findings.ts';
import { refuse } from './refuse.ts';
import { refuseElsewhere, refuseOtherAccount } from './region.ts';

export interface PipeProps {
  /** Where a new pipe begins to read. @default LATEST */
  readonly startingPosition?: 'LATEST' | 'TRIM_HORIZON';
  /** How long records wait for company, up to 300 s. @default 5 */
  readonly windowSeconds?: number;
  /** On a FIFO sink: the path of what orders records, such as `$.dynamodb.Keys.id.S` or `$.partitionKey`. */
  readonly messageGroupId?: string;
}

/** SQS takes ten messages at a time, and a pipe sends one message per record. @source EventBridge user guide, Pipes quotas */
const recordsAtATime = 10;

/**
 * Brings the changes of a DynamoDB table: images become rows, removals become deletes. A standard queue does not keep their
 * order, so let the StarRocks table have a primary key and a merge condition, or make the sink FIFO.
 */
export function pipeTable(
  scope: Construct,
  id: string,
  mouth: Mouth,
  table: ITable | ITableV2,
  props: PipeProps,
): CfnPipe {
  const stream = table.tableStreamArn;
  if (stream === undefined) return refuse(`The DynamoDB table has no stream: ${remedy}`);
  const viewType = viewTypeOf(table);
  if (viewType === 'KEYS_ONLY' || viewType === 'OLD_IMAGE')
    refuse(`The stream of the DynamoDB table has ${viewType}, so that nobody can tell what was written: ${remedy}`);
  refuseFar(mouth, 'the DynamoDB table', table);
  const { place, role } = makeRole(scope, id);
  table.grantStreamRead(role);
  const source = { dynamoDbStreamParameters: streamParameters(props) };
  return createPipe(place, mouth, role, stream, props, source);
}

const remedy = 'give it one with NEW_IMAGE or NEW_AND_OLD_IMAGES.';

/** @out  undefined: the table is not made by this app, or says it only when it is deployed */
function viewTypeOf(table: ITable | ITableV2): string | undefined {
  const { defaultChild: resource } = table.node;
  if (!(resource instanceof CfnTable || resource instanceof CfnGlobalTable)) return undefined;
  const stream: unknown = Stack.of(table).resolve(resource.streamSpecification);
  return typeof stream === 'object' && stream !== null && 'streamViewType' in stream
    ? String(stream.streamViewType)
    : undefined;
}

/** Brings the records of a Kinesis stream; the data of each becomes rows. */
export function pipeStream(scope: Construct, id: string, mouth: Mouth, stream: IStream, props: PipeProps): CfnPipe {
  refuseFar(mouth, 'the Kinesis stream', stream);
  const { place, role } = makeRole(scope, id);
  stream.grantRead(role);
  const source = { kinesisStreamParameters: streamParameters(props) };
  return createPipe(place, mouth, role, stream.streamArn, props, source);
}

/** @source EventBridge user guide, Pipes: source, pipe and target are of one region, source and pipe of one account */
function refuseFar({ queue }: Mouth, what: string, { env: { region, account } }: IResource): void {
  refuseElsewhere(queue, { what, region, why: 'A pipe reads only what is in its own region.' });
  const remedy = 'A pipe reads only what its own account owns: put the sink into that account.';
  refuseOtherAccount(queue, { what, account, remedy });
}

function makeRole(scope: Construct, id: string): { readonly place: Construct; readonly role: Role } {
  const place = new Construct(scope, id);
  const role = new Role(place, 'Role', { assumedBy: new ServicePrincipal('pipes.amazonaws.com') });
  acknowledge(role, 'Which streams there are can be asked only for all tables.', 'AwsSolutions-IAM5[Resource::*]');
  return { place, role };
}

function streamParameters({ startingPosition = 'LATEST', windowSeconds = 5 }: PipeProps) {
  return {
    startingPosition,
    batchSize: recordsAtATime,
    maximumBatchingWindowInSeconds: windowSeconds,
    onPartialBatchItemFailure: 'AUTOMATIC_BISECT',
  };
}

function createPipe(
  place: Construct,
  { queue, fifo }: Mouth,
  role: IRole,
  source: string,
  { messageGroupId }: PipeProps,
  sourceParameters: CfnPipe.PipeSourceParametersProperty,
): CfnPipe {
  if (fifo && messageGroupId === undefined)
    refuse('A pipe into a FIFO rows queue needs messageGroupId, the path of what orders records.');
  queue.grantSendMessages(role);
  const pipe = new CfnPipe(place, 'Pipe', {
    roleArn: role.roleArn,
    source,
    sourceParameters,
    target: queue.queueArn,
    ...(fifo && messageGroupId !== undefined
      ? { targetParameters: { sqsQueueParameters: { messageGroupId, messageDeduplicationId: '$.eventID' } } }
      : {}),
  });
  // The pipe tries its rights when it is made.
  pipe.node.addDependency(role);
  return pipe;
}

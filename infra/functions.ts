import { Duration } from 'aws-cdk-lib';
import { Role as IamRole, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  ApplicationLogLevel,
  Architecture,
  type Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type LogGroupProps, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Network } from './endpoints.ts';
import { nodeOptions } from './node-options.ts';
import type { StagePlan } from './plan.ts';

export interface FunctionRequest {
  readonly description: string;
  readonly code: Code;
  readonly size: Pick<StagePlan, 'timeoutS' | 'memoryMiB'>;
  readonly environment: Readonly<Record<string, string>>;
  readonly logRetention: RetentionDays;
  readonly encryptionKey?: IKey | undefined;
  readonly network: Network | undefined;
}

/** Makes a function with a role and a log group of its own. What it may do beyond logging is granted elsewhere. */
export function createFunction(scope: Construct, id: string, request: FunctionRequest): LambdaFunction {
  const { size, network, encryptionKey } = request;
  const logGroup = new LogGroup(scope, `${id}Logs`, logsOf(request));
  const role = createRole(scope, `${id}Role`, logGroup, network);
  return new LambdaFunction(scope, id, {
    description: request.description,
    code: request.code,
    handler: 'handler.handler',
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: size.memoryMiB,
    timeout: Duration.seconds(size.timeoutS),
    environment: { NODE_OPTIONS: nodeOptions, ...request.environment },
    ...(encryptionKey ? { environmentEncryption: encryptionKey } : {}),
    tracing: Tracing.ACTIVE,
    loggingFormat: LoggingFormat.JSON,
    applicationLogLevelV2: ApplicationLogLevel.INFO,
    systemLogLevelV2: SystemLogLevel.WARN,
    logGroup,
    role,
    ...(network ? { vpc: network.vpc, vpcSubnets: network.subnets, securityGroups: [...network.securityGroups] } : {}),
  });
}

/** How long records are kept, and by which key they are encrypted. */
export const logsOf = ({
  logRetention: retention,
  encryptionKey,
}: Pick<FunctionRequest, 'logRetention' | 'encryptionKey'>): LogGroupProps => ({
  retention,
  ...(encryptionKey ? { encryptionKey } : {}),
});

/** @source Lambda developer guide, "Giving Lambda functions access to resources in an Amazon VPC": required permissions */
const networkActions = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** Instead of the managed policy, which would let a function write every log group of the account. */
function createRole(scope: Construct, id: string, logGroup: LogGroup, network: Network | undefined): IamRole {
  const role = new IamRole(scope, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  logGroup.grantWrite(role);
  if (network) role.addToPolicy(new PolicyStatement({ actions: networkActions, resources: ['*'] }));
  return role;
}

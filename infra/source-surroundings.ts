import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { Code, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { FunctionRequest } from './functions.ts';
import type { Possessions } from './permissions.ts';

export interface SourceFunction {
  readonly description: string;
  readonly code: Code;
  readonly size: FunctionRequest['size'];
  readonly variables: Readonly<Record<string, string>>;
}

/** What a source finds at the sink that it is added to. */
export interface SourceSurroundings {
  readonly stores: Possessions;
  readonly topic: ITopic;
  readonly dashboard: Dashboard;
  readonly isFifo: boolean;
  readonly isExactlyOnce: boolean;
  readonly hasRoutes: boolean;
  /** Rows of every route tell which of two is newer. */
  readonly tellsOrder: boolean;
  /** A function with the options and routes of the sink, in its network. */
  readonly makeFunction: (scope: Construct, id: string, request: SourceFunction) => LambdaFunction;
}

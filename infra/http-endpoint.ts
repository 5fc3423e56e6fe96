import { CfnOutput } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
  ParameterMapping,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpSqsIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Role } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type LogGroupProps } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Mouth } from './feeders.ts';
import { allowQueueKey } from './permissions.ts';
import { refuse } from './refuse.ts';

export interface HttpEndpointProps {
  /** Who may send. @default who is allowed by IAM: requests are signed, and the sender may execute-api:Invoke */
  readonly authorizer?: IHttpRouteAuthorizer;
  /** Fills this table instead of the default one; `sink.tables.allow` must allow it. */
  readonly table?: { readonly database: string; readonly table: string };
  /** Requests per second that are let in on average. @default 100 */
  readonly requestsPerSecond?: number;
}

const accessLog = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  caller: '$context.identity.caller',
  ip: '$context.identity.sourceIp',
  status: '$context.status',
  error: '$context.integrationErrorMessage',
};

/** `POST /rows`: the body, JSON rows of at most 1 MiB, becomes a message. There is no function in between. */
export class HttpEndpoint extends Construct {
  readonly api: HttpApi;

  constructor(scope: Construct, id: string, mouth: Mouth, logs: LogGroupProps, props: HttpEndpointProps = {}) {
    super(scope, id);
    if (mouth.fifo) refuse('The HTTP endpoint feeds only standard queues: a request names no message group.');
    this.api = new HttpApi(this, 'Api', {
      createDefaultStage: false,
      defaultAuthorizer: props.authorizer ?? new HttpIamAuthorizer(),
    });
    const rate = props.requestsPerSecond ?? 100;
    this.api.addStage('DefaultStage', {
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: rate, burstLimit: 2 * rate },
      accessLogSettings: {
        format: AccessLogFormat.custom(JSON.stringify(accessLog)),
        destination: new LogGroupLogDestination(new LogGroup(this, 'Logs', logs)),
      },
    });
    const routes = this.api.addRoutes({
      path: '/rows',
      methods: [HttpMethod.POST],
      integration: new HttpSqsIntegration('Queue', { queue: mouth.queue, parameterMapping: mapping(mouth, props) }),
    });
    // CDK lets the role of the integration send, but not encrypt.
    for (const role of routes.flatMap(({ node }) => node.findAll()).filter((part) => part instanceof Role)) {
      allowQueueKey(role, mouth.queue.encryptionMasterKey);
    }
    new CfnOutput(this, 'Url', { value: `${this.api.apiEndpoint}/rows` });
  }
}

/** @source API Gateway developer guide, "Integration subtype reference": SQS-SendMessage */
function mapping({ queue }: Mouth, { table }: HttpEndpointProps): ParameterMapping {
  const parameters = new ParameterMapping().custom('QueueUrl', queue.queueUrl).custom('MessageBody', '$request.body');
  if (table === undefined) return parameters;
  const attributes = Object.entries(table).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]);
  return parameters.custom('MessageAttributes', JSON.stringify(Object.fromEntries(attributes)));
}

import { Annotations, Stack } from 'aws-cdk-lib';
import {
  CfnSecurityGroupIngress,
  CfnVPCEndpoint,
  GatewayVpcEndpoint,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type ISecurityGroup,
  type IVpc,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

/** Services that the functions call from inside a VPC. */
export const endpointServices = ['s3', 'secretsmanager', 'sqs'] as const;
export type EndpointService = (typeof endpointServices)[number];

/** Where the functions run in a VPC. */
export interface Network {
  readonly vpc: IVpc;
  readonly subnets: SubnetSelection;
  readonly securityGroups: readonly ISecurityGroup[];
}

const interfaceServices = {
  secretsmanager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  sqs: InterfaceVpcEndpointAwsService.SQS,
} as const;

/**
 * Uses the endpoint that the app makes in this VPC already, wherever it does, or makes one: a VPC takes one private name,
 * and a route table one route, of each service.
 *
 * @in  isNeeded: nothing else leads to the service from the subnets
 */
export function provideEndpoint(
  scope: Construct,
  network: Network,
  service: EndpointService,
  { isNeeded }: { readonly isNeeded: boolean },
): void {
  const [there] = endpointsOf(scope, network.vpc, service);
  if (there === undefined) makeEndpoint(scope, network, service);
  else if (service !== 's3') letIn(scope, there, network, service);
  // Such an endpoint changes the way of all that use a route table, so only a need is reason enough.
  else if (isNeeded) addRoutes(there, network);
  scope.node.addValidation({ validate: () => doublesOf(scope, network.vpc, service) });
}

function makeEndpoint(scope: Construct, { vpc, subnets, securityGroups }: Network, service: EndpointService): void {
  if (service === 's3') {
    new GatewayVpcEndpoint(scope, 'S3Endpoint', { vpc, service: GatewayVpcEndpointAwsService.S3, subnets: [subnets] });
    return;
  }
  const id = service === 'sqs' ? 'SqsEndpoint' : 'SecretsManagerEndpoint';
  const endpoint = new InterfaceVpcEndpoint(scope, id, {
    vpc,
    service: interfaceServices[service],
    subnets,
    open: false,
  });
  for (const group of securityGroups) endpoint.connections.allowDefaultPortFrom(group);
}

/** The endpoints for a service that any construct of the app makes in a VPC, and that AWS would not take a second one of. */
function endpointsOf(scope: Construct, vpc: IVpc, service: EndpointService): readonly CfnVPCEndpoint[] {
  const isSame = (node: CfnVPCEndpoint) =>
    service === 's3' ? (node.vpcEndpointType ?? 'Gateway') === 'Gateway' : node.privateDnsEnabled === true;
  return scope.node.root.node
    .findAll()
    .filter((node) => node instanceof CfnVPCEndpoint)
    .filter((node) => node.vpcId === vpc.vpcId && isSame(node))
    .filter((node) => JSON.stringify(Stack.of(node).resolve(node.serviceName)).includes(`.${service}"`));
}

function addRoutes(endpoint: CfnVPCEndpoint, { vpc, subnets }: Network): void {
  const known = endpoint.routeTableIds ?? [];
  const routes = vpc.selectSubnets(subnets).subnets.map(({ routeTable }) => routeTable.routeTableId);
  endpoint.routeTableIds = [...new Set([...known, ...routes])];
}

/** The rules stand beside the sink, whose stack then follows that of the endpoint. */
function letIn(
  scope: Construct,
  endpoint: CfnVPCEndpoint,
  { securityGroups }: Network,
  service: EndpointService,
): void {
  const guards = endpoint.securityGroupIds ?? [];
  if (guards.length === 0) {
    Annotations.of(scope).addWarningV2(
      'starrocks-sink:endpoint-guarded',
      `${endpoint.node.path} names no security groups, so the VPC's default group guards it. Let the sink's functions in on port 443.`,
    );
  }
  for (const [to, groupId] of guards.entries()) {
    for (const [from, { securityGroupId }] of securityGroups.entries()) {
      new CfnSecurityGroupIngress(scope, `To-${service}-${from}-${to}`, {
        groupId,
        sourceSecurityGroupId: securityGroupId,
        ipProtocol: 'tcp',
        fromPort: 443,
        toPort: 443,
        description: 'Functions of a StarRocks sink',
      });
    }
  }
}

/** An endpoint may be made after the sink has looked for one. */
function doublesOf(scope: Construct, vpc: IVpc, service: EndpointService): string[] {
  const found = endpointsOf(scope, vpc, service);
  if (found.length < 2) return [];
  const paths = found.map(({ node }) => node.path).join(' and ');
  return [
    `The VPC gets ${found.length} endpoints for ${service}, and AWS takes one: ${paths}. Make yours before the sink, which then uses it, or leave ${service} out of vpcEndpoints (deploy.vpc-endpoints).`,
  ];
}

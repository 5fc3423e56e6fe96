import {
  GatewayVpcEndpoint,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type ISecurityGroup,
  type IVpc,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

/** Services that the functions call from inside a VPC. */
export const endpointServices = ['s3', 'secretsmanager', 'sqs'] as const;
export type EndpointService = (typeof endpointServices)[number];

export interface NetworkRequest {
  readonly vpc: IVpc;
  readonly subnets: SubnetSelection | undefined;
  readonly securityGroups: readonly ISecurityGroup[] | undefined;
  readonly endpoints: readonly EndpointService[] | undefined;
}

export interface Network {
  readonly vpc: IVpc;
  readonly subnets: SubnetSelection;
  readonly securityGroups: readonly ISecurityGroup[];
}

/** Puts the functions into a VPC, and makes the endpoints without which they could not reach AWS from there. */
export function createNetwork(scope: Construct, { vpc, ...request }: NetworkRequest): Network {
  const subnets = request.subnets ?? {
    subnetType: hasEgress(vpc) ? SubnetType.PRIVATE_WITH_EGRESS : SubnetType.PRIVATE_ISOLATED,
  };
  // Which backends a frontend redirects to is known only when it does, so outbound traffic is not narrowed here.
  const securityGroups = request.securityGroups ?? [
    new SecurityGroup(scope, 'SecurityGroup', {
      vpc,
      description: 'Functions of a StarRocks sink',
      allowAllOutbound: true,
    }),
  ];
  const network = { vpc, subnets, securityGroups };
  for (const service of request.endpoints ?? missingEndpoints(vpc, subnets)) addEndpoint(scope, network, service);
  return network;
}

const hasEgress = (vpc: IVpc) => vpc.privateSubnets.length > 0;

/**
 * Isolated subnets reach nothing without endpoints. In others the one for S3 saves the NAT gateway's price per GB; it is
 * added only to a VPC of this app, since a VPC that exists often has it, and a second one fails the deployment.
 */
function missingEndpoints(vpc: IVpc, subnets: SubnetSelection): readonly EndpointService[] {
  const isolated = new Set(vpc.isolatedSubnets.map(({ subnetId }) => subnetId));
  if (vpc.selectSubnets(subnets).subnetIds.some((id) => isolated.has(id))) return endpointServices;
  const isOurs = vpc instanceof Vpc && !vpc.node.findAll().some((node) => node instanceof GatewayVpcEndpoint);
  return isOurs ? ['s3'] : [];
}

const interfaceServices = {
  secretsmanager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  sqs: InterfaceVpcEndpointAwsService.SQS,
} as const;

function addEndpoint(scope: Construct, { vpc, subnets, securityGroups }: Network, service: EndpointService): void {
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

import { Annotations } from 'aws-cdk-lib';
import {
  type ISecurityGroup,
  type ISubnet,
  type IVpc,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { type EndpointService, endpointServices, type Network, provideEndpoint } from './endpoints.ts';
import { refuse } from './refuse.ts';

export interface NetworkRequest {
  readonly vpc: IVpc;
  readonly subnets: SubnetSelection | undefined;
  readonly securityGroups: readonly ISecurityGroup[] | undefined;
  readonly endpoints: readonly EndpointService[] | undefined;
}

/**
 * Puts the functions into a VPC, and sees to the endpoints without which they could not reach AWS from there.
 *
 * @throws SinkError OPTIONS_INVALID when functions would be in public subnets, from which Lambda reaches nothing
 */
export function createNetwork(scope: Construct, { vpc, ...request }: NetworkRequest): Network {
  const subnets = request.subnets ?? { subnetType: usualSubnets(vpc) };
  const chosen = chosenIn(vpc, subnets);
  refusePublic(vpc, chosen);
  // Which backends a frontend redirects to is known only when it does, so outbound traffic is not narrowed here.
  const securityGroups = request.securityGroups ?? [
    new SecurityGroup(scope, 'SecurityGroup', {
      vpc,
      description: 'Functions of a StarRocks sink',
      allowAllOutbound: true,
    }),
  ];
  const network = { vpc, subnets, securityGroups };
  const isIsolated = vpc.isolatedSubnets.some(({ subnetId }) => chosen.includes(subnetId));
  const isOfThisApp = vpc instanceof Vpc;
  if (isIsolated && request.endpoints === undefined && !isOfThisApp) warnUnseen(scope, vpc);
  const needed = request.endpoints ?? neededEndpoints({ isIsolated, isOfThisApp });
  if (needed.includes('s3')) refuseWithoutRoutes(vpc, subnets);
  for (const service of needed) provideEndpoint(scope, network, service, { isNeeded: isIsolated });
  return network;
}

const remedy =
  'Lambda gives functions no public address. Give the VPC private subnets with a NAT gateway, or isolated ones: the sink makes the endpoints that those need.';

function usualSubnets(vpc: IVpc): SubnetType {
  if (vpc.privateSubnets.length > 0) return SubnetType.PRIVATE_WITH_EGRESS;
  if (vpc.isolatedSubnets.length > 0) return SubnetType.PRIVATE_ISOLATED;
  return refuse(`vpc: expected private or isolated subnets, found ${vpc.publicSubnets.length} public ones. ${remedy}`);
}

/** @throws SinkError OPTIONS_INVALID in place of CDK's own error */
function chosenIn(vpc: IVpc, subnets: SubnetSelection): readonly string[] {
  try {
    return vpc.selectSubnets(subnets).subnetIds;
  } catch (error) {
    return refuse(`vpcSubnets: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function refusePublic(vpc: IVpc, chosen: readonly string[]): void {
  if (chosen.length === 0) refuse(`vpcSubnets: expected some of the VPC's subnets, found none. ${remedy}`);
  const open = vpc.publicSubnets.filter(({ subnetId }) => chosen.includes(subnetId)).length;
  if (open > 0) refuse(`vpcSubnets: expected private or isolated subnets, found ${open} public ones. ${remedy}`);
}

/** An endpoint for S3 is an entry of route tables. */
function refuseWithoutRoutes(vpc: IVpc, subnets: SubnetSelection): void {
  const without = vpc.selectSubnets(subnets).subnets.filter((subnet) => isWithoutRoutes(subnet));
  if (without.length > 0)
    refuse(
      `vpc: the route tables of ${without.map(({ subnetId }) => subnetId).join(', ')} are not known, and an endpoint for S3 stands in them. Name them where the VPC is imported (privateSubnetRouteTableIds, isolatedSubnetRouteTableIds), or leave s3 out of vpcEndpoints (deploy.vpc-endpoints).`,
    );
}

/** CDK throws where it does not know one. */
function isWithoutRoutes(subnet: ISubnet): boolean {
  try {
    return !subnet.routeTable.routeTableId;
  } catch {
    return true;
  }
}

/**
 * Isolated subnets reach nothing without endpoints. In others the one for S3 saves the NAT gateway's price per GB; it is
 * made only in a VPC of this app, since a VPC that exists often has it, and a second one fails the deployment.
 */
function neededEndpoints(vpc: { readonly isIsolated: boolean; readonly isOfThisApp: boolean }) {
  if (vpc.isIsolated) return endpointServices;
  return vpc.isOfThisApp ? (['s3'] as const) : [];
}

function warnUnseen(scope: Construct, vpc: IVpc): void {
  Annotations.of(scope).addWarningV2(
    'starrocks-sink:endpoints-unseen',
    `The VPC ${vpc.vpcId} is not made by this app, so the endpoints that it has cannot be seen. The sink makes those for ${endpointServices.join(', ')}; AWS refuses a second one. Where the VPC has some, name the others in vpcEndpoints (deploy.vpc-endpoints), or none.`,
  );
}

import type { Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { type IVpc, Port, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { describe, expect, it } from 'vitest';
import type { StarRocksSinkProps } from '../../infra/sink-props.ts';
import { synthesize } from './synthesize.ts';

const isolated = (stack: Stack): IVpc =>
  new Vpc(stack, 'Vpc', {
    natGateways: 0,
    maxAzs: 2,
    subnetConfiguration: [{ name: 'isolated', subnetType: SubnetType.PRIVATE_ISOLATED }],
  }) as IVpc;
const withNat = (stack: Stack) => new Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 }) as IVpc;
const existing = (stack: Stack) =>
  Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['a', 'b'],
    privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
    privateSubnetRouteTableIds: ['rtb-0123456789abcdef0', 'rtb-0123456789abcdef1'],
  });

const inside = (makeVpc: (stack: Stack) => IVpc, props: Partial<StarRocksSinkProps> = {}) =>
  synthesize((stack) => ({ vpc: makeVpc(stack), ...props })).template();

const endpointTypes = (template: ReturnType<typeof inside>) =>
  Object.values(template.findResources('AWS::EC2::VPCEndpoint'))
    .map(({ Properties }) => Properties.VpcEndpointType)
    .sort();

describe('without a VPC', () => {
  it('functions are in none, and need no rights for network interfaces', () => {
    const template = synthesize({}).template();
    template.allResourcesProperties('AWS::Lambda::Function', { VpcConfig: Match.absent() });
    expect(JSON.stringify(template.findResources('AWS::IAM::Policy'))).not.toContain('ec2:');
  });
});

describe('with a VPC', () => {
  it('functions are in its private subnets, and may make network interfaces', () => {
    const template = inside(withNat);
    template.allResourcesProperties('AWS::Lambda::Function', {
      VpcConfig: { SubnetIds: Array(2).fill({ Ref: Match.stringLikeRegexp('VpcPrivateSubnet') }) },
    });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([Match.objectLike({ Action: Match.arrayWith(['ec2:CreateNetworkInterface']) })]),
      },
    });
  });

  it('they get every endpoint where nothing else leads to AWS', () => {
    expect(endpointTypes(inside(isolated))).toEqual(['Gateway', 'Interface', 'Interface']);
  });

  it('they get the endpoint for S3 where a gateway would be paid per GB', () => {
    expect(endpointTypes(inside(withNat))).toEqual(['Gateway']);
  });

  it('they get none where it may exist already, unless it is asked for', () => {
    expect(endpointTypes(inside(existing))).toEqual([]);
    expect(endpointTypes(inside(existing, { vpcEndpoints: ['s3', 'sqs'] }))).toEqual(['Gateway', 'Interface']);
  });

  it('a way to StarRocks is opened through `connections`', () => {
    const template = synthesize(
      (stack) => ({ vpc: withNat(stack) }),
      (sink, stack) => {
        const starrocks = SecurityGroup.fromSecurityGroupId(stack, 'StarRocks', 'sg-0123456789abcdef0');
        sink.connections.allowTo(starrocks, Port.tcpRange(8030, 8040));
      },
    ).template();
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      GroupId: 'sg-0123456789abcdef0',
      FromPort: 8030,
      ToPort: 8040,
      SourceSecurityGroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^SinkSecurityGroup'), 'GroupId'] },
    });
  });
});

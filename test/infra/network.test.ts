import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import {
  CfnVPCEndpoint,
  GatewayVpcEndpoint,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type IVpc,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { describe, expect, it } from 'vitest';
import type { StarRocksSinkProps } from '../../infra/sink-props.ts';
import { planDeployment, StarRocksSinkStack } from '../../infra/stack.ts';
import { StarRocksSink } from '../../infra/starrocks-sink.ts';
import { leastOptions, stubCode, synthesize } from './synthesize.ts';

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

const env = { account: '111111111111', region: 'eu-west-1' };
const addSink = (stack: Stack, id: string, props: Partial<StarRocksSinkProps>) =>
  new StarRocksSink(stack, id, { options: leastOptions, ingest: stubCode, load: stubCode, ...props });

/** Sinks of one app, each in a stack of its own or all in that of the VPC. */
function sinksIn(
  makeVpc: (stack: Stack) => IVpc,
  isApart: boolean,
  prepare: (stack: Stack, vpc: IVpc) => void = () => {},
) {
  process.env['CDK_VALIDATION'] = 'false';
  const app = new App();
  const stack = new Stack(app, 'Network', { env });
  const vpc = makeVpc(stack);
  prepare(stack, vpc);
  for (const id of ['One', 'Two']) addSink(isApart ? new Stack(app, id, { env }) : stack, id, { vpc });
  app.synth();
  const templates = app.node.children.filter((node) => node instanceof Stack).map((one) => Template.fromStack(one));
  const all = (type: string) => templates.flatMap((template) => Object.values(template.findResources(type)));
  return { endpoints: all('AWS::EC2::VPCEndpoint'), rules: all('AWS::EC2::SecurityGroupIngress'), all };
}

describe.each([false, true])('two sinks in one VPC (stacks of their own: %s)', (isApart) => {
  it('share the endpoints of isolated subnets, and both may use them', () => {
    const { endpoints, rules, all } = sinksIn(isolated, isApart);
    expect(endpoints.map(({ Properties }) => Properties.VpcEndpointType).sort()).toEqual([
      'Gateway',
      'Interface',
      'Interface',
    ]);
    const senders = [
      ...rules,
      ...all('AWS::EC2::SecurityGroup').flatMap((group) => group['Properties'].SecurityGroupIngress ?? []),
    ]
      .map((rule) => JSON.stringify(rule['Properties']?.SourceSecurityGroupId ?? rule.SourceSecurityGroupId))
      .filter((sender) => sender !== undefined);
    expect(new Set(senders).size).toBe(2);
    expect(senders).toHaveLength(4);
  });

  it('share the endpoint for S3 beside a NAT gateway', () => {
    expect(sinksIn(withNat, isApart).endpoints).toHaveLength(1);
  });

  it('use those that the VPC has, and give them the routes of their subnets', () => {
    const { endpoints, rules } = sinksIn(isolated, isApart, (_, vpc) => {
      const [first] = vpc.isolatedSubnets;
      if (first === undefined) throw new Error('no subnet');
      vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3, subnets: [{ subnets: [first] }] });
      vpc.addInterfaceEndpoint('Secrets', { service: InterfaceVpcEndpointAwsService.SECRETS_MANAGER });
      vpc.addInterfaceEndpoint('Sqs', { service: InterfaceVpcEndpointAwsService.SQS });
    });
    expect(endpoints).toHaveLength(3);
    const [gateway] = endpoints.filter(({ Properties }) => Properties.VpcEndpointType === 'Gateway');
    expect(gateway?.['Properties'].RouteTableIds).toHaveLength(2);
    expect(rules).toHaveLength(4);
  });

  it('do not take the endpoint of another service, or one without the private name, for their own', () => {
    const { endpoints } = sinksIn(isolated, isApart, (stack, vpc) => {
      new GatewayVpcEndpoint(stack, 'Dynamo', { vpc, service: GatewayVpcEndpointAwsService.DYNAMODB });
      const service = InterfaceVpcEndpointAwsService.SQS;
      new InterfaceVpcEndpoint(stack, 'Nameless', { vpc, service, privateDnsEnabled: false });
    });
    expect(endpoints).toHaveLength(5);
  });
});

describe('endpoints that the sink cannot settle', () => {
  it('made behind its back are refused with their paths', () => {
    expect(() =>
      synthesize(
        (stack) => ({ vpc: isolated(stack) }),
        (_, stack) => {
          const vpc = stack.node.findChild('Vpc') as Vpc;
          vpc.addInterfaceEndpoint('Late', { service: InterfaceVpcEndpointAwsService.SQS });
        },
      ).template(),
    ).toThrow(/2 endpoints for sqs.*Vpc\/Late.*SqsEndpoint.*before the sink/s);
  });

  it('guarded by the default group alone are warned of', () => {
    const { stack } = synthesize((stack) => {
      const vpc = isolated(stack);
      const serviceName = `com.amazonaws.${stack.region}.sqs`;
      const type = { vpcEndpointType: 'Interface', privateDnsEnabled: true };
      new CfnVPCEndpoint(stack, 'Bare', { vpcId: vpc.vpcId, serviceName, ...type });
      return { vpc };
    });
    const messages = (stack.node.root as App).synth().getStackByName(stack.stackName).messages;
    expect(messages.map(({ entry }) => String(entry.data)).join()).toMatch(/Test\/Bare names no security groups/);
  });

  it('of isolated subnets of a VPC that exists are warned of', () => {
    const { stack } = synthesize((stack) => ({
      vpc: Vpc.fromVpcAttributes(stack, 'Vpc', {
        vpcId: 'vpc-0123456789abcdef0',
        availabilityZones: ['a'],
        isolatedSubnetIds: ['subnet-0123456789abcdef0'],
        isolatedSubnetRouteTableIds: ['rtb-0123456789abcdef0'],
      }),
    }));
    const messages = (stack.node.root as App).synth().getStackByName(stack.stackName).messages;
    expect(messages.map(({ entry }) => String(entry.data)).join()).toMatch(
      /vpc-0123456789abcdef0 is not made by this app/,
    );
  });
});

describe('subnets from which nothing is reached', () => {
  const onlyPublic = (stack: Stack): IVpc => {
    const subnetConfiguration = [{ name: 'public', subnetType: SubnetType.PUBLIC }];
    return new Vpc(stack, 'Vpc', { natGateways: 0, maxAzs: 2, subnetConfiguration }) as IVpc;
  };

  it.each([
    ['a VPC of public ones only', onlyPublic, undefined, /expected private or isolated subnets, found 2 public/],
    ['public ones that were chosen', withNat, { subnetType: SubnetType.PUBLIC }, /found 2 public ones.*NAT gateway/],
    ['a group that the VPC has not', withNat, { subnetGroupName: 'nope' }, /vpcSubnets: .*nope/],
    ['a kind that the VPC has not', withNat, { subnetType: SubnetType.PRIVATE_ISOLATED }, /vpcSubnets: /],
  ])('%s are refused in our words', (_, makeVpc, vpcSubnets, said) => {
    expect(() => inside(makeVpc, vpcSubnets ? { vpcSubnets } : {})).toThrow(
      expect.objectContaining({ code: 'OPTIONS_INVALID', message: expect.stringMatching(said) }),
    );
  });

  it('a VPC by its id needs an account and a region', () => {
    const plan = planDeployment({ ...leastOptions, 'deploy.vpc-id': 'vpc-0123456789abcdef0' });
    expect(() => new StarRocksSinkStack(new App(), 'Anywhere', plan)).toThrow(/deploy\.vpc-id: .*AWS_PROFILE/);
  });
});

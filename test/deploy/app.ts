/** The stack of infra/app.ts, without what moto's CloudFormation cannot make; see README.md here. */
import { App, CfnResource, DefaultStackSynthesizer, type IStackSynthesizer } from 'aws-cdk-lib';
import { CfnAlarm, CfnDashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnQueuePolicy } from 'aws-cdk-lib/aws-sqs';
import { readConfigFile } from '../../infra/config-file.ts';
import { planDeployment, StarRocksSinkStack } from '../../infra/stack.ts';

const notMadeByMoto = [CfnAlarm, CfnDashboard, CfnQueuePolicy];

const app = new App();
const deployment = planDeployment(readConfigFile(app.node.getContext('config')));
// moto's UpdateStack does not know the default of a parameter that the rule would need.
const synthesizer = new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }) as IStackSynthesizer;
const env = { account: '123456789012', region: 'us-east-1' };
const stack = new StarRocksSinkStack(app, deployment.settings['deploy.stack-name'], deployment, { env, synthesizer });
// It links to the dashboard.
stack.node.tryRemoveChild('DashboardUrl');
const resources = stack.node.findAll().filter((part): part is CfnResource => CfnResource.isCfnResource(part));
for (const resource of resources) {
  if (notMadeByMoto.some((kind) => resource instanceof kind))
    resource.node.scope?.node.tryRemoveChild(resource.node.id);
}

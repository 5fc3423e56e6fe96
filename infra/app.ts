import { App } from 'aws-cdk-lib';
import { SinkError } from '../src/kit/errors.ts';
import { readConfigFile } from './config-file.ts';
import { planDeployment, StarRocksSinkStack } from './stack.ts';

/** `npx cdk deploy -c config=sink.json`. */
function main(): void {
  const app = new App();
  const path: unknown = app.node.tryGetContext('config');
  if (typeof path !== 'string')
    throw new SinkError(
      'OPTIONS_INVALID',
      'No config is named: npx cdk deploy -c config=sink.json (sink.example.json is one).',
    );
  const deployment = planDeployment(readConfigFile(path));
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
  const env = { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) };
  new StarRocksSinkStack(app, deployment.settings['deploy.stack-name'], deployment, { env });
}

if (import.meta.main) {
  try {
    main();
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    // Somebody's config is wrong, not this program: no stack.
    console.error(error.message);
    process.exitCode = 1;
  }
}

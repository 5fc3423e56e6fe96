import type { OptionSpec } from '../../src/options/spec.ts';
import { code, table } from './markdown.ts';
import { defaultOf, takes } from './options-page.ts';

/** docs/deployment.md, from the table of settings. */
export function renderDeploymentPage(settings: Readonly<Record<string, OptionSpec>>): string {
  const rows = Object.entries(settings).map(([name, spec]) => [code(name), defaultOf(spec), takes(spec), spec.doc]);
  return `# Settings of a deployment

\`npx cdk deploy -c config=sink.json\` takes these beside the [options](options.md) of the sink, in the same file: JSON, a Flink
\`WITH (...)\` clause, or lines of \`name = value\`. Whatever is wrong is named before anything is deployed, all at once. In a CDK app of
your own, \`new StarRocksSink(this, 'Orders', { options })\` takes the properties of \`infra/sink-props.ts\` instead.

${table(['setting', 'default', 'takes', 'what it is'], rows)}

\`docs/deployer-policy.json\` is an IAM policy for who deploys, in an account that was bootstrapped (\`npx cdk bootstrap\`) by somebody else.

Topics, rules of EventBridge, buckets, tables and streams feed the queue: [envelopes.md](envelopes.md) says what becomes of what they bring.
`;
}

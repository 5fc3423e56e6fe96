import { App, type AppProps, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { SinkOptionsGiven, StarRocksSinkProps } from '../../infra/sink-props.ts';
import { StarRocksSink } from '../../infra/starrocks-sink.ts';

/** Options that say no more than they must. */
export const leastOptions: SinkOptionsGiven = {
  'load-url': 'fe:8030',
  'sink.secret-id': 'starrocks',
  'database-name': 'demo',
  'table-name': 'events',
};

/** The same, exactly once: with a sweep. */
export const onceOptions: SinkOptionsGiven = { ...leastOptions, 'sink.semantic': 'exactly-once' };

/** Functions that need no bundle. */
export const stubCode = { code: Code.fromInline('exports.handler = async () => undefined;') };

export interface Synthesized {
  readonly stack: Stack;
  readonly sink: StarRocksSink;
  /** Made when it is first asked for. */
  readonly template: () => Template;
}

/** A stack with one sink, and what `more` adds to it. */
export function synthesize(
  props: Partial<StarRocksSinkProps> | ((stack: Stack) => Partial<StarRocksSinkProps>) = {},
  more: (sink: StarRocksSink, stack: Stack) => void = () => {},
  appProps: AppProps = {},
): Synthesized {
  // CDK's own look at every template takes longer than all the rest; the test of the CDK command has it.
  process.env['CDK_VALIDATION'] = 'false';
  const stack = new Stack(new App(appProps), 'Test', { env: { account: '111111111111', region: 'eu-west-1' } });
  const given = typeof props === 'function' ? props(stack) : props;
  const sink = new StarRocksSink(stack, 'Sink', {
    options: leastOptions,
    ...given,
    ingest: { ...stubCode, ...given.ingest },
    load: { ...stubCode, ...given.load },
    sweep: { ...stubCode, ...given.sweep },
  });
  more(sink, stack);
  let template: Template | undefined;
  return { stack, sink, template: () => (template ??= Template.fromStack(stack)) };
}

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Effect: string;
}

/** The statements of the policy of one role, found by what its name holds. */
export function statementsOf(template: Template, role: string): readonly Statement[] {
  const policies = Object.entries(template.findResources('AWS::IAM::Policy'));
  return policies
    .filter(([id]) => id.includes(role))
    .flatMap(([, policy]) => policy['Properties'].PolicyDocument.Statement as Statement[]);
}

export const actionsOf = ({ Action }: Statement): readonly string[] => [Action].flat() as readonly string[];

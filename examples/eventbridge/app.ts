import { App, Stack } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { StarRocksSink } from 'starrocks-sink/cdk';
import { options } from './sink.ts';

const stack = new Stack(new App(), 'Deployments');
const sink = new StarRocksSink(stack, 'Sink', {
  options: {
    ...options,
    'load-url': 'http://starrocks.example.com:8030',
    'jdbc-url': 'jdbc:mysql://starrocks.example.com:9030',
    'sink.secret-id': 'starrocks',
  },
});
new Rule(stack, 'Deployments', {
  eventPattern: { source: ['ci'], detailType: ['deployed'] },
  targets: [sink.ruleTarget()],
});

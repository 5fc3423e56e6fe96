import { App, Duration, Stack } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { StarRocksSink } from 'starrocks-sink/cdk';
import { options, routes } from './sink.ts';

const stack = new Stack(new App(), 'Courses');
const sink = new StarRocksSink(stack, 'Sink', {
  options: {
    ...options,
    'load-url': 'http://starrocks.example.com:8030',
    'jdbc-url': 'jdbc:mysql://starrocks.example.com:9030',
    'sink.secret-id': 'starrocks',
  },
  routes,
  fifo: true,
  vpc: new Vpc(stack, 'Network', { maxAzs: 2 }),
});
sink.addMySqlSource('edu', {
  host: 'edu.example.com',
  secret: Secret.fromSecretNameV2(stack, 'Database', 'edu-database'),
  lateAfter: Duration.minutes(1),
});

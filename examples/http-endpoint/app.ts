import { App, Stack } from 'aws-cdk-lib';
import { StarRocksSink } from 'starrocks-sink/cdk';
import { options } from './sink.ts';

const stack = new Stack(new App(), 'Visits');
const sink = new StarRocksSink(stack, 'Sink', {
  options: {
    ...options,
    'load-url': 'http://starrocks.example.com:8030',
    'jdbc-url': 'jdbc:mysql://starrocks.example.com:9030',
    'sink.secret-id': 'starrocks',
  },
});
// Who may send is allowed by IAM; give an authorizer for anybody else.
sink.addHttpEndpoint('Visits', { requestsPerSecond: 50 });

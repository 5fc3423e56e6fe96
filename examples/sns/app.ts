import { App, Stack } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { StarRocksSink } from 'starrocks-sink/cdk';
import { options } from './sink.ts';

const stack = new Stack(new App(), 'Orders');
const sink = new StarRocksSink(stack, 'Sink', {
  options: {
    ...options,
    'load-url': 'http://starrocks.example.com:8030',
    'jdbc-url': 'jdbc:mysql://starrocks.example.com:9030',
    'sink.secret-id': 'starrocks',
  },
});
// Not raw: message attributes of the publisher stay in the envelope. Raw, the default, saves its bytes.
sink.subscribeTo(new Topic(stack, 'Orders'), { rawMessageDelivery: false });

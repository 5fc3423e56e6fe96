import { App, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { StarRocksSink } from 'starrocks-sink/cdk';
import { options } from './sink.ts';

const stack = new Stack(new App(), 'Landing');
const sink = new StarRocksSink(stack, 'Sink', {
  options: {
    ...options,
    'load-url': 'http://starrocks.example.com:8030',
    'jdbc-url': 'jdbc:mysql://starrocks.example.com:9030',
    'sink.secret-id': 'starrocks',
  },
});
sink.loadObjectsOf(new Bucket(stack, 'Landing'), { prefix: 'people/' });

import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { StarRocksSink } from 'starrocks-sink/cdk';
import { options } from './sink.ts';

const stack = new Stack(new App(), 'Clicks');
const sink = new StarRocksSink(stack, 'Sink', {
  options: { ...options, 'load-url': 'http://starrocks.example.com:8030', 'sink.secret-id': 'starrocks' },
});
new CfnOutput(stack, 'RowsQueue', { value: sink.rowsQueue.queueUrl });

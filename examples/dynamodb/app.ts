import { App, Stack } from 'aws-cdk-lib';
import { AttributeType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { StarRocksSink } from 'starrocks-sink/cdk';
import { options } from './sink.ts';

const stack = new Stack(new App(), 'Carts');
const sink = new StarRocksSink(stack, 'Sink', {
  options: {
    ...options,
    'load-url': 'http://starrocks.example.com:8030',
    'jdbc-url': 'jdbc:mysql://starrocks.example.com:9030',
    'sink.secret-id': 'starrocks',
  },
  fifo: true,
});
const carts = new Table(stack, 'Carts', {
  partitionKey: { name: 'id', type: AttributeType.STRING },
  stream: StreamViewType.NEW_AND_OLD_IMAGES,
});
// The order of each cart is kept: its key is the message group.
sink.addTableStream('Changes', carts, { messageGroupId: '$.dynamodb.Keys.id.S' });

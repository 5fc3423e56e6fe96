import { SendMessageBatchCommand as Send, type SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createProducer } from '../../src/producer/producer.ts';
import { formatMs, type Line } from '../lines.ts';
import { startLocalAws } from '../local-aws.ts';
import { compare, ratioOf } from '../measure.ts';
import { takingQueue } from '../queue.ts';
import { rowAsJson } from '../rows.ts';

const rowCount = 32_000;

/** The producer, from rows to the queue, beside the AWS SDK alone, which sends the same requests ready made. */
export async function benchAwsSdk(): Promise<readonly Line[]> {
  const rows = Array.from({ length: rowCount }, (_, index) => rowAsJson(index));
  using aws = await startLocalAws();
  const queueUrl = aws.resources.rowsQueueUrl;
  const client = new SQSClient(aws.clientConfig);
  const requests = await requestsOf(queueUrl, rows);
  const producer = createProducer({ queueUrl, client });
  const [ours, alone] = await compare(
    {
      prepare: () => null,
      run: async () => {
        await producer.send('orders', rows);
        await producer.flush();
      },
    },
    {
      prepare: () => null,
      run: async () => {
        for (const request of requests) await client.send(new Send(request));
      },
    },
    9,
    3,
  );
  await producer.close();
  client.destroy();
  return [
    {
      what: `producer, ${rowCount} rows into the local queue: CPU`,
      measured: formatMs(ours.cpuMs),
      against: `${formatMs(alone.cpuMs)}: the AWS SDK alone, ${requests.length} requests ready made`,
      ...ratioOf(alone, ours, 'cpuMs'),
    },
  ];
}

type Request = SendMessageBatchCommand['input'];

/** What the producer sends for these rows. */
async function requestsOf(queueUrl: string, rows: readonly object[]): Promise<readonly Request[]> {
  const requests: Request[] = [];
  const queue = takingQueue();
  const producer = createProducer({
    queueUrl,
    client: {
      send: (command, ...rest) => {
        requests.push(command.input);
        return queue.send(command, ...rest);
      },
    },
  });
  await producer.send('orders', rows);
  await producer.close();
  return requests;
}
